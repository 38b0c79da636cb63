"""alipay.security.risk.content.analyze: a whole post, decided at once or later."""

from collections.abc import Callable
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway.builders import ANALYZE, POST, RESULT, call_inner


def test_a_text_alone_is_answered_at_once(live: RunningServer) -> None:
    live.push_rule({"text": {"contains": "加我"}}, verdict="ad")
    answer = call_inner(live, ANALYZE, {**POST, "text": "快加我"})
    assert answer == {
        "code": "10000",
        "msg": "Success",
        "app_scene_data_id": "post-1",
        "event_id": live.list_entries()[0].request_id,
        "need_query": "no_need",
        "result_action": "REJECTED",
        "hit_detect_items": [
            {
                "detect_type_code": "KEYWORDS",
                "hit_detect_resource": "加我",
                "hit_content": "加我",
                "detect_resource_level": "HIGH",
            }
        ],
        "risk_labels": "ad",
    }


@pytest.mark.parametrize("name", ["picture_urls", "link_urls", "audio_urls", "video_urls"])
def test_what_lies_behind_an_address_takes_a_minute(live: RunningServer, name: str) -> None:
    answer = call_inner(live, ANALYZE, {**POST, "text": "你好", name: ["https://a.test/emu-porn"]})
    assert answer.keys() == {"code", "msg", "app_scene_data_id", "event_id", "need_query"}
    assert answer["need_query"] == "need"


def test_the_worst_of_all_counts(live: RunningServer) -> None:
    call_inner(
        live, ANALYZE, {**POST, "text": "emu-review", "picture_urls": ["https://a.test/a", "https://a.test/emu-porn"]}
    )
    live.control("POST", "clock", {"advance": 60})
    answer = call_inner(live, RESULT, {"app_scene": "comment", "app_scene_data_id": "post-1"})
    assert answer["result_action"] == "REJECTED"
    assert [item["detect_resource_level"] for item in answer["hit_detect_items"]] == ["MEDIUM", "HIGH"]
    assert answer["risk_labels"] == "risk,porn"
    assert [number for _kind, number, *_rest in live.list_entries()[1].items] == [1, 2, 3]


@pytest.mark.parametrize(
    "content",
    [
        {"account_type": "MOBILE_NO", "account": "13800000000", "version": "2.0"},
        {"content": "一段文字", "scene_codes": ["comment"]},
        {"account_id": 2088123456789012},
        {},
    ],
)
def test_none_of_the_documented_parameters_is_demanded(live: RunningServer, content: dict[str, Any]) -> None:
    """The first is how the vendor's own tests of its client for Node call it, live, and what they expect; the second a
    public client of Rust.
    """
    assert call_inner(live, ANALYZE, content) == {
        "code": "10000",
        "msg": "Success",
        "event_id": live.list_entries()[0].request_id,
        "need_query": "no_need",
        "result_action": "PASSED",
    }


@pytest.mark.parametrize("content", [{"text": 1}, {"picture_urls": "x"}, {"picture_urls": [1]}, {"app_name": ""}])
def test_what_parsers_of_json_take(live: RunningServer, content: dict[str, Any]) -> None:
    assert call_inner(live, ANALYZE, {**POST, "text": "a", **content})["code"] == "10000"


@pytest.mark.parametrize("content", [{"text": {}}, {"picture_urls": {}}, {"picture_urls": [[]]}, {"app_name": ["a"]}])
def test_content_of_a_wrong_type_is_refused(live: RunningServer, content: dict[str, Any]) -> None:
    assert call_inner(live, ANALYZE, {**POST, "text": "a", **content})["sub_code"] == "INVALID_PARAMETER"


@pytest.mark.parametrize("name", ["app_name", "app_scene", "app_scene_data_id", "text"])
def test_they_may_be_demanded(start: Callable[..., RunningServer], name: str) -> None:
    strict = start({"quirks": {"alipay.required": True}})
    content = {**POST, "text": "一段文字"}
    assert call_inner(strict, ANALYZE, content)["code"] == "10000"
    assert call_inner(strict, ANALYZE, {**content, name: ""})["sub_code"] == "INVALID_PARAMETER"
    assert name in strict.list_entries()[0].detail


def test_addresses_in_one_call(live: RunningServer) -> None:
    for many, code in ((100, None), (101, "PARAMETER_LENGTH_ERROR")):
        assert call_inner(live, ANALYZE, {**POST, "picture_urls": ["https://a.test/a"] * many}).get("sub_code") == code


def test_an_error_of_one_picture_fails_the_call(live: RunningServer) -> None:
    urls = ["https://a.test/a", "https://a.test/emu-error-SYSTEM_ERROR"]
    assert call_inner(live, ANALYZE, {**POST, "picture_urls": urls})["sub_code"] == "SYSTEM_ERROR"


def test_a_delay_makes_a_text_wait_as_well(live: RunningServer) -> None:
    answer = call_inner(live, ANALYZE, {**POST, "text": "emu-delay-5s"})
    assert (answer["need_query"], "result_action" in answer) == ("need", False)
