"""alipay.security.risk.content.sync.detect: one text or one picture, decided while the caller waits."""

from collections.abc import Callable
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway.builders import SYNC, call_inner, make_content

PICTURE = make_content(SYNC, "one")


def test_a_picture_that_passes(live: RunningServer) -> None:
    assert call_inner(live, SYNC, PICTURE) == {
        "code": "10000",
        "msg": "Success",
        "request_id": "request-1",
        "result_code": "SUCCESS",
        "result_msg": "成功",
        "suggestion": "pass",
        "is_sync": True,
        "is_meter": True,
        "meter_products": "TJ_PORN_MC;TJ_ABUSES_MC",
    }


def test_a_picture_that_is_blocked(live: RunningServer) -> None:
    answer = call_inner(live, SYNC, make_content(SYNC, "emu-porn-91.5"))
    assert answer["suggestion"] == "block"
    assert answer["detect_check_labels"] == {
        "label": "porn",
        "rate": "91.50",
        "sub_check_labels": [{"hit_strategy": 0, "sub_label": "porn", "rate": "91.50"}],
    }


@pytest.mark.parametrize(("kind", "item"), [("TEXT", "text"), ("PICTURE", "picture")])
def test_the_type_says_what_it_is(live: RunningServer, kind: str, item: str) -> None:
    call_inner(live, SYNC, {**PICTURE, "content_type": kind})
    ((found, _number, facts, *_rest),) = live.list_entries()[0].items
    assert (found, facts["data_id"]) == (item, "request-1")


@pytest.mark.parametrize("data", [["a", "b"], {}, [["a"]], '["a","b"]'])
def test_one_text_or_picture_at_a_time(live: RunningServer, data: Any) -> None:
    """The comment on `data_list` in the vendor's model: one content at a time."""
    assert call_inner(live, SYNC, {**PICTURE, "data_list": data})["sub_code"] == "INVALID_PARAMETER"


@pytest.mark.parametrize("data", ["a", [1], "[1]", [""], [], None])
def test_what_parsers_of_json_take(live: RunningServer, data: Any) -> None:
    assert call_inner(live, SYNC, {**PICTURE, "data_list": data})["suggestion"] == "pass"
    assert len(live.list_entries()[0].items) == (0 if data in ([], None) else 1)


@pytest.mark.parametrize("kind", ["VIDEO", "text", ""])
def test_kinds_of_content(live: RunningServer, kind: str) -> None:
    """The comment on `content_type` in the vendor's model lists TEXT and PICTURE."""
    assert call_inner(live, SYNC, {**PICTURE, "content_type": kind})["sub_code"] == "INVALID_PARAMETER"


DEMANDED = ("request_id", "products", "channel", "content_type", "data_list")


@pytest.mark.parametrize("name", DEMANDED)
def test_no_document_demands_a_parameter(live: RunningServer, name: str) -> None:
    answer = call_inner(live, SYNC, {key: value for key, value in PICTURE.items() if key != name})
    assert (answer["code"], answer["suggestion"]) == ("10000", "pass")
    assert answer["request_id"] == ("request-1" if name != "request_id" else live.list_entries()[0].request_id)


@pytest.mark.parametrize("name", DEMANDED)
def test_what_a_public_client_demands_may_be_demanded(start: Callable[..., RunningServer], name: str) -> None:
    strict = start({"quirks": {"alipay.required": True}})
    assert call_inner(strict, SYNC, PICTURE)["code"] == "10000"
    for absent in ({key: value for key, value in PICTURE.items() if key != name}, {**PICTURE, name: None}):
        assert call_inner(strict, SYNC, absent)["sub_code"] == "INVALID_PARAMETER"
        assert f"There is no {name}" in strict.list_entries()[0].detail


def test_optional_parameters_are_accepted(live: RunningServer) -> None:
    assert call_inner(live, SYNC, {**PICTURE, "open_id": "o", "user_id": "u", "tenants": "t"})["suggestion"] == "pass"


def test_a_patch_and_an_error(live: RunningServer) -> None:
    live.push_rule({"url": PICTURE["data_list"][0]}, respond={"result_code": "OTHER"}, times=1)
    assert call_inner(live, SYNC, PICTURE)["result_code"] == "OTHER"
    live.push_rule({"url": PICTURE["data_list"][0]}, error="SYSTEM_ERROR")
    assert call_inner(live, SYNC, PICTURE)["sub_code"] == "SYSTEM_ERROR"
