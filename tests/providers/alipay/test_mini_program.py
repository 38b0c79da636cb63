"""The HTTP form of the mini-program calls: documented codes for bad input, CORS, and what is no call."""

import http.client
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator import schemas
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.builders import PID, QUERY, SUBMIT, TEXT, call, make_picture, make_task, make_text, submit
from tests.providers.alipay.gateway import builders as gateway

KINDS = {SUBMIT: ("img_risk", "content"), QUERY: ("img_risk_result", "apply_id")}
MESSAGES = {
    "riskTypeNoAuth": "场景（risktype）未授权",
    "bizContentEmpty": "风险数据内容为空",
    "paramMissingError": "参数缺失",
    "param error": "参数错误",
}


def nest(depth: int, inner: str = "1") -> bytes:
    return b'{"a":' * depth + inner.encode() + b"}" * depth


def list_bad_params(kind: str, key: str) -> list[tuple[Any, str]]:
    """Return bad parameters, each with the first code of the table that it deserves."""
    good = {"risk_type": kind, key: "x"}
    return [
        (b"", "bizContentEmpty"),
        ({}, "bizContentEmpty"),
        ({"pid": PID}, "bizContentEmpty"),
        ({"pid": PID, "bizContext": {}}, "bizContentEmpty"),
        ({"bizContext": {}}, "bizContentEmpty"),
        ({"pid": PID, "biz_context": good}, "bizContentEmpty"),
        ({"bizContext": good}, "paramMissingError"),
        ({"pid": "", "bizContext": good}, "paramMissingError"),
        ({"pid": PID, "bizContext": {key: "x"}}, "paramMissingError"),
        ({"pid": PID, "bizContext": {"risk_type": kind}}, "paramMissingError"),
        ({"pid": PID, "bizContext": {"risk_type": kind, key: ""}}, "paramMissingError"),
        ({"pid": PID, "bizContext": {"unknown": "x"}}, "paramMissingError"),
        *(
            ({"pid": PID, "bizContext": {**good, "risk_type": wrong}}, "riskTypeNoAuth")
            for wrong in ("", "img", kind.upper(), f"{kind} ", "x" * 2000, 5, [kind])
        ),
        ({"bizContext": {"risk_type": "img"}}, "riskTypeNoAuth"),  # before what is missing
        ({"pid": [2088], "bizContext": good}, "param error"),
        ({"pid": None, "bizContext": good}, "paramMissingError"),
        ({"pid": PID, "appId": [5], "bizContext": good}, "param error"),
        ({"pid": PID, "bizContext": None}, "bizContentEmpty"),
        *(({"pid": PID, "bizContext": wrong}, "param error") for wrong in ("x", 5, [good], True)),
        ({"pid": PID, "bizContext": {**good, "risk_type": None}}, "paramMissingError"),
        ({"pid": PID, "bizContext": {**good, key: None}}, "paramMissingError"),
        ({"pid": PID, "bizContext": {**good, key: ["x"]}}, "param error"),
        ({"pid": PID, "bizContext": {**good, key: {}}}, "param error"),
        ({"pid": PID, "bizContext": {**good, key: "x" * 129}}, "param error"),
        *((broken, "param error") for broken in (b"{", b"[]", b"null", b"5", b'"x"', b"\xff", b"{'a':1}", b"a=1")),
        (nest(900), "bizContentEmpty"),
        (nest(100_000), "param error"),
        (b"[" * 100_000, "param error"),
        (b'{"pid":"%s","bizContext":%s}' % (PID.encode(), nest(900)), "paramMissingError"),
        (b'{"pid":"\\ud800","bizContext":{}}', "param error"),
        (b'{"a":NaN}', "param error"),
    ]


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [(operation, *each) for operation, kind in KINDS.items() for each in list_bad_params(*kind)],
)
def test_bad_parameters_get_the_documented_code(live: RunningServer, operation: str, params: Any, code: str) -> None:
    answer = call(live, operation, params)
    assert (answer.status_code, answer.json()) == (
        403 if code == "riskTypeNoAuth" else 400,
        {"errorCode": code, "error": code, "errorMessage": MESSAGES[code]},
    )
    assert live.list_entries()[0].decided_by[0] == "schema"


