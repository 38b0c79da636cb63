"""What the gateway reads and writes: parameters in any place and charset, answers signed byte for byte."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from emulator import schemas
from emulator.providers.alipay.gateway.wire import encode_text
from emulator.signatures.rsa2 import parse_parameters
from emulator.types import WireRequest
from moderation_emulator.contract.raw_socket import ask, encode_request
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway import builders

OK = {"content": "你好"}


def test_the_bytes_of_an_answer(live: RunningServer) -> None:
    answer = builders.call(live, builders.DETECT, OK)
    inner = json.dumps(builders.parse_inner(answer), ensure_ascii=False, separators=(",", ":"))
    sign = answer.json()["sign"]
    assert answer.content.decode() == f'{{"alipay_security_risk_content_detect_response":{inner},"sign":"{sign}"}}'
    assert builders.verifies(builders.fetch_gateway_key(live), inner.encode(), sign)
    assert answer.headers["trace_id"] == live.list_entries()[0].request_id == builders.parse_inner(answer)["unique_id"]
    assert answer.headers["Content-Type"] == "text/html;charset=utf-8"


@pytest.mark.parametrize("place", ["query", "form", "both", "get"])
def test_parameters_in_any_place(live: RunningServer, place: str) -> None:
    builders.register(live)
    params = builders.sign_params(builders.make_common(builders.DETECT, OK))
    url, form = f"{live.url}/gateway.do", {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
    match place:
        case "query":
            answer = requests.post(f"{url}?{builders.encode_form(params)}", timeout=10)
        case "form":
            answer = requests.post(url, data=builders.encode_form(params), headers=form, timeout=10)
        case "both":
            answer = builders.send(live, params)
        case _:
            answer = requests.get(f"{url}?{builders.encode_form(params)}", timeout=10)
    assert builders.parse_inner(answer)["code"] == "10000"


def test_of_two_parameters_of_one_name_the_first_counts(live: RunningServer) -> None:
    builders.register(live)
    written = builders.encode_form(builders.sign_params(builders.make_common(builders.DETECT, OK)))
    later = builders.encode_form(
        {"biz_content": '{"content":"emu-porn"}', "app_id": "nobody", "sign": "x", "charset": "gbk"}
    )
    answer = requests.post(f"{live.url}/gateway.do?{written}", data=later, timeout=10)
    assert builders.parse_inner(answer)["action"] == "PASSED"


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "gbk", "GBK", "gb2312", None])
def test_a_call_is_read_and_answered_in_its_charset(live: RunningServer, charset: str | None) -> None:
    builders.register(live)
    codec = "gbk" if str(charset).lower() in ("gbk", "gb2312") else "utf-8"
    content = {
        **builders.make_content(builders.SYNC, "x"),
        "request_id": "编号",
        "content_type": "TEXT",
        "data_list": ["加我好友"],
    }
    answer = builders.send(
        live, builders.sign_params(builders.make_common(builders.SYNC, content, charset=charset)), codec
    )
    assert builders.parse_charset(answer) == (charset or "utf-8")
    assert "编号".encode(codec) in answer.content
    assert builders.parse_inner(answer)["request_id"] == "编号"
    assert live.list_entries()[0].items[0][2]["text"] == "加我好友"


def test_what_gbk_cannot_write_is_a_question_mark(live: RunningServer) -> None:
    content = {**builders.make_content(builders.SYNC, "x"), "request_id": "\\ud83d\\ude00"}
    written = json.dumps(content).replace("\\\\u", "\\u")
    answer = builders.send(
        live, builders.sign_params(builders.make_common(builders.SYNC, {}, charset="gbk", biz_content=written)), "gbk"
    )
    assert builders.parse_inner(answer)["request_id"] == "?"


@given(st.binary(max_size=40), st.sampled_from(["utf-8", "gbk", "gb2312", "latin-1", ""]))
def test_signed_bytes_come_back_as_they_were(value: bytes, charset: str) -> None:
    escaped = "".join(f"%{byte:02x}" for byte in value)
    found = parse_parameters(WireRequest("GET", f"/gateway.do?charset={charset}&x={escaped}", {}, b""))
    assert encode_text(found["x"], found) == value


@given(st.dictionaries(st.text("abc&=+% 你", min_size=1, max_size=5), st.text(max_size=20), max_size=5))
def test_parameters_are_read_as_they_were_written(params: dict[str, str]) -> None:
    plain = {name: value for name, value in params.items() if name != "charset"}
    written = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in plain.items())
    assert parse_parameters(WireRequest("POST", "/gateway.do", {}, written.encode())) == plain


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"method": "alipay.trade.pay"}, "error_response"),
        ({"method": None}, "error_response"),
        ({"method": '","a":{}'}, "error_response"),
        ({"version": None}, "alipay_security_risk_content_detect_response"),
        ({"app_id": "nobody"}, "alipay_security_risk_content_detect_response"),
    ],
)
def test_keys_and_signatures_of_refusals(live: RunningServer, given: dict[str, str | None], key: str) -> None:
    params = {
        name: value
        for name, value in {**builders.make_common(builders.DETECT, OK), **given}.items()
        if value is not None
    }
    answer = builders.send(live, builders.sign_params(params))
    expected = {key} if "app_id" in given else {key, "sign"}
    assert answer.json().keys() == expected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "isv.illegal-json"),
        ("", "isv.illegal-json"),
        ("你好", "isv.illegal-json"),
        ('{"content": NaN}', "isv.illegal-json"),
        ("[" * 100_000, "isv.illegal-json"),
        ('{"content":' * 2000 + "1" + "}" * 2000, "isv.illegal-json"),
        ("[]", "JSON_FORMAT_ERROR"),
        ("1", "JSON_FORMAT_ERROR"),
        ("null", "JSON_FORMAT_ERROR"),
        (None, "INVALID_PARAMETER"),
        ("{}", "INVALID_PARAMETER"),
        ('{"content":null}', "INVALID_PARAMETER"),
        ('{"content":1}', None),
        ('{"content":[1]}', "INVALID_PARAMETER"),
        ('{"content":""}', "INVALID_PARAMETER"),
        ('{"content":"\\ud800"}', "isv.illegal-json"),
        (json.dumps({"content": "字" * 1999}), None),
        (json.dumps({"content": "字" * 2000}), None),
        (json.dumps({"content": "字" * 2001}), "PARAMETER_LENGTH_ERROR"),
        (json.dumps({"content": "a" * 3_000_000}), "PARAMETER_LENGTH_ERROR"),
        ('{"content":"a","content":"emu-porn","more":[{}]}', None),
    ],
)
def test_wrong_biz_content_is_refused(live: RunningServer, content: str | None, code: str | None) -> None:
    inner = builders.call_inner(live, builders.DETECT, {}, biz_content=content)
    assert inner.get("sub_code") == code


@pytest.mark.parametrize(
    "target",
    [
        "/gateway.do",
        "/gateway.do?",
        "/gateway.do?&&=&%",
        "/gateway.do?app_id=%ff%fe&method=%zz",
        "/gateway.do?" + "a&" * 100_000,
        "/gateway.do?method=" + "a" * 1_000_000,
        "/gateway.do?charset=" + "gbk" * 1000,
        "/gateway.do?method=alipay.security.risk.content.detect&app_id=2021000000000000&charset=gbk&sign=%80&sign_type=RSA2",
        "/gateway.do/more?method=x",
    ],
    ids=lambda target: target[:40],
)
@pytest.mark.parametrize("body", [b"", b"&", b"\xff" * 1000, b"a=1&" * 100_000], ids=["none", "and", "bytes", "many"])
def test_nonsense_gets_a_documented_refusal(live: RunningServer, target: str, body: bytes) -> None:
    answer = ask(live, encode_request("POST", target, body))
    assert answer.status == 200
    codec = answer.headers["content-type"].partition("charset=")[2]
    (got,) = [value for key, value in json.loads(answer.body.decode(codec)).items() if key != "sign"]
    assert got["code"] in ("40001", "40002")


def test_a_body_too_large_and_what_is_no_http(live: RunningServer) -> None:
    answer = ask(live, b"POST /gateway.do HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n")
    assert (answer.status, answer.json()["error_response"]["code"]) == (200, "20000")


def test_an_unhandled_exception_is_the_unknown_error(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas, "load_request_schema", None)
    inner = builders.call_inner(live, builders.DETECT, OK)
    assert (inner["code"], inner["sub_code"]) == ("20000", "isp.unknow-error")


def test_a_code_of_the_mini_program_is_the_unknown_error(live: RunningServer) -> None:
    live.push_rule({"provider": "alipay"}, error="paramMissingError")
    assert builders.call_inner(live, builders.DETECT, OK)["sub_code"] == "isp.unknow-error"


def test_a_code_of_both_dialects_is_drawn_by_the_method(live: RunningServer) -> None:
    live.push_rule({"provider": "alipay"}, error="INVALID_PARAMETER")
    inner = builders.call_inner(live, builders.DETECT, OK)
    assert (inner["code"], inner["msg"], inner["sub_code"]) == ("40004", "Business Failed", "INVALID_PARAMETER")


@pytest.mark.parametrize("name", ["data_list", "picture_urls"])
def test_lists_written_as_text(live: RunningServer, name: str) -> None:
    method = builders.SYNC if name == "data_list" else builders.ANALYZE
    content: dict[str, Any] = {**builders.make_content(method, "x"), name: '["https://a.test/emu-porn.jpg"]'}
    assert builders.call_inner(live, method, content)["code"] == "10000"
    assert live.list_entries()[0].items[0][2]["url"] == "https://a.test/emu-porn.jpg"
    content[name] = "https://a.test/emu-porn.jpg"  # and some write one alone
    assert builders.call_inner(live, method, content)["code"] == "10000"
    assert live.list_entries()[0].items[0][2]["url"] == "https://a.test/emu-porn.jpg"


def test_faults_and_raw_answers(start: Callable[..., RunningServer]) -> None:
    live = start()
    live.push_rule({"provider": "alipay"}, raw={"status": 502, "body": "bad gateway"}, times=1)
    assert builders.call(live, builders.DETECT, OK).text == "bad gateway"
    live.push_rule({"provider": "alipay"}, fault="reset", times=1)
    with pytest.raises(requests.ConnectionError):
        builders.call(live, builders.DETECT, OK)
    live.push_rule({"provider": "alipay"}, respond={"action": "CC", "code": "10003"})
    inner = builders.call_inner(live, builders.DETECT, OK)
    assert (inner["action"], inner["code"]) == ("CC", "10003")
