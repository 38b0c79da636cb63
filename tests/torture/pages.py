"""F1: a web page takes the server over. No answer that a browser renders may hold a tag of the caller's."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.torture.attack import Attack, Attacks
from tests.torture.siege import Answer, Siege, encode_multipart

TAG = "<script src=//torture.test/x></script>"
APP = "2021000000000000"
METHODS = [f"alipay.security.risk.content.{name}" for name in ("detect", "sync.detect", "analyze", "result.get")]
PATHS = (
    *("/", "/green/image/scan", "/wxa/img_sec_check", "/cgi-bin/token", "/cgi-bin/stable_token", "/admin"),
    *(
        "/alipay/my.ap.imgRisk",
        "/alipay/my.js",
        "/nowhere",
        "/gateway.do",
        "/_emulator/frames/x.png",
        "/_emulator/rules",
    ),
)
RENDERED = ("text/html", "xml", "svg")


def _build_gateway_target(**given: str) -> str:
    parameters = {
        "app_id": APP,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "sign": "x",
        "timestamp": "2026-11-28 12:00:00",
        "version": "1.0",
        "method": METHODS[0],
        "biz_content": "{}",
    }
    return "/gateway.do?" + "&".join(f"{quote(k)}={quote(v)}" for k, v in (parameters | given).items())


def _iterate_links() -> Iterator[str]:
    """Yield plain links with a tag wherever a caller may write."""
    contents = ({"content": [TAG]}, {TAG: 1}, {"content": TAG}, {"content": {TAG: TAG}}, [TAG], TAG)
    for method in METHODS:
        for content in contents:
            yield _build_gateway_target(method=method, biz_content=json.dumps(content))
        yield _build_gateway_target(method=method, biz_content=TAG)
    for name in ("app_id", "format", "charset", "sign_type", "sign", "timestamp", "version", "method", TAG):
        yield _build_gateway_target(**{name: TAG})
    yield _build_gateway_target(charset="gbk", biz_content=json.dumps({"content": [TAG]}))
    for path in PATHS:
        tag = quote(TAG)
        yield f"{path}?{tag}={tag}"
        yield f"{path}/{tag}"
        yield f"{path}?Action={tag}&Version={tag}&Format=XML&AccessKeyId={tag}&Signature={tag}"


def send_tags(siege: Siege) -> None:
    browser: dict[str, Any] = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec_Fetch_Site": "cross-site"}
    body, kind = encode_multipart([(f'; name="{TAG}"; filename="{TAG}"', TAG.encode())])
    found = []
    for registered in (False, True):
        if registered:
            pair = rsa.generate_private_key(65537, 2048).public_key()
            pem = pair.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            siege.ask("PUT", f"/_emulator/alipay/apps/{APP}/public-key", pem)
        for link in _iterate_links():
            found.append(siege.ask("GET", link, **browser))
        for path in PATHS:
            found.append(siege.ask("POST", path, json.dumps({TAG: [TAG]}).encode(), kind="text/plain"))
            found.append(siege.ask("POST", path, quote(TAG).encode() + b"=" + TAG.encode(), kind="text/plain"))
            found.append(siege.ask("POST", path, body, kind=kind))
    alive = sum(map(_is_tag_alive, found))
    siege.fail_if(alive > 0, f"{alive} of {len(found)} answers hold the caller's tag")


def _is_tag_alive(answer: Answer) -> bool:
    """Return whether a browser would render it, with the tag alive."""
    kind = answer.headers.get("Content-Type", "text/html").lower()
    return any(word in kind for word in RENDERED) and TAG[:20].encode() in answer.body


ATTACKS: Attacks = (Attack("F1 a tag in an answer", send_tags),)
