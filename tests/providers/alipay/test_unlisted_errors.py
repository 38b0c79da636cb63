"""An error that a rule writes out: a code of the mini program, or the gateway's pair of code and sub_code, signed."""

from typing import Any

import pytest

from moderation_emulator.contract.journal_entries import assert_warned
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay import builders as alipay
from tests.providers.alipay.gateway import builders as gateway

URL = "https://cdn.example.test/one.jpg"
GATEWAY = {"code": 40004, "message": "Business Failed", "sub_code": "ACQ.MADE_UP", "sub_msg": "没有这回事"}


@pytest.mark.parametrize(
    ("form", "told"),
    [
        (GATEWAY, ("40004", "Business Failed", "ACQ.MADE_UP", "没有这回事")),
        (
            {"code": "40009", "message": "New", "sub_code": "isv.made-up", "sub_msg": "x"},
            ("40009", "New", "isv.made-up", "x"),
        ),
        (
            {"code": 40006, "sub_code": "isv.made-up"},
            ("40006", "Insufficient Permissions", "isv.made-up", "error isv.made-up"),
        ),
        ({"code": "isv.made-up", "message": "x"}, ("40002", "Invalid Arguments", "isv.made-up", "x")),
        (
            {"code": 40002, "sub_code": "isv.invalid-signature", "sub_msg": "x"},
            ("40002", "Invalid Arguments", "isv.invalid-signature", "x"),
        ),
        (
            {"code": "isv.invalid-signature", "message": "x"},
            ("40002", "Invalid Arguments", "isv.invalid-signature", "x"),
        ),
    ],
)
@pytest.mark.parametrize("method", [gateway.DETECT, gateway.SYNC, gateway.ANALYZE])
def test_a_pair_of_codes_signed_as_all_answers_are(
    live: RunningServer, method: str, form: Any, told: tuple[str, ...]
) -> None:
    live.push_rule({"operation": method}, error=form)
    body = gateway.call_inner(live, method, gateway.make_content(method, "one"))  # verifies the signature
    assert body == dict(zip(("code", "msg", "sub_code", "sub_msg"), told, strict=True))


def test_a_code_without_sub_code(live: RunningServer) -> None:
    live.push_rule({"operation": gateway.DETECT}, error={"code": 20000})
    body = gateway.call_inner(live, gateway.DETECT, gateway.make_content(gateway.DETECT, "one"))
    assert body == {"code": "20000", "msg": "Service Currently Unavailable"}
    assert_warned(live, "20000", "alipay")


def test_an_item_of_analyze_fails_the_call(live: RunningServer) -> None:
    live.push_rule({"provider": "alipay", "url": "https://cdn.example.test/one.jpg"}, error=GATEWAY)
    body = gateway.call_inner(live, gateway.ANALYZE, gateway.make_content(gateway.ANALYZE, "one"))
    assert (body["code"], body["sub_code"]) == ("40004", "ACQ.MADE_UP")


def test_a_code_of_the_mini_program(live: RunningServer) -> None:
    live.push_rule({"operation": alipay.TEXT}, error={"code": "made_up", "message": "没有", "status": 418})
    answer = alipay.call(live, alipay.TEXT, alipay.make_text("x"))
    assert (answer.status_code, answer.json()) == (418, {"error": "made_up", "errorMessage": "没有"})
    assert_warned(live, "made_up", "alipay")


def test_a_code_of_a_picture_comes_with_its_result(live: RunningServer) -> None:
    live.push_rule(
        {"operation": [alipay.SUBMIT, alipay.QUERY], "url": URL}, error={"code": "made up", "message": "没有"}
    )
    task = alipay.submit(live, URL)
    alipay.advance(live, 0.5)
    answer = alipay.call(live, alipay.QUERY, alipay.make_task(task))
    assert answer.status_code == 400
    assert (answer.json()["error"], answer.json()["errorMessage"]) == ("made up", "没有")


@pytest.mark.parametrize(
    ("match", "form", "expected"),
    [
        ({"operation": "my.ap.imgRisk"}, GATEWAY, "code, message, status alone"),
        ({"operation": gateway.DETECT}, {"code": "x", "status": 500}, "code, message, sub_code, sub_msg alone"),
        ({"provider": "alipay"}, {"code": 4, "sub_code": "X"}, "a code of five digits beside sub_code"),
        ({"provider": "alipay"}, {"code": 40004, "sub_msg": "x"}, "sub_code beside sub_msg"),
        ({"operation": gateway.DETECT}, {"code": 404}, "a code of five digits, or the name of a sub_code"),
        ({"provider": "alipay"}, {"code": " x"}, "a code of letters"),
    ],
)
def test_what_is_no_code(live: RunningServer, match: Any, form: Any, expected: str) -> None:
    (problem,) = live.control("POST", "rules", {"match": match, "error": form}).json()["problems"]
    assert problem["expected"].startswith(expected)
