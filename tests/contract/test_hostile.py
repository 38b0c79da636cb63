"""Whatever a caller writes, the answer is one that the provider documents: never that of a mistake of ours, and nothing
of it is logged as one. What the journal kept of it can be looked at.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from multidict import CIMultiDict

from emulator.inquiry.bill import bill
from emulator.inquiry.etiquette import lapses
from emulator.inquiry.long import long
from emulator.inquiry.near_misses import near_misses
from emulator.inquiry.short import short
from emulator.inquiry.signature import signature
from emulator.planes.provider_plane import ProviderPlane
from emulator.server import providers
from emulator.vocabulary import WireRequest, WireResponse
from tests.contract import hostile
from tests.contract.hostile import EVERYTHING, TEXTS
from tests.contract.provoke import CALLERS
from tests.live import Live, encoded, signed
from tests.providers.alipay.gateway import forms as gateway
from tests.providers.aliyun_green.forms import roa
from tests.providers.wechat import forms as wechat
from tests.providers.wechat.cloud import forms as cloud

PROVIDERS = providers()
OPERATIONS = [(provider.name, name) for provider in PROVIDERS.values() for name in provider.operations]
IN_JSON = [
    each
    for each in OPERATIONS
    if each[0] != "aliyun_imageaudit" and each[1] not in ("security.imgSecCheck", "cgi-bin/token")
]
DOORS = {
    **{f"/{door}": provider for provider in PROVIDERS.values() for door in provider.doors},
    **{f"/green/{name}": PROVIDERS["aliyun_green"] for name in PROVIDERS["aliyun_green"].operations},
    **{f"/alipay/{name}": PROVIDERS["alipay"] for name in ("my.ap.imgRisk", "my.textRiskIdentification")},
    **{
        f"/{path}": PROVIDERS["wechat"]
        for path in ("wxa/img_sec_check", "wxa/msg_sec_check", "cgi-bin/token", "cgi-bin/stable_token")
    },
}

Ask = Callable[[Iterable[WireRequest]], list[WireResponse]]


@pytest.fixture
def ask(live: Live, caplog: pytest.LogCaptureFixture) -> Iterator[Ask]:
    """Answers requests where HTTP hands them over; afterwards every look at their entries must succeed."""
    plane = ProviderPlane(PROVIDERS.values(), live.world)

    async def answered(requests: Iterable[WireRequest]) -> list[WireResponse]:
        return [await plane.answer(request) for request in requests]

    yield lambda requests: live.run(answered(requests))

    entries = live.entries()
    for entry in entries:
        assert entry.code is None or entry.code != PROVIDERS[entry.provider].crash, entry
        assert entry.status != 500, entry
    for entry in entries[::9]:
        signature(entry, live.world)
        live.run(near_misses(entry, live.world))
        json.dumps(short(entry), default=str)
    for entry in entries[::300]:
        live.run(long(entry, live.world, etiquette=True))
    live.run(lapses(entries))
    live.run(bill(entries, ()))
    assert live.control("GET", "journal", limit="1000").status_code == 200
    assert not [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]


def request(
    target: str, body: bytes = b"", headers: Mapping[str, str] | None = None, method: str = "POST"
) -> WireRequest:
    return WireRequest(method, target, CIMultiDict({"Host": "localhost", **(headers or {})}), body, "127.0.0.1")


def replaced(value: Any, others: Iterable[Any]) -> Iterator[Any]:
    """The value with a part of it replaced by each of the others."""
    yield from others
    for key, inner in list(
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        for other in replaced(inner, others):
            copy = value.copy()
            copy[key] = other
            yield copy


def in_json(provider: str, operation: str, text: str) -> WireRequest:
    """A call whose parameters are this JSON text, let in by the gate."""
    body = text.encode()
    match provider:
        case "aliyun_green":
            target = f"/green/{operation}?clientInfo={quote(text[:5000])}"
            return request(target, body, roa(target, body))
        case "wechat":
            path = "/cgi-bin/stable_token" if operation.startswith("cgi-bin") else wechat.PATHS[operation]
            return request(f"{path}?access_token=ACCESS_TOKEN", body)
        case _ if operation in gateway.METHODS:
            params = {**gateway.common(operation, None, biz_content=text), "sign": "x"}
            return request("/gateway.do", gateway.written(params).encode())
        case _:
            return request(f"/alipay/{operation}", body)


@pytest.mark.parametrize(("provider", "operation"), IN_JSON)
def test_values_in_json(ask: Ask, provider: str, operation: str) -> None:
    valid = CALLERS[provider].params(operation, ["one"])
    texts = (json.dumps(params) for params in replaced(valid, EVERYTHING))
    answers = ask(in_json(provider, operation, text) for text in texts)
    assert all(answer.status < 600 for answer in answers)


@pytest.mark.parametrize("operation", ["security.imgSecCheck", "security.msgSecCheck", "security.mediaCheckAsync", "x"])
def test_values_in_a_cloud_call(ask: Ask, operation: str) -> None:
    headers = {"Content-Type": f"multipart/form-data; boundary={cloud.BOUNDARY}", "Authorization": cloud.TC3}
    bodies = [
        cloud.form(data, operation)
        for value in EVERYTHING
        for text in [json.dumps(value).encode()]
        for data in (
            cloud.data(cloud.pair("media", text), cloud.pair("content", text), cloud.pair("x", b"\xff" + text[:100])),
            cloud.data(cloud.pair("version", b"2"), cloud.pair("media_url", text), cloud.pair("scene", text)),
            cloud.data(cloud.pair("media", wechat.PNG, "x.png"), cloud.pair("media", text), api_type=2**33),
        )
    ]
    raw = [*hostile.BODIES, b"\x12\xff\xff\xff\xff\x0f", b"\x0a\x80", b"\x08\x00\x32\x02\xff\xff"]
    bodies += [cloud.form(each, operation) for each in raw]
    bodies += [cloud.form(cloud.media(), operation, authorization=each, eventId=each) for each in raw]
    bodies += [cloud.body({"action": b"wx.openApi", "apiName": each, "requestData": b""}) for each in raw]
    ask(request("/admin?env=local", body, headers) for body in bodies)


@pytest.mark.parametrize("operation", ["ScanImage", "ScanText"])
def test_values_in_parameters(ask: Ask, operation: str) -> None:
    valid = {
        "ScanImage": {"Scene.1": "porn", "Task.1.ImageURL": "http://a.test/a.gif", "Task.1.DataId": "x"},
        "ScanText": {"Labels.1.Label": "ad", "Tasks.1.Content": "x"},
    }[operation]
    frames = (
        {"Task.1.Interval": "1", "Task.1.MaxFrames": "1", "Task.1.ImageTimeMillisecond": "1"}
        if operation == "ScanImage"
        else {}
    )
    for name in {**valid, **frames, "Extra": "", "Scene.2": ""}:
        targets = [f"/?{encoded(signed(operation, {**valid, **frames, name: text}))}" for text in TEXTS]
        targets += [f"/?{encoded(signed(operation, {**valid, text: 'x', name: 'x'}))}" for text in TEXTS]
        ask(request(target, method="GET") for target in targets)


@pytest.mark.parametrize("name", [*signed("ScanText", {}), "SecurityToken", "RegionId"])
def test_common_parameters(ask: Ask, name: str) -> None:
    targets = [f"/?{encoded(signed('ScanText', {}, common={name: text}))}" for text in TEXTS]
    targets += [f"/?{name}={raw}&{name}x={raw}" for raw in ("%", "%ff", "%ed%a0%80", "%00", "%C0%80", "%F5%80%80%80")]
    ask(request(target, method="GET") for target in targets)


@pytest.mark.parametrize(
    "name", ["app_id", "method", "format", "charset", "sign_type", "timestamp", "version", "sign", "biz_content"]
)
@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
def test_parameters_of_the_gateway(live: Live, ask: Ask, name: str, charset: str) -> None:
    gateway.register(live)
    common = gateway.common(gateway.DETECT, {"content": "x"}, charset=charset)
    queries = [gateway.written({**common, "sign": "x", name: text}) for text in TEXTS]
    queries += [
        f"{gateway.written(common)}&sign=x&{name}={raw}&{raw}={raw}"
        for raw in ("%ff", "%80", "%", "%A2%E3", "%ed%a0%80")
    ]
    ask(request("/gateway.do", query.encode()) for query in queries)
    assert live.control("DELETE", f"alipay/apps/{gateway.APP_ID}/public-key").status_code == 200


@pytest.mark.parametrize("door", DOORS)
def test_bodies_and_kinds(ask: Ask, door: str) -> None:
    for query in ("", "?access_token=ACCESS_TOKEN&account=default", "?%ff=%ff&access_token=%ff&&="):
        for kind in hostile.KINDS:
            ask(request(f"{door}{query}", body, {"Content-Type": kind}) for body in hostile.BODIES)


@pytest.mark.parametrize("door", DOORS)
def test_headers(ask: Ask, door: str) -> None:
    """As HTTP brings them: bytes that are no UTF-8 are halves of characters."""
    texts = [text for text in (*TEXTS, "\udcff", "a\udc80b") if "\r" not in text and len(text) < 8000]
    base = {"x-acs-version": "2018-05-09", "Authorization": "acs testId:x", "x-acs-action": "ScanText"}
    ask(request(door, b"{}", {**base, name: text}) for name in hostile.HEADERS for text in texts)
    ask(
        request(door, b"{}", {**base, "Authorization": form.replace("%s", text)})
        for form in hostile.SIGNED
        for text in texts
    )
    ask(request(f"{door}/{quote(text[:1000], errors='replace')}") for text in texts)


@pytest.mark.parametrize(
    "charset",
    [
        "idna",
        "undefined",
        "punycode",
        "rot13",
        "hex",
        "utf-7",
        "unicode_escape",
        "mbcs",
        "",
        "utf-8",
        "gbk",
        "ISO-8859-1",
    ],
)
def test_charsets_of_a_filename(live: Live, ask: Ask, charset: str) -> None:
    for value in ("%41", "%ff", "%", "\ufffd", "%E5%9B%BE", "%00", "." * 300, "xn--\u2100"):
        disposition = f"form-data; name=\"media\"; filename*={charset}''{value}"
        body = wechat.multipart((disposition, wechat.PNG))
        ask(
            [
                request(
                    "/wxa/img_sec_check?access_token=ACCESS_TOKEN",
                    body,
                    {"Content-Type": "multipart/form-data; boundary=bound"},
                )
            ]
        )


@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_what_rules_put_into_answers(live: Live, ask: Ask, provider: str, operation: str) -> None:
    """A patch may be as deep as JSON of ours may be, and hold numbers beyond 64 bits and halves of characters."""
    caller = CALLERS[provider]
    for patch in (hostile.deep(200), hostile.deep(252), {"n": "\ud800"}, {"n": 2**64 - 1}, {"code": None, "n": 1e308}):
        pushed = live.control("POST", "rules", json.dumps({"match": {"provider": provider}, "respond": {"a": patch}}))
        assert pushed.status_code in (201, 400)
        assert caller.send(live, operation, caller.params(operation, ["one"])).status_code == 200
        live.reset()
    assert ask([request("/wxa/x")])
