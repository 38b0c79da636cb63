"""Hand-made calls of WeChat, and pictures to send."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import requests

from emulator.media.card import draw_card
from emulator.providers.wechat.credentials import CREDENTIALS
from moderation_emulator.contract.running_server import RunningServer

APPID, SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"
CREDENTIAL = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
CHECK = "/wxa/img_sec_check"
PNG = draw_card(["plain"], 64, 64)


def fetch_token(live: RunningServer, **given: str) -> requests.Response:
    """GET /cgi-bin/token; an empty value leaves a parameter out."""
    params = {name: value for name, value in {**CREDENTIAL, **given}.items() if value}
    return requests.get(f"{live.url}/cgi-bin/token", params=params, timeout=10)


def fetch_stable_token(live: RunningServer, **given: Any) -> requests.Response:
    """POST /cgi-bin/stable_token; None leaves a parameter out."""
    params = {name: value for name, value in {**CREDENTIAL, **given}.items() if value is not None}
    return requests.post(f"{live.url}/cgi-bin/stable_token", json=params, timeout=10)


def upload(
    live: RunningServer, data: bytes = PNG, filename: str = "test.png", access_token: str = "ACCESS_TOKEN"
) -> Any:
    """Upload one picture; return the body of the answer."""
    answer = requests.post(
        f"{live.url}{CHECK}", params={"access_token": access_token}, files={"media": (filename, data)}, timeout=10
    )
    assert answer.status_code == 200
    return answer.json()


def read_code(body: Any) -> int:
    """Return the errcode of an answer, after a look at its form."""
    if body["errcode"] == 0:
        assert {**body, "errMsg": "ok"} == {"errcode": 0, "errmsg": "ok", "errMsg": "ok"}
    else:
        message, _, rid = body["errmsg"].partition(" rid: ")
        assert message
        assert [len(group) for group in rid.split("-")] == [8, 8, 8]
    return int(body["errcode"])


def pad_picture(data: bytes, size: int) -> bytes:
    """Return a picture of exactly this size: nobody looks at what follows its end."""
    assert len(data) <= size
    return data + b"\0" * (size - len(data))


def encode_multipart(
    *parts: tuple[str, bytes], boundary: str = "bound", ending: bytes = b"--\r\n", preamble: bytes = b""
) -> bytes:
    """Return a body of parts, each with its Content-Disposition."""
    mark = f"--{boundary}".encode()
    body = b"".join(
        b"%b\r\nContent-Disposition: %b\r\n\r\n%b\r\n" % (mark, disposition.encode(), data)
        for disposition, data in parts
    )
    return preamble + body + mark + ending


MEDIA = 'form-data; name="media"; filename="a.png"'


def post(
    live: RunningServer, body: Any, content_type: str | None = "multipart/form-data; boundary=bound", **headers: str
) -> requests.Response:
    """Post a body as it is to the check."""
    given = {**headers, **({"Content-Type": content_type} if content_type else {})}
    return requests.post(f"{live.url}{CHECK}?access_token=ACCESS_TOKEN", data=body, headers=given, timeout=10)


def encode_smallest_gif(width: int, height: int) -> bytes:
    """Return a GIF with this size in its header."""
    one = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
    return one[:6] + width.to_bytes(2, "little") + height.to_bytes(2, "little") + one[10:]


PATHS = {"security.msgSecCheck": "/wxa/msg_sec_check", "security.mediaCheckAsync": "/wxa/media_check_async"}


def call_json(live: RunningServer, operation: str, params: Any) -> requests.Response:
    """Make a call whose parameters are a JSON body."""
    url = f"{live.url}{PATHS[operation]}?access_token=ACCESS_TOKEN"
    return requests.post(url, json=params, timeout=10)


@contextmanager
def pushing(live: RunningServer, url: str, **given: Any) -> Iterator[None]:
    """Let events of the default account go to a URL for a while; more of its settings by name."""
    account = live.state.accounts.default
    before = account.of(CREDENTIALS)
    account.credentials[CREDENTIALS.name] = replace(before, push_url=url, **given)
    try:
        yield
    finally:
        account.credentials[CREDENTIALS.name] = before
