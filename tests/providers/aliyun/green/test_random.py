"""Whatever comes, a documented answer goes back, and none is that of an unhandled exception."""

import asyncio
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from multidict import CIMultiDict

from emulator import building, pipeline
from emulator.assets import SCHEMAS
from emulator.config.load import load_settings
from emulator.discovery import collect_provided_settings, find_providers
from emulator.providers.aliyun.green import PROVIDER
from emulator.providers.aliyun.green.errors import ROWS
from emulator.types import WireRequest, WireResponse
from tests.providers.aliyun.green.builders import SAMPLE, encode_body, sign_roa

OWN = find_providers()
APP = building.build(load_settings(None, {}, {}, collect_provided_settings(OWN.values())), OWN)
RESPONSES = {
    name: jsonschema.Draft202012Validator(
        json.loads((SCHEMAS / "aliyun_green" / f"{name.replace('/', '_')}.response.json").read_text(encoding="utf-8"))
    )
    for name in SAMPLE
}

WORDS = st.sampled_from(
    [
        "emu-porn",
        "emu-error-592",
        "emu-error-Throttling.User",
        "emu-delay-5s",
        "emu-ad-qrcode",
        "emu-keyword",
        "emu-callback-late",
    ]
)
texts = st.text(max_size=20) | WORDS.map("https://a.test/{}.jpg".format)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
tasks = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("url", "dataId", "content", "clientInfo", "extras", "time"), texts | values),
        "interval": st.integers(-1, 100) | values,
        "maxFrames": st.integers(-1, 100) | values,
    },
)
bodies = (
    values
    | st.lists(texts, max_size=4)
    | st.fixed_dictionaries(
        {},
        optional={
            "scenes": st.lists(st.sampled_from(["porn", "ad", "tag", "qrcode", "antispam", "x"]), max_size=4) | values,
            "tasks": st.lists(tasks, max_size=4) | values,
            "bizType": texts | values,
            "callback": st.sampled_from(["http://127.0.0.1:9/", "", "x"]) | values,
            "seed": st.sampled_from(["seed", ""]) | values,
            "cryptType": st.sampled_from(["SHA256", "SM3"]) | values,
            "taskId": texts,
        },
    )
)


async def answer_request(request: WireRequest) -> WireResponse:
    return await pipeline.answer(request, PROVIDER, APP.state)


def ask(operation: str, body: bytes, headers: dict[str, str] | None = None, query: str = "") -> tuple[int, Any]:
    target = f"/green/{operation}{query}"
    given_headers = CIMultiDict(sign_roa(target, body) if headers is None else headers)
    response = asyncio.run(answer_request(WireRequest("POST", target, given_headers, body)))
    APP.state.accounts.default.reset()
    return response.status, json.loads(response.body) if response.body.startswith(b"{") else response.body


@pytest.mark.parametrize("operation", SAMPLE)
@given(body=bodies)
@hypothesis(max_examples=150, deadline=None)
def test_any_json_gets_a_documented_answer(operation: str, body: Any) -> None:
    sent = encode_body(body) if "\ud800" not in repr(body) else b"{}"
    status, got = ask(operation, sent)
    if "Code" in got:
        assert ROWS[got["Code"]].status == status < 500
    elif got["code"] != 200:
        assert ROWS[str(got["code"])].status == status
    else:
        RESPONSES[operation].validate(got)


@pytest.mark.parametrize("operation", ["image/asyncscan", "image/results"])
@given(body=st.binary(max_size=200))
@hypothesis(max_examples=150, deadline=None)
def test_any_bytes_get_a_documented_answer(operation: str, body: bytes) -> None:
    status, got = ask(operation, body)
    assert (status, got["code"]) in ((200, 400), (200, 200))


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "Authorization",
                "Date",
                "Accept",
                "Content-MD5",
                "Content-Type",
                "Host",
                "x-acs-version",
                "x-acs-signature-nonce",
                "x-acs-security-token",
                "x-acs-signature-method",
                "x-acs-date",
            ]
        ),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
        | st.sampled_from(
            [
                "acs testId:x",
                "ACS3-HMAC-SHA256 Credential=testId,SignedHeaders=host,Signature=x",
                "2018-05-09",
                "\udcff",
                "acs \udcff:\udcff",
                "http://",
                "http://[",
                "Mon, 05 Jan 2026 08:00:00 GMT",
            ]
        ),
    ),
    st.text("a=&%+;?#/\udcff\xe9", max_size=20),
)
@hypothesis(max_examples=500, deadline=None)
def test_any_headers_get_a_documented_answer(headers: dict[str, str], query: str) -> None:
    status, got = ask("image/scan", b"{}", headers, f"?{query}")
    assert 400 <= status < 500 or (status, got["code"]) == (200, 400)


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 900 + b"null" + b"]" * 900, b"1" * 5000, b'"' + b"x" * 3_000_000],
)
def test_huge_bodies_are_refused(body: bytes) -> None:
    for operation in SAMPLE:
        assert ask(operation, body)[1]["code"] == 400


@pytest.mark.parametrize("field", ["clientInfo", "extras", "unheard"])
@pytest.mark.parametrize("depth", [200, 300, 900])
def test_deep_ones_in_a_lawful_place(field: str, depth: int) -> None:
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    task = b'{"url":"https://a.test/x.jpg","%b":%b}' % (field.encode(), deep)
    assert ask("image/scan", b'{"scenes":["porn"],"tasks":[%b]}' % task)[1]["data"][0]["code"] == 200
