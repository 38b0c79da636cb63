"""alipay.security.risk.content.sync.detect: one text or one picture, judged while the caller waits."""

from typing import Any

import pytest

from tests.live import Live
from tests.providers.alipay.gateway.forms import SYNC, content, told

PICTURE = content(SYNC, "one")


def test_a_picture_that_passes(live: Live) -> None:
    assert told(live, SYNC, PICTURE) == {
        "code": "10000",
        "msg": "Success",
        "request_id": "request-1",
        "result_code": "SUCCESS",
        "result_msg": "成功",
        "suggestion": "pass",
        "is_sync": True,
        "is_meter": True,
        "meter_products": PICTURE["products"],
    }


def test_a_picture_that_is_blocked(live: Live) -> None:
    answer = told(live, SYNC, content(SYNC, "emu-porn-91.5"))
    assert answer["suggestion"] == "block"
    assert answer["detect_check_labels"] == {
        "label": "TJ_PORN_MC",
        "rate": "0.92",
        "sub_check_labels": [{"sub_label": "porn", "rate": "0.92"}],
    }


@pytest.mark.parametrize(("kind", "subject"), [("TEXT", "text"), ("PICTURE", "picture")])
def test_the_type_says_what_it_is(live: Live, kind: str, subject: str) -> None:
    told(live, SYNC, {**PICTURE, "content_type": kind})
    ((found, _number, facts, *_rest),) = live.entries()[0].subjects
    assert (found, facts["data_id"]) == (subject, "request-1")


@pytest.mark.parametrize("data", [[], ["a", "b"], "a", [1], [""], None, {}])
def test_exactly_one_text_or_picture(live: Live, data: Any) -> None:
    assert told(live, SYNC, {**PICTURE, "data_list": data})["sub_code"] == "INVALID_PARAMETER"


def test_optional_parameters(live: Live) -> None:
    assert told(live, SYNC, {**PICTURE, "open_id": "o", "user_id": "u", "tenants": "t"})["suggestion"] == "pass"


def test_a_patch_and_an_error(live: Live) -> None:
    live.rule({"url": PICTURE["data_list"][0]}, respond={"result_code": "OTHER"}, times=1)
    assert told(live, SYNC, PICTURE)["result_code"] == "OTHER"
    live.rule({"url": PICTURE["data_list"][0]}, error="SYSTEM_ERROR")
    assert told(live, SYNC, PICTURE)["sub_code"] == "SYSTEM_ERROR"
