"""alipay.security.risk.content.analyze: a whole post, judged at once or later."""

from typing import Any

import pytest

from tests.live import Live
from tests.providers.alipay.gateway.forms import ANALYZE, POST, RESULT, told


def test_a_text_alone_is_judged_at_once(live: Live) -> None:
    live.rule({"text": {"contains": "加我"}}, verdict="ad")
    answer = told(live, ANALYZE, {**POST, "text": "快加我"})
    assert answer == {
        "code": "10000",
        "msg": "Success",
        "app_scene_data_id": "post-1",
        "event_id": live.entries()[0].request_id,
        "need_query": "no_need",
        "result_action": "REJECTED",
        "hit_detect_items": [
            {
                "detect_type_code": "KEYWORDS",
                "hit_detect_resource": "ad",
                "hit_content": "加我",
                "detect_resource_level": "HIGH",
            }
        ],
        "risk_labels": "ad",
    }


@pytest.mark.parametrize("name", ["picture_urls", "link_urls", "audio_urls", "video_urls"])
def test_what_lies_behind_an_address_takes_a_minute(live: Live, name: str) -> None:
    answer = told(live, ANALYZE, {**POST, "text": "你好", name: ["https://a.test/emu-porn"]})
    assert answer.keys() == {"code", "msg", "app_scene_data_id", "event_id", "need_query"}
    assert answer["need_query"] == "need"


def test_the_worst_of_all_counts(live: Live) -> None:
    told(live, ANALYZE, {**POST, "text": "emu-review", "picture_urls": ["https://a.test/a", "https://a.test/emu-porn"]})
    live.control("POST", "clock", {"advance": 60})
    answer = told(live, RESULT, {"app_scene": "comment", "app_scene_data_id": "post-1"})
    assert answer["result_action"] == "REJECTED"
    assert [item["detect_resource_level"] for item in answer["hit_detect_items"]] == ["MEDIUM", "HIGH"]
    assert answer["risk_labels"] == "risk,porn"
    assert [number for _kind, number, *_rest in live.entries()[1].subjects] == [1, 2, 3]


@pytest.mark.parametrize("content", [{}, {"text": ""}, {"picture_urls": []}, {"text": "", "link_urls": []}])
def test_there_must_be_something_to_look_at(live: Live, content: dict[str, Any]) -> None:
    assert told(live, ANALYZE, {**POST, **content})["sub_code"] == "INVALID_PARAMETER"


@pytest.mark.parametrize("content", [{"text": 1}, {"picture_urls": "x"}, {"picture_urls": [1]}, {"app_name": ""}])
def test_bad_content(live: Live, content: dict[str, Any]) -> None:
    assert told(live, ANALYZE, {**POST, "text": "a", **content})["sub_code"] == "INVALID_PARAMETER"


def test_an_error_of_one_picture_fails_the_call(live: Live) -> None:
    urls = ["https://a.test/a", "https://a.test/emu-error-SYSTEM_ERROR"]
    assert told(live, ANALYZE, {**POST, "picture_urls": urls})["sub_code"] == "SYSTEM_ERROR"


def test_a_delay_makes_a_text_wait_as_well(live: Live) -> None:
    answer = told(live, ANALYZE, {**POST, "text": "emu-delay-5s"})
    assert (answer["need_query"], "result_action" in answer) == ("need", False)
