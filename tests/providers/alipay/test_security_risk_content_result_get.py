"""alipay.security.risk.content.result.get: what became of a post."""

from collections.abc import Callable
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway.builders import ANALYZE, POST, RESULT, call_inner

EMPTY = {"code": "10000", "msg": "Success"}


def submit_post(live: RunningServer, word: str = "emu-porn", **others: Any) -> str:
    return str(call_inner(live, ANALYZE, {**POST, "picture_urls": [f"https://a.test/{word}"], **others})["event_id"])


def advance(live: RunningServer, seconds: float) -> None:
    assert live.control("POST", "clock", {"advance": seconds}).status_code == 200


def fetch_result(live: RunningServer, event_id: str) -> dict[str, Any]:
    return call_inner(live, RESULT, {"event_id": event_id})


def test_after_sixty_seconds(live: RunningServer) -> None:
    live.control("POST", "clock", {"freeze": True})
    event = submit_post(live)
    assert fetch_result(live, event) == EMPTY
    advance(live, 59.9)
    assert fetch_result(live, event) == EMPTY
    advance(live, 0.2)
    answer = fetch_result(live, event)
    assert answer == {
        **EMPTY,
        "result_action": "REJECTED",
        "hit_detect_items": [
            {
                "detect_type_code": "sexyPic",
                "hit_detect_resource": "porn",
                "hit_content": "https://a.test/emu-porn",
                "detect_resource_level": "HIGH",
            }
        ],
        "risk_labels": "porn",
    }
    assert fetch_result(live, event) == answer


def test_at_the_very_moment(live: RunningServer) -> None:
    live.control("POST", "clock", {"freeze": True})
    event = submit_post(live)
    for _ in range(600):
        advance(live, 0.1)
    assert fetch_result(live, event)["result_action"] == "REJECTED"


def test_by_the_caller_s_own_id_the_latest(live: RunningServer) -> None:
    submit_post(live, "emu-porn")
    submit_post(live, "clean")
    submit_post(live, "emu-porn", app_scene="other")
    advance(live, 60)
    for scene, action in (("comment", "PASSED"), ("other", "REJECTED")):
        assert call_inner(live, RESULT, {"app_scene": scene, "app_scene_data_id": "post-1"})["result_action"] == action
    assert call_inner(live, RESULT, {"app_scene": "third", "app_scene_data_id": "post-1"}) == EMPTY


@pytest.mark.parametrize("content", [{}, {"app_scene": "comment"}, {"event_id": ""}, {"event_id": 1}])
def test_without_an_id_there_is_no_result(
    live: RunningServer, start: Callable[..., RunningServer], content: dict[str, Any]
) -> None:
    call_inner(live, ANALYZE, {"app_scene": "comment", "text": "emu-porn"})
    assert call_inner(live, RESULT, content) == EMPTY
    if content != {"event_id": 1}:
        strict = start({"quirks": {"alipay.required": True}})
        assert call_inner(strict, RESULT, content)["sub_code"] == "INVALID_PARAMETER"


def test_what_nobody_knows(live: RunningServer, start: Callable[..., RunningServer]) -> None:
    assert fetch_result(live, "nobody") == EMPTY
    shared = start({"accounts": [{"name": "b", "alipay": {"app_id": "2021b"}}]})
    event = submit_post(shared)
    advance(shared, 60)
    assert call_inner(shared, RESULT, {"event_id": event}, app_id="2021b") == EMPTY
    assert "result_action" in fetch_result(shared, event)


def test_the_verdict_is_that_of_the_submission(live: RunningServer) -> None:
    event = submit_post(live, "clean")
    live.push_rule({"url": "https://a.test/clean"}, verdict="porn")
    advance(live, 60)
    assert fetch_result(live, event)["result_action"] == "PASSED"


def test_a_rule_for_the_result(live: RunningServer) -> None:
    event = submit_post(live, "clean")
    advance(live, 60)
    match = {"operation": RESULT, "url": "https://a.test/clean"}
    live.push_rule(match, respond={"result_action": "CC"}, times=1)
    assert fetch_result(live, event)["result_action"] == "CC"
    live.push_rule(match, error="isv.method-call-limited", times=1)
    assert fetch_result(live, event)["code"] == "40005"


def test_the_result_waits_for_settings_and_delays(start: Callable[..., RunningServer]) -> None:
    live = start({"waits": {"alipay_analyze": 0}})
    assert (
        call_inner(live, ANALYZE, {**POST, "picture_urls": ["https://a.test/emu-porn"]})["result_action"] == "REJECTED"
    )
    event = submit_post(live, "emu-delay-5s")
    advance(live, 5)
    assert fetch_result(live, event)["result_action"] == "PASSED"
    never = submit_post(live, "emu-delay-never")
    advance(live, 86400 * 300)
    assert fetch_result(live, never) == EMPTY


def test_a_restart_forgets(live: RunningServer) -> None:
    event = submit_post(live)
    live.reset()
    assert fetch_result(live, event) == EMPTY
