import json
from collections.abc import Callable

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.builders import QUERY, advance, ask, call, fetch_action, make_task, submit
from tests.providers.alipay.gateway import builders as gateway
from tests.providers.aliyun.green import builders as green

URL = "https://cdn.example.test/one.png"


def test_what_success_gets(live: RunningServer) -> None:
    task_id = submit(live, f"{URL}?emu-block")
    advance(live, 0.5)
    body = ask(live, task_id)
    assert list(body) == ["riskResult", "riskResultDesc", "success", "uniqueId"]
    assert (body["riskResult"], body["riskResultDesc"]) == ('{"action":"REJECTED"}', '{"REJECTED":"拦截"}')
    assert (body["success"], body["uniqueId"]) == (True, live.list_entries()[0].request_id)
    passed = submit(live, URL)
    advance(live, 0.5)
    body = ask(live, passed)
    assert (body["riskResult"], body["riskResultDesc"]) == ('{"action":"PASSED"}', '{"PASSED":"放过"}')


def test_ready_after_500_ms_of_the_account_s_clock_and_then_for_good(live: RunningServer) -> None:
    live.control("POST", "clock", {"freeze": True})
    task_id = submit(live, f"{URL}?emu-block")
    for step in (0, 0.3, 0.199):
        if step:
            advance(live, step)
        assert ask(live, task_id)["riskResult"] == '{"action":""}'
        assert ask(live, task_id)["riskResultDesc"] == ""
    for step in (0.001, 0.5, 86400):
        advance(live, step)
        assert fetch_action(live, task_id) == "REJECTED"


def test_the_ids_of_other_work_are_unknown(live: RunningServer) -> None:
    apply_id = submit(live, URL)
    event_id = gateway.call_inner(live, gateway.ANALYZE, {**gateway.POST, "text": "x"})["event_id"]
    (task_id,) = green.submit(live, URL)
    (answer,) = green.fetch_results(live, apply_id)
    assert answer["code"] == 594
    for other in (event_id, task_id, "comment\0post-1"):
        assert fetch_action(live, other) == ""
    assert gateway.call_inner(live, gateway.RESULT, {"event_id": apply_id}) == {"code": "10000", "msg": "Success"}


@pytest.mark.parametrize("profile", ["fast", "documented"])
def test_the_wait_is_that_of_the_document_in_both_profiles(start: Callable[..., RunningServer], profile: str) -> None:
    live = start({"profile": profile, "latency": {"min": 0, "max": 0}})
    assert live.state.accounts.default.settings.waits["alipay_result"] == 0.5


@pytest.mark.parametrize("wait", [0, 3])
def test_the_wait_can_be_set(start: Callable[..., RunningServer], wait: float) -> None:
    live = start({"waits": {"alipay_result": wait}})
    live.control("POST", "clock", {"freeze": True})
    task_id = submit(live, URL)
    if wait:
        advance(live, wait - 0.01)
        assert fetch_action(live, task_id) == ""
        advance(live, 0.011)
    assert fetch_action(live, task_id) == "PASSED"


def test_results_can_be_forgotten(start: Callable[..., RunningServer]) -> None:
    live = start({"waits": {"alipay_retention": 60}})
    live.control("POST", "clock", {"freeze": True})
    task_id = submit(live, f"{URL}?emu-block")
    advance(live, 59.9)
    assert fetch_action(live, task_id) == "REJECTED"
    advance(live, 0.2)
    assert fetch_action(live, task_id) == ""


