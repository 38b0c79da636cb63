"""A call for each way to be refused at the gate of WeChat, and what the journal must say of it."""

from moderation_emulator.contract.running_server import RunningServer
from moderation_emulator.contract.shape import Refused
from moderation_emulator.contract.steps import Step, after, ask, change_credentials, set_limits, times
from tests.providers.wechat.builders import (
    MEDIA,
    PNG,
    SECRET,
    encode_multipart,
    fetch_stable_token,
    fetch_token,
    post,
    upload,
)
from tests.providers.wechat.cloud.builders import encode_data, encode_form, encode_media, encode_pair
from tests.providers.wechat.cloud.builders import post as post_to_cloud

SECRETS = (SECRET, "0" * 32, "GARBAGE")
SAY = "/wxa/msg_sec_check?access_token=ACCESS_TOKEN"


def upload_with_forgotten_token(live: RunningServer) -> object:
    given = fetch_token(live).json()["access_token"]
    live.control("POST", "reset", account="default")
    return upload(live, access_token=given)


def upload_with_expired_token(live: RunningServer) -> object:
    given = fetch_token(live).json()["access_token"]
    live.control("POST", "clock", {"advance": 7300}, account="default")
    return upload(live, access_token=given)


def upload_with_replaced_token(live: RunningServer) -> object:
    given = fetch_stable_token(live).json()["access_token"]
    fetch_stable_token(live, force_refresh=True)
    return upload(live, access_token=given)


def upload_part(disposition: str, sent: bytes = PNG) -> Step:
    return lambda live: post(live, encode_multipart((disposition, sent)))


def call_cloud(sent: bytes, authorization: str | None = None) -> Step:
    """Make a cloud call with this request data."""
    given = {} if authorization is None else {"authorization": authorization}
    return lambda live: post_to_cloud(live, encode_form(sent), **given)


REFUSED: list[Refused] = [
    ('"GET"; POST', "43002", ask(SAY)),
    ("wechat.chunked", "412", lambda live: post(live, iter([b"x"]))),
    ("body is empty", "44002", ask("/cgi-bin/stable_token", "POST")),
    ("no JSON object", "47001", ask("/cgi-bin/stable_token", "POST", data=b"[1]")),
    ("HEAD is for files", "43002", ask("/cgi-bin/token", "HEAD")),
    ("no appid", "41002", lambda live: fetch_token(live, appid="")),
    ('"wx1" is that of no account; known are wx0123456789abcdef', "40013", lambda live: fetch_token(live, appid="wx1")),
    ("client_credential", "40002", lambda live: fetch_token(live, grant_type="code")),
    ("no secret", "41004", lambda live: fetch_token(live, secret="")),
    ("another one", "40125", lambda live: fetch_token(live, secret="0" * 32)),
    ("capitals", "40125", lambda live: fetch_token(live, secret=SECRET.upper())),
    ("203.0.113.7", "40164", after(change_credentials("wechat", ip_allow=("203.0.113.7",)), fetch_token)),
    ("/cgi-bin/token", "41001", ask("/wxa/msg_sec_check", "POST", json={"content": "x"})),
    (
        "cloudbase_access_token came, which is not emulated",
        "41001",
        ask("/wxa/msg_sec_check?cloudbase_access_token=x", "POST", json={"content": "x"}),
    ),
    (
        "Wechatmp-Signature came: signed and encrypted calls are not emulated",
        "47001",
        ask(SAY, "POST", json={"iv": "", "data": "", "authtag": ""}, headers={"Wechatmp-Signature": "x"}),
    ),
    ("a Content-Type of", "41005", lambda live: post(live, b"{}", "application/json")),
    ('no part media; there are "file"', "41005", upload_part('form-data; name="file"; filename="a"')),
    ("part media has no filename", "41005", upload_part('form-data; name="media"')),
    ("part media is empty", "41005", upload_part(MEDIA, b"")),
    ("an empty body", "41005", lambda live: post(live, b"")),
    (
        "media.value is no Buffer",
        "41005",
        call_cloud(encode_data(encode_pair("media", b'{"content_type":"image/png","value":"x"}'))),
    ),
    (
        "keys contentType and value",
        "47001",
        call_cloud(encode_data(encode_pair("media", b'{"conten_type":"image/png"}'))),
    ),
    ("there is no media", "41005", call_cloud(encode_data())),
    ("none of this server", "40001", lambda live: upload(live, access_token="GARBAGE")),
    ("reset", "40001", upload_with_forgotten_token),
    ("ran out", "42001", upload_with_expired_token),
    ("took the place", "40001", upload_with_replaced_token),
    ("no `authorization`", "-501001", call_cloud(encode_media(), authorization="")),
    ("wx.openApi", "-501007", lambda live: post_to_cloud(live, encode_form(encode_media(), action=b"other"))),
    ("multipart", "-501007", lambda live: post_to_cloud(live, b"nothing")),
    ("apiType is 3", "-604100", call_cloud(encode_data(api_type=3))),
    ("known are", "40013", call_cloud(encode_data(appid="wx1"))),
    (
        "limits.wechat.text_per_minute is 1",
        "45011",
        after(set_limits(wechat={"text_per_minute": 1}), times(3, ask(SAY, "POST", json={"content": "x"}))),
    ),
    (
        "force_refresh_gap",
        "45011",
        after(
            set_limits(wechat={"force_refresh_gap": 30}),
            times(2, lambda live: fetch_stable_token(live, force_refresh=True)),
        ),
    ),
]
