"""A call for each way to be refused at the gate of WeChat, and what the journal must tell of it."""

from tests.contract.kit import Refused
from tests.contract.steps import Step, account, after, ask, limits, times
from tests.live import Live
from tests.providers.wechat.cloud.forms import data, form, media, pair
from tests.providers.wechat.cloud.forms import post as post_to_cloud
from tests.providers.wechat.forms import MEDIA, PNG, SECRET, multipart, post, stable_token, token, upload

SECRETS = (SECRET, "0" * 32, "GARBAGE")
SAY = "/wxa/msg_sec_check?access_token=ACCESS_TOKEN"


def forgotten(live: Live) -> object:
    given = token(live).json()["access_token"]
    live.control("POST", "reset", account="default")
    return upload(live, access_token=given)


def ran_out(live: Live) -> object:
    given = token(live).json()["access_token"]
    live.control("POST", "clock", {"advance": 7300}, account="default")
    return upload(live, access_token=given)


def replaced(live: Live) -> object:
    given = stable_token(live).json()["access_token"]
    stable_token(live, force_refresh=True)
    return upload(live, access_token=given)


def part(disposition: str, sent: bytes = PNG) -> Step:
    return lambda live: post(live, multipart((disposition, sent)))


def in_cloud(sent: bytes, authorization: str | None = None) -> Step:
    """A cloud call with this request data."""
    given = {} if authorization is None else {"authorization": authorization}
    return lambda live: post_to_cloud(live, form(sent), **given)


REFUSED: list[Refused] = [
    ('"GET"; POST', "43002", ask(SAY)),
    ("wechat.chunked", "412", lambda live: post(live, iter([b"x"]))),
    ("body is empty", "44002", ask("/cgi-bin/stable_token", "POST")),
    ("no JSON object", "47001", ask("/cgi-bin/stable_token", "POST", data=b"[1]")),
    ("HEAD is for files", "43002", ask("/cgi-bin/token", "HEAD")),
    ("no appid", "41002", lambda live: token(live, appid="")),
    ('"wx1" is that of no account; known are wx0123456789abcdef', "40013", lambda live: token(live, appid="wx1")),
    ("client_credential", "40002", lambda live: token(live, grant_type="code")),
    ("no secret", "41004", lambda live: token(live, secret="")),
    ("another one", "40125", lambda live: token(live, secret="0" * 32)),
    ("capitals", "40125", lambda live: token(live, secret=SECRET.upper())),
    ("203.0.113.7", "40164", after(account("wechat", ip_allow=("203.0.113.7",)), token)),
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
    ('no part media; there are "file"', "41005", part('form-data; name="file"; filename="a"')),
    ("part media has no filename", "41005", part('form-data; name="media"')),
    ("part media is empty", "41005", part(MEDIA, b"")),
    ("an empty body", "41005", lambda live: post(live, b"")),
    ("media.value is no Buffer", "41005", in_cloud(data(pair("media", b'{"content_type":"image/png","value":"x"}')))),
    ("keys contentType and value", "47001", in_cloud(data(pair("media", b'{"conten_type":"image/png"}')))),
    ("there is no media", "41005", in_cloud(data())),
    ("none of this server", "40001", lambda live: upload(live, access_token="GARBAGE")),
    ("reset", "40001", forgotten),
    ("ran out", "42001", ran_out),
    ("took the place", "40001", replaced),
    ("no `authorization`", "-501001", in_cloud(media(), authorization="")),
    ("wx.openApi", "-501007", lambda live: post_to_cloud(live, form(media(), action=b"other"))),
    ("multipart", "-501007", lambda live: post_to_cloud(live, b"nothing")),
    ("apiType is 3", "-604100", in_cloud(data(api_type=3))),
    ("known are", "40013", in_cloud(data(appid="wx1"))),
    (
        "limits.wechat.text_per_minute is 1",
        "45011",
        after(limits(wechat={"text_per_minute": 1}), times(3, ask(SAY, "POST", json={"content": "x"}))),
    ),
    (
        "force_refresh_gap",
        "45011",
        after(
            limits(wechat={"force_refresh_gap": 30}),
            times(2, lambda live: stable_token(live, force_refresh=True)),
        ),
    ),
]
