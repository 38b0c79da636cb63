"""Random requests, in process: decoding knows only refusals, and every answer is a documented one."""

import asyncio
from collections.abc import Iterator

import orjson
import pytest
from defusedxml import ElementTree
from hypothesis import example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from multidict import CIMultiDict

from emulator import building, pipeline
from emulator.app import App
from emulator.config.load import load_settings
from emulator.discovery import collect_provided_settings, find_providers
from emulator.error_types import Refusal
from emulator.providers.aliyun.gateway.headers import HEADERS
from emulator.providers.aliyun.imageaudit import PROVIDER, wire
from emulator.providers.aliyun.imageaudit.errors import ROWS
from emulator.types import Call, WireRequest, WireResponse
from tests.providers.aliyun.rpc_calls import encode_query, sign_rpc

FORM = "application/x-www-form-urlencoded"
PIECES = [
    *("Action", "Version", "Format", "Signature", "AccessKeyId", "testId", "ScanImage", "ScanText", "2019-12-30"),
    *("Scene", "Task", "Labels", "Tasks", "ImageURL", "Content", "JSON", "XML", ".1", ".2", ".0", ".", "=", "&", "+"),
    *("%", "%00", "%E5%9B%BE", "%ED%A0%80", "%ff", "%2", "#", "?", "/", ";", "\udcff", "é", "图", "\x00", "\r\n"),
]
raw = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.binary(max_size=200).map(lambda data: data.decode("utf-8", "surrogateescape")),
)
bodies = st.one_of(st.binary(max_size=300), raw.map(lambda text: text.encode("utf-8", "surrogateescape")))
headers = st.dictionaries(
    st.sampled_from(["Authorization", "Content-Type", "Accept", "Host", *HEADERS.values()]),
    st.one_of(
        raw,
        st.sampled_from([FORM, "application/json", "ScanImage", "2019-12-30"]),
        raw.map("ACS3-HMAC-SHA256 Credential=testId,SignedHeaders=host;x-acs-date,Signature={}".format),
        raw.map("ACS3-HMAC-SHA256 {}".format),
    ),
)
requests = st.builds(
    WireRequest,
    st.sampled_from(["GET", "POST", "PUT"]),
    raw.map("/?{}".format),
    headers.map(CIMultiDict),
    bodies,
)


@pytest.fixture(scope="module")
def app() -> App:
    own = find_providers()
    return building.build(load_settings(None, {}, {}, collect_provided_settings([PROVIDER])), own)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with asyncio.Runner() as runner:
        yield runner.get_loop()


def assert_documented(response: WireResponse) -> str | None:
    """Assert that an answer is well-formed; return the code of a refusal, None for a success."""
    if b"json" in response.headers["Content-Type"].encode():
        body = orjson.loads(response.body)
        code = body.get("Code")
    else:
        code = ElementTree.fromstring(response.body).findtext("Code")
    if code is None:
        assert response.status == 200
        return None
    row = ROWS.get(code) or ROWS[".".join("N" if part.isdigit() else part for part in code.split("."))]
    assert row.status == response.status < 500
    return row.code


@given(requests)
@example(WireRequest("GET", "/?a=\udcff", CIMultiDict(), b""))
@example(WireRequest("POST", "/", CIMultiDict({"Content-Type": FORM}), b"\xed\xa0\x80=1"))
@hypothesis(max_examples=300, deadline=None)
def test_decoding_only_refuses(app: App, request: WireRequest) -> None:
    try:
        found: Call | Refusal = wire.decode(request, app.state)
    except Refusal as refusal:
        found = refusal
    assert found.code in ROWS if isinstance(found, Refusal) else found.format in ("JSON", "XML")


@given(requests)
@hypothesis(max_examples=300, deadline=None)
def test_every_answer_is_documented(app: App, loop: asyncio.AbstractEventLoop, request: WireRequest) -> None:
    response = loop.run_until_complete(pipeline.answer(request, PROVIDER, app.state))
    assert assert_documented(response) is not None, "nobody can guess a signature"


names = st.sampled_from(
    [
        *("Scene", "Scene.1", "Scene.2", "Labels.1.Label", "Labels.2.Label", "Tasks.1.Content", "Tasks.2.Content"),
        *("Task.1.ImageURL", "Task.1.DataId", "Task.1.Interval", "Task.1.MaxFrames", "Task.1.ImageTimeMillisecond"),
        *("Task.2.ImageURL", "Task.3"),
    ]
)
values = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["porn", "logo", "ad", "abuse", "1", "0", "-1", "9" * 20, "http://a.test/x.gif", "https://a", ""]),
)
valid = {
    "Scene.1": "porn",
    "Task.1.ImageURL": "http://a.test/x.gif",
    "Labels.1.Label": "ad",
    "Tasks.1.Content": "hello",
}


@given(
    st.sampled_from(["ScanImage", "ScanText"]),
    st.dictionaries(names, values, max_size=5).map(lambda some: {**valid, **some}),
    st.sampled_from(["JSON", "XML"]),
    st.booleans(),
)
@hypothesis(max_examples=300, deadline=None)
def test_any_signed_call_gets_a_documented_answer(
    app: App, loop: asyncio.AbstractEventLoop, action: str, params: dict[str, str], kind: str, form: bool
) -> None:
    query = encode_query(sign_rpc(action, params, method="POST", common={"Format": kind}))
    body = query.encode() if form else b""
    target = "/" if form else f"/?{query}"
    request = WireRequest("POST", target, CIMultiDict({"Content-Type": FORM}), body)
    response = loop.run_until_complete(pipeline.answer(request, PROVIDER, app.state))
    assert assert_documented(response) in (
        *(None, "InvalidParameter.BadRequest", "InvalidTask.N.ImageTimeMillisecond"),
        *("InvalidTask.N.Interval", "InvalidTask.N.MaxFrames"),
    )


@hypothesis(deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=8))
def test_pairs_come_back_from_their_encoding(given_pairs: list[tuple[str, str]]) -> None:
    raw_query = "&".join(f"{encode_for_wire(name)}={encode_for_wire(value)}" for name, value in given_pairs)
    assert wire.parse_pairs(raw_query) == given_pairs


def encode_for_wire(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())
