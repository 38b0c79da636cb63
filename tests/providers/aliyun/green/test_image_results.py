"""image/results: processing, ready, expired, unknown; on the account's clock."""

from collections.abc import Callable
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import call, fetch_results, submit

URL = "https://a.test/x.jpg"


@pytest.fixture
def clock(live: RunningServer) -> Callable[[float], None]:
    """Freeze the clock; return a function that moves it."""

    async def freeze() -> None:
        live.state.accounts.default.clock.freeze(True)

    async def advance(seconds: float) -> None:
        live.state.accounts.default.clock.advance(seconds)

    live.run(freeze())
    return lambda seconds: live.run(advance(seconds))


def fetch_codes(live: RunningServer, *tasks: str) -> list[int]:
    return [item["code"] for item in fetch_results(live, *tasks)]


def test_ready_at_once(live: RunningServer) -> None:
    (task,) = submit(live, URL)
    item = fetch_results(live, task)[0]
    assert list(item) == ["code", "msg", "taskId", "url", "extras", "results"]
    assert item["extras"] == {}
    assert (item["code"], item["msg"], item["taskId"], item["url"]) == (200, "OK", task, URL)


def test_processing_until_the_moment_it_is_ready(live: RunningServer, clock: Callable[[float], None]) -> None:
    (task,) = submit(live, "https://a.test/emu-porn-emu-delay-5s.jpg")
    assert fetch_results(live, task) == [
        {
            "code": 280,
            "msg": "PROCESSING",
            "taskId": task,
            "url": "https://a.test/emu-porn-emu-delay-5s.jpg",
            "extras": {},
        }
    ]
    clock(4.99)
    assert fetch_codes(live, task) == [280]
    clock(0.01)
    assert fetch_results(live, task)[0]["results"][0]["label"] == "porn"


@pytest.mark.parametrize(("delay", "code"), [(119.9, 200), (120, 200), (120.1, 581), (86400, 581)])
def test_no_check_takes_longer_than_two_minutes(
    live: RunningServer, clock: Callable[[float], None], delay: float, code: int
) -> None:
    live.push_rule({"url": URL}, verdict="porn", delay=delay)
    (task,) = submit(live, URL)
    clock(min(delay, 120) - 0.1)
    assert fetch_codes(live, task) == [280]
    clock(0.101)
    item = fetch_results(live, task)[0]
    assert (item["code"], item["msg"]) == (code, "OK" if code == 200 else "TIMEOUT")


def test_a_result_that_is_never_ready(live: RunningServer, clock: Callable[[float], None]) -> None:
    (task,) = submit(live, "https://a.test/emu-delay-never.jpg")
    clock(3599)
    assert fetch_codes(live, task) == [280]
    clock(1)
    assert fetch_codes(live, task) == [594]


def test_an_error_too_takes_its_time(live: RunningServer, clock: Callable[[float], None]) -> None:
    live.push_rule({"url": URL}, error=589, delay=5)
    (task,) = submit(live, URL)
    assert fetch_codes(live, task) == [280]
    clock(5)
    assert fetch_results(live, task) == [{"code": 589, "msg": "TOO_LARGE", "taskId": task, "url": URL}]


def test_kept_for_an_hour(live: RunningServer, clock: Callable[[float], None]) -> None:
    (task,) = submit(live, URL)
    clock(3599.9)
    assert fetch_codes(live, task) == [200]
    clock(0.1)
    assert fetch_results(live, task) == [{"code": 594, "msg": "EXPIRED", "taskId": task}]
    assert live.list_entries()[0].items[0][2] == {"task_id": task, "task": "expired"}


@pytest.mark.parametrize("unknown", ["x", "图" * 50, "img4wlJcb7p4wH4lAP3nXw1q-1s82jj", "x" * 100_000, "../task"])
def test_an_unknown_task(live: RunningServer, unknown: str) -> None:
    assert fetch_results(live, unknown) == [{"code": 594, "msg": "EXPIRED", "taskId": unknown}]
    assert live.list_entries()[0].items[0][2]["task"] == "unknown"


def test_order_and_repetition_and_what_stands_beside(live: RunningServer) -> None:
    a, b = submit(live, "https://a.test/a", "https://a.test/emu-porn")
    items = fetch_results(live, b, "x", a, b)
    assert [item["taskId"] for item in items] == [b, "x", a, b]
    assert [item["code"] for item in items] == [200, 594, 200, 200]
    assert items[0] == items[3]


def test_a_hundred_ids(live: RunningServer) -> None:
    tasks = submit(live, *(f"https://a.test/{n}" for n in range(100)))
    assert fetch_codes(live, *tasks) == [200] * 100
    assert call(live, "image/results", [*tasks, "x"]).json()["code"] == 400
    assert "100 at most (green.results_ids)" in live.list_entries()[0].detail