@pytest.mark.parametrize(("length", "status"), [(127, 200), (128, 200), (129, 400)])
def test_the_documented_lengths(live: RunningServer, length: int, status: int) -> None:
    address = "https://cdn.example.test/"
    url = address + "a" * (length - len(address))
    assert call(live, SUBMIT, make_picture(url)).status_code == status
    assert call(live, QUERY, make_task("界" * length)).status_code == status


def test_lengths_need_not_be_enforced(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"alipay.lengths": False}})
    assert submit(live, "https://cdn.example.test/" + "a" * 2000)
    assert call(live, QUERY, make_task("a" * 2000)).status_code == 200


@pytest.mark.parametrize("depth", [200, 300, 900, 1000, 1015])
def test_deep_nesting_where_a_text_should_be(live: RunningServer, depth: int) -> None:
    for operation, params, code in (
        (SUBMIT, b'{"pid":"%s","bizContext":{"risk_type":"img_risk","content":%s}}', "param error"),
        (QUERY, b'{"pid":"%s","bizContext":{"risk_type":%s,"apply_id":"x"}}', "riskTypeNoAuth"),
        (TEXT, b'{"pid":"%s","content":"x","type":[%s]}', "2"),
    ):
        answer = call(live, operation, params % (PID.encode(), nest(depth)))
        assert answer.status_code in (400, 403)
        assert answer.json()["error"] in (code, "param error")
        assert live.list_entries()[0].decided_by[0] == "schema"


def test_unknown_parameters_are_ignored(live: RunningServer) -> None:
    params = {**make_picture(), "appId": "2021000000000000", "more": {"than": "known"}}
    assert call(live, SUBMIT, params).status_code == 200


def test_snake_case_is_read_with_the_quirk(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"alipay.snake_case": True}})
    params = make_picture()
    old = {"pid": PID, "biz_context": params["bizContext"]}
    assert call(live, SUBMIT, old).status_code == call(live, SUBMIT, params).status_code == 200
    assert call(live, SUBMIT, {**old, "bizContext": {}}).json()["error"] == "bizContentEmpty"


