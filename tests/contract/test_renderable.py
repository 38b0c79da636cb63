"""No answer of a type that a browser renders holds a tag that the caller wrote, at whatever door and for whatever
reason: a page that leads a browser there must not run a script in the emulator's origin.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import pytest
import requests

from emulator.atlas import atlas
from emulator.server import providers
from tests.contract.provoke import CALLERS
from tests.live import Live
from tests.providers.alipay.gateway import forms as gateway
from tests.providers.aliyun_green import forms as green
from tests.providers.wechat import forms as wechat
from tests.providers.wechat.cloud import forms as cloud
from tests.raw import Connection

PROVIDERS = providers()
HOW = {(item["provider"], item["code"]): item["how"] for item in atlas(PROVIDERS.values())}
OPERATIONS = [(provider.name, name) for provider in PROVIDERS.values() for name in provider.operations]
DOORS = ["/", *(f"/{door}" for provider in PROVIDERS.values() for door in provider.doors if door), "/nowhere"]
PATHS = [*DOORS, "/alipay/my.js", *(f"/green/{name}" for name in PROVIDERS["aliyun_green"].operations), "/wxa/x"]

TAG = "<script src=//a.test/x></script>"
INERT = ("application/json", "application/octet-stream", "text/javascript", "image/png")


def is_tag_rendered(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a browser would make a tag of what came; a type that is not known here, or none, may be sniffed."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    plain = kind == "text/plain" and headers.get("X-Content-Type-Options") == "nosniff"
    return not (plain or kind in INERT) and b"<script" in body.lower()


@pytest.fixture(autouse=True)
def answers(live: Live, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[requests.Response]]:
    """Every answer that came in a test; afterwards none of them may hold the tag, nor those that the journal keeps."""
    came: list[requests.Response] = []
    send: Callable[..., requests.Response] = requests.Session.send

    def seen(*arguments: Any, **options: Any) -> requests.Response:
        came.append(send(*arguments, **options))
        return came[-1]

    monkeypatch.setattr(requests.Session, "send", seen)
    yield came
    assert came
    for entry in live.entries()[:2]:
        assert live.control("GET", f"journal/{entry.id}").status_code == 200
    assert live.control("GET", "journal").status_code == 200
    for answer in came:
        assert not is_tag_rendered(answer.headers, answer.content), (answer.request.url, answer.content[:500])
    for entry in live.entries():
        assert not is_tag_rendered(dict(entry.response_headers), entry.response_body), entry


@pytest.mark.parametrize("kind", ["text/html", "text/html;charset=gbk", "application/xhtml+xml", "text/plain", ""])
def test_a_planted_tag_is_seen(live: Live, answers: list[requests.Response], kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    live.rule({"provider": "wechat"}, raw={"status": 200, "headers": headers, "body": f"a {TAG}"})
    answer = CALLERS["wechat"].send(live, "cgi-bin/token", CALLERS["wechat"].params("cgi-bin/token", ["x"]))
    assert is_tag_rendered(answer.headers, answer.content)
    answers.remove(answer)
    live.reset()
    assert not is_tag_rendered({"Content-Type": "text/plain", "X-Content-Type-Options": "nosniff"}, TAG.encode())


def replaced(value: Any, forms: Sequence[Any]) -> Iterator[Any]:
    """The value with one of its keys or leaves, or all of it, replaced by the tag in one of its forms."""
    yield from forms
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        for other in replaced(inner, forms):
            copy = value.copy()
            copy[key] = other
            yield copy
        if isinstance(value, dict):
            yield {TAG: inner, **value}
            yield {(TAG if name == key else name): each for name, each in value.items()}


@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_parameters(live: Live, provider: str, operation: str) -> None:
    caller = CALLERS[provider]
    valid = caller.params(operation, [TAG])
    caller.send(live, operation, valid)
    if operation == "security.imgSecCheck":
        return
    texts_only = provider == "aliyun_imageaudit" or operation.startswith("cgi-bin/")
    for params in replaced(valid, [TAG] if texts_only else [TAG, [TAG], {TAG: TAG}]):
        if isinstance(params, dict) and provider == "aliyun_imageaudit":
            caller.send(live, operation, {name: each for name, each in params.items() if isinstance(each, list)})
        elif isinstance(params, dict) or not texts_only:
            caller.send(live, operation, params)


@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_every_error_row(live: Live, provider: str, operation: str) -> None:
    for row in PROVIDERS[provider].rows:
        if not row.operations or operation in row.operations:
            live.rule({"provider": provider}, error=row.code, times=1)
            CALLERS[provider].send(live, operation, CALLERS[provider].params(operation, [TAG]))


@pytest.mark.parametrize("fault", ["empty", "truncate", "garbage", "html500"])
@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_answers_that_rules_changed(live: Live, provider: str, operation: str, fault: str) -> None:
    params = CALLERS[provider].params(operation, [TAG])
    live.rule({"provider": provider}, respond={TAG: TAG, "code": TAG, "Recommend": f"]]>{TAG}", "a": [{TAG: TAG}]})
    CALLERS[provider].send(live, operation, params)
    live.reset()
    live.rule({"provider": provider}, fault=fault)
    try:
        CALLERS[provider].send(live, operation, params)
    except requests.RequestException:
        assert fault == "truncate"


ACCEPTS = ("*/*", "text/html", "text/xml", f"text/xml{TAG}")
KINDS = (TAG, "application/x-www-form-urlencoded", f"multipart/form-data; boundary={TAG}")
ACS3 = "ACS3-HMAC-SHA256 Credential=%s,SignedHeaders=%s;x-tag,Signature=%s"
AUTHORIZATIONS = (
    *("", TAG, f"acs {TAG}:{TAG}", f"acs testId:{TAG}", f"{TAG} Credential={TAG}"),
    *(ACS3 % (TAG, TAG, TAG), ACS3 % ("testId", TAG, TAG)),
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PUT"])
def test_headers_and_targets(live: Live, path: str, method: str) -> None:
    common = dict.fromkeys(("Host", "Date", "Origin", "Cookie", "Content-MD5", "X-Tag", "User-Agent"), TAG)
    common |= dict.fromkeys(("x-acs-action", "x-acs-date", "x-acs-signature-nonce", "x-acs-signature-method"), TAG)
    body = TAG.encode() if method != "GET" else None
    with requests.Session() as session:
        for number, authorization in enumerate(AUTHORIZATIONS):
            accept, kind = ACCEPTS[-number % len(ACCEPTS)], KINDS[number % len(KINDS)]
            headers = {**common, "Accept": accept, "Authorization": authorization, "Content-Type": kind}
            url = f"{live.url}{path}?Format=XML&{TAG}={TAG}"
            session.request(method, url, headers=headers, data=body, timeout=10)
        for headers in ({"Host": "a", "x-acs-version": "2018-05-09", "Accept": "text/xml"}, {"Host": f"http://{TAG}"}):
            session.request(method, f"{live.url}{path}/{quote(TAG)}", headers=headers, timeout=10)


@pytest.mark.parametrize(
    "name", ["Format", "Action", "Version", "Signature", "Timestamp", "AccessKeyId", "Scene.1", TAG]
)
def test_text_to_be_signed_as_xml(live: Live, name: str) -> None:
    live.rpc("ScanImage", {name: TAG, TAG: TAG, "Host": TAG}, common={"Format": "XML", name: TAG})
    live.rpc("ScanImage", {name: TAG, TAG: TAG, "Signature": TAG}, common={"Format": "XML"})
    live.rpc("ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": TAG}, common={"Format": "XML"})
    live.rule({"provider": "aliyun_imageaudit"}, respond={TAG: TAG, "Recommend": f"]]>{TAG}", "Data": {TAG: [TAG]}})
    live.rpc("ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": TAG}, common={"Format": "XML"})


def test_text_to_be_signed_by_green_as_xml(live: Live) -> None:
    for accept in ("text/xml", "application/octet-stream"):
        green.call(
            live, "image/scan", {"scenes": [TAG]}, headers={"Accept": accept, "x-acs-x": TAG, "x-acs-version": TAG}
        )
        green.call(live, "image/scan", {TAG: TAG}, secret=TAG, headers={"Accept": accept, "x-acs-x": TAG})


CHARSETS = ["utf-8", "UTF-8", "gbk", "GBK", "gb2312", "GB\u212a", "utf-7", "utf-16", "iso-2022-jp", TAG, "\r\nX-A: b"]


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("registered", [False, True])
def test_the_gateway_in_every_charset(
    live: Live, answers: list[requests.Response], registered: bool, charset: str
) -> None:
    """`GB\\u212a` has a Kelvin sign, whose small letter is k."""
    if registered:
        gateway.register(live)
    codec = "gbk" if charset.isascii() and charset.lower() in ("gbk", "gb2312") else "utf-8"
    for method in (*gateway.METHODS, TAG):
        content = gateway.content(method, f"{TAG} emu-porn") if method in gateway.METHODS else {}
        for params in (content, {**content, TAG: TAG}, {**content, "request_id": TAG, "content": [TAG]}):
            common = gateway.common(method, params, charset=charset)
            gateway.send(live, {**common, TAG: TAG, "sign": TAG}, codec)
        if charset.isascii():
            gateway.send(live, gateway.signed(common), codec)
    for answer in answers:
        if "gateway.do" in str(answer.request.url):
            assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert re.fullmatch(r"text/html;charset=(utf-8|gbk|gb2312)", answer.headers["Content-Type"], re.IGNORECASE)
            assert "X-A" not in answer.headers
    live.control("DELETE", f"alipay/apps/{gateway.APP_ID}/public-key")


def test_what_is_garbled_is_no_tag_either(live: Live) -> None:
    """Bytes turned round are some other bytes, which a caller can choose."""
    turned = bytes(byte ^ 0xFF for byte in TAG.encode()).decode("gbk")
    content = {**gateway.content(gateway.SYNC, "emu-fault-garbage"), "request_id": turned}
    answer = gateway.send(live, gateway.signed(gateway.common(gateway.SYNC, content, charset="gbk")), "gbk")
    assert answer.content
    assert not any(byte < 0x80 for byte in answer.content)


def test_cloud_calls_and_uploads(live: Live) -> None:
    for name, data in (("security.imgSecCheck", cloud.media(filename=TAG)), (TAG, cloud.parameters(**{TAG: TAG}))):
        for more in ({}, {TAG: TAG.encode()}, {"action": TAG.encode()}, {"requestData": TAG.encode()}):
            cloud.post(live, cloud.form(data, name, **more), TAG)
    for disposition in (f'form-data; name="media"; filename="{TAG}"', f"form-data; name={TAG}", TAG):
        wechat.post(live, wechat.multipart((disposition, wechat.PNG)))
        wechat.post(live, wechat.multipart((disposition, wechat.PNG)), f"multipart/form-data; boundary={TAG}")


BROKEN = [
    b"GET %b HTTP/1.1\r\nHost: %b\r\nContent-Length: x\r\n\r\n",
    b"GET %b HTTP/9.9\r\nHost: %b\r\n\r\n",
    b"%b %b HTTP/1.1\r\n\r\n",
    b"POST %b HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n",
    b"POST %b HTTP/1.1\r\nHost: %b\r\nAccept: text/xml\r\nContent-Length: 999999999999\r\n\r\n",
    b"POST %b HTTP/1.1\r\nHost: %b\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("broken", BROKEN)
def test_what_cannot_be_read(live: Live, door: str, broken: bytes) -> None:
    requests.get(live.url, timeout=10)
    target = f"{door}?Format=XML&{TAG}".replace(" ", "%20").encode()
    with Connection(live) as connection:
        answer = connection.send(broken % (target, TAG.encode())).answer()
    headers = {name.title(): value for name, value in answer.headers.items()}
    assert not is_tag_rendered(headers, answer.body)
    if door == "/gateway.do" and "html" in headers["Content-Type"]:
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_frames_and_the_page_of_help(live: Live) -> None:
    for path in (f"_emulator/frames/{quote(TAG)}", f"_emulator/frames/x.png?Signature={TAG}", f"_emulator/{TAG}", ""):
        requests.get(f"{live.url}/{path}", headers={"Accept": "text/html"}, timeout=10)
    assert json.loads(live.control("GET", TAG).text)["error"]