def test_a_thousand_ids(start: Callable[..., RunningServer]) -> None:
    """A public wrapper of 2019 says 1000; the pages of the siblings say 100."""
    live = start({"quirks": {"green.results_ids": 1000}})
    assert fetch_codes(live, *(f"x{n}" for n in range(1000))) == [594] * 1000
    assert call(live, "image/results", ["x"] * 1001).json()["code"] == 400


def test_a_number_is_an_id(live: RunningServer) -> None:
    assert call(live, "image/results", [1]).json()["data"] == [{"code": 594, "msg": "EXPIRED", "taskId": "1"}]


@pytest.mark.parametrize("body", [b"", b"x", {}, {"taskIds": ["x"]}, [], [""], [None], [["x"]], "x", b"null"], ids=str)
def test_bad_lists_of_tasks_are_refused(live: RunningServer, body: Any) -> None:
    answer = call(live, "image/results", b"null" if body is None else body)
    assert (answer.status_code, answer.json()["code"], answer.json()["msg"]) == (200, 400, "BAD_REQUEST")
    assert live.list_entries()[0].outcome == "refused"


def test_tasks_belong_to_an_account(start: Callable[..., RunningServer]) -> None:
    keys = {"access_key_id": "k", "access_key_secret": "s"}
    live = start({"accounts": [{"name": "other", "aliyun": keys}]})
    (task,) = submit(live, URL)
    theirs = call(live, "image/results", [task], key="k", secret="s").json()["data"]
    assert theirs[0]["code"] == 594
    token = {"x-acs-security-token": "testToken"}
    ours = call(live, "image/results", [task], key="STS.testId", headers=token).json()["data"]
    assert ours[0]["code"] == 200


def test_reset_forgets_tasks(live: RunningServer) -> None:
    (task,) = submit(live, URL)
    live.reset()
    assert fetch_codes(live, task) == [594]


# -- rules that name this operation


def test_the_query_carries_the_picture_of_its_task(live: RunningServer) -> None:
    tasks = submit(live, "https://a.test/a", "https://a.test/b")
    live.push_rule({"operation": "image/results", "url": "https://a.test/b"}, error=594, times=1)
    assert fetch_codes(live, *tasks) == [200, 594]
    assert fetch_codes(live, *tasks) == [200, 200]
    live.push_rule(
        {"operation": "image/results", "url": {"contains": "test/a"}}, respond={"results": None, "code": 299}
    )
    assert fetch_codes(live, *tasks) == [299, 200]


def test_data_id_of_the_task_matches_as_well(live: RunningServer) -> None:
    answer = call(live, "image/asyncscan", {"scenes": ["porn"], "tasks": [{"url": URL, "dataId": "mine"}]})
    live.push_rule({"operation": "image/results", "data_id": "mine"}, error=580)
    item = fetch_results(live, answer.json()["data"][0]["taskId"])[0]
    assert (item["code"], item["msg"], item["dataId"]) == (580, "DB_FAILED", "mine")


def test_an_error_of_the_gateway_fails_the_query(live: RunningServer) -> None:
    tasks = submit(live, URL)
    live.push_rule({"operation": "image/results", "url": URL}, error="Throttling.Api")
    answer = call(live, "image/results", tasks)
    assert (answer.status_code, answer.json()["Code"]) == (400, "Throttling.Api")


def test_a_verdict_for_the_query_changes_nothing(live: RunningServer) -> None:
    tasks = submit(live, URL)
    live.push_rule({"operation": "image/results", "url": URL}, verdict="porn")
    assert fetch_results(live, *tasks)[0]["results"][0]["label"] == "normal"


def test_a_rule_for_the_whole_query(live: RunningServer) -> None:
    tasks = submit(live, URL)
    live.push_rule({"operation": "image/results"}, respond={"data": None, "msg": "own"})
    assert list(call(live, "image/results", tasks).json()) == ["code", "msg", "requestId"]


def test_a_fault_of_the_submission_is_not_repeated(live: RunningServer) -> None:
    live.push_rule({"url": URL}, fault="html500", times=1)
    call(live, "image/asyncscan")
    assert fetch_codes(live, *submit(live, URL)) == [200]


def test_the_journal_tells_what_decided_at_the_submission(live: RunningServer) -> None:
    rule = live.push_rule({"url": URL}, verdict="porn")
    fetch_results(live, *submit(live, URL))
    query, submission = live.list_entries()
    for entry in (query, submission):
        assert (entry.outcome, entry.decided_by[:2], entry.items[0][6]) == ("verdict", ("rule", rule["id"]), "block")


def test_ready_in_the_midst_of_a_clock_that_runs(live: RunningServer) -> None:
    live.push_rule({"url": URL}, delay=60)
    (task,) = submit(live, URL)
    assert fetch_codes(live, task) == [280]
    assert live.control("POST", "clock", {"advance": 60}).status_code == 200
    assert fetch_codes(live, task) == [200]