def test_errors_as_numbers(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"alipay.error_type": "number"}})
    assert call(live, TEXT, {}).json() == {"error": 2, "errorMessage": "接口参数无效"}
    answer = call(live, SUBMIT, make_picture("https://cdn.example.test/emu-error-4.png"))
    assert answer.json() == {"errorCode": "4", "error": 4, "errorMessage": "无权调用"}
    assert call(live, SUBMIT, {}).json()["error"] == "bizContentEmpty"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_the_body_is_json_whatever_the_content_type(live: RunningServer, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    answer = requests.post(
        f"{live.url}/alipay/{TEXT}", data='{"content":"x","type":["0"]}', headers=headers, timeout=10
    )
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


def test_a_text_of_json_is_read_once_more(live: RunningServer) -> None:
    """As containers send it that take what they are given for a text to be encoded."""
    assert call(live, SUBMIT, json.dumps(json.dumps(make_picture())).encode()).status_code == 200
    assert call(live, SUBMIT, json.dumps(json.dumps("x")).encode()).json()["error"] == "param error"


def test_through_a_proxy(live: RunningServer) -> None:
    """Its requests name the whole address."""
    line = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    line.request("POST", f"http://alipay.example.test/alipay/{SUBMIT}?account=default", json.dumps(make_picture()))
    answer = line.getresponse()
    assert (answer.status, json.loads(answer.read())["success"]) == (200, True)
    line.request("GET", "http://alipay.example.test/alipay/my.js")
    assert b"createMy" in line.getresponse().read()
    line.close()


@pytest.mark.parametrize("operation", [SUBMIT, QUERY, TEXT])
def test_a_body_of_16_mb(live: RunningServer, operation: str) -> None:
    edge = 16 * 1024 * 1024
    for size, got in ((edge, ("param error", "bizContentEmpty")), (edge + 1, ("param error",))):
        answer = call(live, operation, b'{"a":"' + b"x" * (size - 8) + b'"}')
        assert answer.status_code == 400
        assert answer.json()["error"] in (("2",) if operation == TEXT else got)


@pytest.mark.parametrize("operation", [SUBMIT, QUERY, TEXT])
def test_an_unhandled_exception_is_the_service_being_busy(
    live: RunningServer, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    monkeypatch.setattr(schemas, "load_request_schema", None)
    answer = call(live, operation, {SUBMIT: make_picture(), QUERY: make_task("x"), TEXT: make_text("x")}[operation])
    assert (answer.status_code, answer.json()["error"]) == (503, "3" if operation == TEXT else "SYSTEM_OUT_ERROR")


def test_a_code_of_the_other_dialect_has_its_form_here(live: RunningServer) -> None:
    live.push_rule({"operation": SUBMIT}, error="isv.invalid-signature")
    answer = call(live, SUBMIT, make_picture())
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "isv.invalid-signature")


# -- CORS, and what is no call


@pytest.mark.parametrize("path", [SUBMIT, QUERY, TEXT, "my.js"])
def test_a_browser_may_ask_first(live: RunningServer, path: str) -> None:
    headers = {
        "Origin": "https://a.test",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = requests.options(f"{live.url}/alipay/{path}", headers=headers, timeout=10)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Headers"] == "*"
    assert live.list_entries() == []


def test_every_answer_may_be_read_by_a_page(live: RunningServer) -> None:
    for answer in (
        call(live, SUBMIT, make_picture()),
        call(live, SUBMIT, {}),
        call(live, "my.unknown", {}),
        call(live, TEXT, b"x" * (16 * 1024 * 1024 + 1)),
        requests.get(f"{live.url}/alipay/my.mjs", timeout=10),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_no_other_path_is_open_to_pages(live: RunningServer) -> None:
    for path in ("/_emulator/health", "/gateway.do"):
        answer = requests.options(f"{live.url}{path}", headers={"Origin": "https://a.test"}, timeout=10)
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_what_a_rule_wrote_out_may_be_read_by_a_page(live: RunningServer) -> None:
    live.push_rule({"provider": "alipay"}, raw={"status": 502, "body": "bad gateway"}, times=2)
    answer = call(live, SUBMIT, make_picture())
    assert (answer.status_code, answer.text, answer.headers["Access-Control-Allow-Origin"]) == (502, "bad gateway", "*")
    assert "Access-Control-Allow-Origin" not in gateway.call(live, gateway.DETECT, {"content": "x"}).headers
    named = {"access-control-allow-origin": "https://a.test"}
    live.push_rule({"operation": SUBMIT}, raw={"status": 502, "headers": named, "body": ""})
    assert call(live, SUBMIT, make_picture()).headers["Access-Control-Allow-Origin"] == "https://a.test"


@pytest.mark.parametrize("name", ["my.js", "my.cjs", "my.mjs"])
def test_the_shim_is_served(live: RunningServer, name: str) -> None:
    answer = requests.get(f"{live.url}/alipay/{name}?v=1", timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert "createMy" in answer.text
    assert live.list_entries() == []


@pytest.mark.parametrize("name", ["my.d.ts", "my.d.cts", "my.d.mts"])
def test_its_types_are_served(live: RunningServer, name: str) -> None:
    answer = requests.get(f"{live.url}/alipay/{name}", timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert "export function createMy" in answer.text


@pytest.mark.parametrize("path", ["/alipay", "/alipay/", "/alipay/my.ap.imgrisk", "/alipay/../x", "/alipay/my.js/x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_not_there(live: RunningServer, path: str, method: str) -> None:
    answer = requests.request(method, f"{live.url}{path}", timeout=10)
    if path == "/alipay/../x":  # the client resolves it
        return
    assert answer.status_code == 404
    assert answer.json()["error"].startswith(f"Nothing is emulated at {path}; ")
    assert "my.ap.imgRiskCallback" in answer.json()["error"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
BODIES = st.binary(max_size=200) | st.fixed_dictionaries(
    {},
    optional={
        "pid": st.just(PID) | JSON,
        "appId": JSON,
        "content": JSON,
        "type": st.lists(st.sampled_from(["keyword", "0", "9"]) | JSON, max_size=4),
        "bizContext": JSON
        | st.fixed_dictionaries(
            {},
            optional={
                "risk_type": st.sampled_from(["img_risk", "img_risk_result"]) | JSON,
                "content": JSON,
                "apply_id": JSON,
            },
        ),
    },
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(operation=st.sampled_from([SUBMIT, QUERY, TEXT]), body=BODIES)
def test_anything_gets_an_answer_with_a_code(live: RunningServer, operation: str, body: Any) -> None:
    live.reset()
    answer = call(live, operation, body)
    got = answer.json()
    if answer.status_code == 200:
        assert "result" in got or got["success"] is True
    else:
        assert answer.status_code in (400, 403)
        assert got["error"] in {*MESSAGES, "serviceNoAuth", "2", "4"}