def test_an_unknown_task_has_an_empty_result(live: RunningServer) -> None:
    for task_id in ("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "x", "示例", "emu-error-OVER_LIMIT", "a" * 128):
        assert fetch_action(live, task_id) == ""
        assert live.list_entries()[0].outcome == "pass"


@pytest.mark.parametrize("code", ["INVALID_PARAMETER", "param error"])
def test_an_unknown_task_can_be_an_error(start: Callable[..., RunningServer], code: str) -> None:
    live = start({"quirks": {"alipay.unknown_apply_id": code}})
    answer = call(live, QUERY, make_task("2eee1a72-4f32-45d6-bfa3-0f7173cde80b"))
    assert (answer.status_code, answer.json()["errorCode"]) == (400, code)
    assert fetch_action(live, submit(live, URL)) == ""


def test_a_task_belongs_to_its_account(start: Callable[..., RunningServer]) -> None:
    live = start({"accounts": [{"name": "team-b"}]})
    task_id = submit(live, f"{URL}?emu-block&emu-delay-0s", account="team-b")
    assert fetch_action(live, task_id, account="team-b") == "REJECTED"
    assert fetch_action(live, task_id) == ""


def test_each_account_has_its_own_time(start: Callable[..., RunningServer]) -> None:
    live = start({"accounts": [{"name": "team-b"}]})
    mine, theirs = submit(live, URL), submit(live, URL, account="team-b")
    advance(live, 0.5, account="team-b")
    assert (fetch_action(live, mine), fetch_action(live, theirs, account="team-b")) == ("", "PASSED")


def test_reset_forgets_tasks(live: RunningServer) -> None:
    task_id = submit(live, f"{URL}?emu-block&emu-delay-0s")
    assert fetch_action(live, task_id) == "REJECTED"
    live.reset()
    assert fetch_action(live, task_id) == ""


def test_a_rule_that_names_the_query_decides_by_its_picture(live: RunningServer) -> None:
    task_id, other = submit(live, URL), submit(live, "https://cdn.example.test/two.png")
    advance(live, 0.5)
    live.push_rule({"operation": QUERY, "url": URL}, verdict="block", times=1)
    assert (fetch_action(live, other), fetch_action(live, task_id), fetch_action(live, task_id)) == (
        "PASSED",
        "REJECTED",
        "PASSED",
    )
    live.push_rule({"operation": QUERY, "url": URL}, error="OVER_LIMIT", times=1)
    assert call(live, QUERY, make_task(task_id)).status_code == 429
    assert fetch_action(live, task_id) == "PASSED"


def test_the_item_of_a_query_is_in_the_journal(live: RunningServer) -> None:
    task_id = submit(live, f"{URL}?emu-block")
    advance(live, 0.5)
    fetch_action(live, task_id)
    (item,) = live.control("GET", "journal").json()["items"][0]["subjects"]
    assert (item["url"], item["task_id"]) == (f"{URL}?emu-block", task_id)
    assert (item["decided_by"]["kind"], item["suggestion"]) == ("magic", "block")


def poll(live: RunningServer, url: str) -> tuple[str, int, int]:
    """Poll as the FAQ says, and return the action, the number of submissions and of queries.

    Wait 500 ms and ask; if there is nothing, three times more; then submit anew, here once.
    """
    asked = 0
    for submitted in (1, 2):
        task_id = submit(live, url)
        for _ in range(4):
            advance(live, 0.5)
            asked += 1
            if got := fetch_action(live, task_id):
                return got, submitted, asked
    return "", submitted, asked


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        (None, ("REJECTED", 1, 1)),
        (0.5, ("REJECTED", 1, 1)),
        (1.4, ("REJECTED", 1, 3)),
        (2, ("REJECTED", 1, 4)),
        ("never", ("REJECTED", 2, 5)),
    ],
)
def test_the_loop_of_the_faq(live: RunningServer, delay: float | str | None, expected: tuple[str, int, int]) -> None:
    live.control("POST", "clock", {"freeze": True})
    live.push_rule({"url": URL}, verdict="block")
    if delay is not None:
        live.push_rule({"url": URL}, verdict="block", delay=delay, times=1)
    assert poll(live, URL) == expected


def test_the_loop_of_the_faq_in_vain(live: RunningServer) -> None:
    assert poll(live, "https://samples.example.test/never.png") == ("", 2, 8)
    assert json.loads(live.list_entries()[0].body)["bizContext"]["risk_type"] == "img_risk_result"
