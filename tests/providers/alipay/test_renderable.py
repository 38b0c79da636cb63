"""No answer of the gateway, which has the type of a page, holds a tag of the caller's or may run a script."""

import re

import pytest
import requests

from moderation_emulator.contract.raw_socket import Connection
from moderation_emulator.contract.rendering import TAG
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway import builders as gateway

CHARSETS = ["utf-8", "UTF-8", "gbk", "GBK", "gb2312", "GB\u212a", "utf-7", "utf-16", "iso-2022-jp", TAG, "\r\nX-A: b"]
GUARD = "sandbox; default-src 'none'"


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("registered", [False, True])
def test_the_gateway_in_every_charset(
    live: RunningServer, answers: list[requests.Response], registered: bool, charset: str
) -> None:
    """`GB\\u212a` has a Kelvin sign, whose small letter is k."""
    if registered:
        gateway.register(live)
    codec = "gbk" if charset.isascii() and charset.lower() in ("gbk", "gb2312") else "utf-8"
    for method in (*gateway.METHODS, TAG):
        content = gateway.make_content(method, f"{TAG} emu-porn") if method in gateway.METHODS else {}
        for params in (content, {**content, TAG: TAG}, {**content, "request_id": TAG, "content": [TAG]}):
            common = gateway.make_common(method, params, charset=charset)
            gateway.send(live, {**common, TAG: TAG, "sign": TAG}, codec)
        if charset.isascii():
            gateway.send(live, gateway.sign_params(common), codec)
    for answer in answers:
        if "gateway.do" in str(answer.request.url):
            assert answer.headers["Content-Security-Policy"] == GUARD
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert re.fullmatch(r"text/html;charset=(utf-8|gbk|gb2312)", answer.headers["Content-Type"], re.IGNORECASE)
            assert "X-A" not in answer.headers
    live.control("DELETE", f"alipay/apps/{gateway.APP_ID}/public-key")


def test_what_is_too_large(live: RunningServer) -> None:
    target = f"/gateway.do?{TAG}".replace(" ", "%20").encode()
    with Connection(live) as connection:
        answer = connection.send(
            b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999\r\n\r\n" % target
        ).read_answer()
    headers = {name.title(): value for name, value in answer.headers.items()}
    assert headers["Content-Type"].startswith("text/html")
    assert headers["Content-Security-Policy"] == GUARD
    assert TAG.encode() not in answer.body


def test_what_is_garbled_is_no_tag_either(live: RunningServer) -> None:
    """Bytes turned round are some other bytes, which a caller can choose."""
    turned = bytes(byte ^ 0xFF for byte in TAG.encode()).decode("gbk")
    content = {**gateway.make_content(gateway.SYNC, "emu-fault-garbage"), "request_id": turned}
    answer = gateway.send(live, gateway.sign_params(gateway.make_common(gateway.SYNC, content, charset="gbk")), "gbk")
    assert answer.content
    assert not any(byte < 0x80 for byte in answer.content)
