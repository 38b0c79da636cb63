"""Callbacks over the wire: what is listed, what is pushed again, and what a turn of the clock brings about."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
import requests

from emulator.net.egress import USER_AGENT
from emulator.state.callbacks.delivery import LATE, Delivery
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import TEAM_B, parse_error, parse_items
from tests.receiver import Receiver, receiving

CALLBACK = {
    *("id", "account", "task_id", "data_id", "url", "state", "pushes", "next_at", "attempts", "form"),
}
ATTEMPT = {"n", "at", "manual", "status", "error", "duration_ms"}
FAST_GAPS = (*[0.01] * 8, 0.5, 1, 2, 2, 2, 2, 2)  # as docs/settings.md lists them
FORM = (("checksum", "c" * 64), ("content", '{"taskId":"图"}'))


@contextmanager
def start_receiver(live: RunningServer) -> Iterator[Receiver]:
    """Start a receiver on the emulator's own loop."""
    context = receiving()
    yield live.run(context.__aenter__())
    live.run(context.__aexit__(None, None, None))


@pytest.fixture
def receiver(live: RunningServer) -> Iterator[Receiver]:
    with start_receiver(live) as made:
        yield made


def send(live: RunningServer, url: str, mode: str | float | None = None, account: str = "default", **given: Any) -> str:
    """Schedule a callback that is due now; return its id."""

    async def schedule() -> str:
        to = live.state.accounts.find(account)
        assert to is not None
        expected = {"task_id": "t-1", "data_id": "d-1", "form": FORM, "ready_at": to.clock.now(), **given}
        dispatcher = live.state.dispatcher
        callback = dispatcher.make_callback(to, Delivery(url=url, mode=mode, **expected))
        dispatcher.schedule(to, callback)
        return callback.id

    return str(live.run(schedule()))


def get_callback(live: RunningServer, name: str) -> dict[str, Any]:
    answer = live.control("GET", f"callbacks/{name}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def turn_clock(live: RunningServer, **body: Any) -> None:
    assert live.control("POST", "clock", body, account="default").status_code == 200


def list_ids(live: RunningServer, **query: str) -> list[str]:
    return [each["id"] for each in parse_items(live.control("GET", "callbacks", **query))]


def test_at_first_no_callbacks_are_listed(live: RunningServer) -> None:
    assert parse_items(live.control("GET", "callbacks")) == []


def test_one_that_was_delivered(live: RunningServer, receiver: Receiver) -> None:
    turn_clock(live, freeze=True)
    name = send(live, receiver.url("200"))
    turn_clock(live, advance=0)
    callback = get_callback(live, name)
    assert set(callback) == CALLBACK
    assert callback["id"] == name
    assert (callback["account"], callback["task_id"], callback["data_id"]) == ("acc-1", "t-1", "d-1")
    assert callback["url"] == receiver.url("200")
    assert (callback["state"], callback["pushes"], callback["next_at"]) == ("delivered", 1, None)
    assert callback["form"] == dict(FORM)
    (attempt,) = callback["attempts"]
    assert set(attempt) == ATTEMPT
    assert (attempt["n"], attempt["manual"], attempt["status"], attempt["error"]) == (1, False, 200, None)
    assert attempt["duration_ms"] > 0
    now = live.control("GET", "clock", account="default").json()["now"]
    assert attempt["at"] == now
    assert parse_items(live.control("GET", "callbacks")) == [callback]


def test_one_that_waits(live: RunningServer, receiver: Receiver) -> None:
    turn_clock(live, freeze=True, set=1_700_000_000)
    name = send(live, receiver.url("200"), "late")
    callback = get_callback(live, name)
    assert (callback["state"], callback["pushes"], callback["attempts"]) == ("held", 0, [])
    assert datetime.fromisoformat(callback["next_at"]).timestamp() == 1_700_000_000 + LATE
    turn_clock(live, freeze=False)
    assert get_callback(live, name)["state"] == "waiting"


def test_one_without_data_id_and_one_without_end(live: RunningServer, receiver: Receiver) -> None:
    callback = get_callback(live, send(live, receiver.url("200"), "never", data_id=None))
    assert (callback["data_id"], callback["state"], callback["next_at"]) == (None, "waiting", None)


def test_one_that_failed(live: RunningServer) -> None:
    turn_clock(live, freeze=True)
    name = send(live, "http://169.254.169.254/")
    turn_clock(live, advance=0)
    callback = get_callback(live, name)
    assert (callback["state"], callback["pushes"]) == ("held", 1)
    assert callback["attempts"][0]["status"] is None
    assert callback["attempts"][0]["error"].startswith("forbidden: ")


def test_an_advance_is_answered_when_all_that_fell_due_was_pushed(live: RunningServer, receiver: Receiver) -> None:
    turn_clock(live, freeze=True)
    for mode in ("late", LATE / 2, None):
        send(live, receiver.url("200"), mode)
    turn_clock(live, advance=0)
    assert len(receiver.got) == 1
    turn_clock(live, advance=LATE / 2)
    assert len(receiver.got) == 2
    turn_clock(live, advance=LATE / 2 - 0.001)
    assert len(receiver.got) == 2
    turn_clock(live, advance=0.001)
    assert len(receiver.got) == 3


def test_a_set_is_answered_so_too(live: RunningServer, receiver: Receiver) -> None:
    now = live.control("GET", "clock", account="default").json()["unix"]
    send(live, receiver.url("200"), 86400.0)
    turn_clock(live, set=now + 86400 + 60)
    assert len(receiver.got) == 1


def test_turn_by_turn_to_the_sixteenth_push(live: RunningServer, receiver: Receiver) -> None:
    turn_clock(live, freeze=True)
    name = send(live, receiver.url("503"))
    turn_clock(live, advance=0)
    for pushes, gap in enumerate((*FAST_GAPS, 1), 1):
        callback = get_callback(live, name)
        assert callback["pushes"] == len(receiver.got) == len(callback["attempts"]) == pushes
        assert callback["state"] == ("exhausted" if pushes == 16 else "held")
        now = live.control("GET", "clock", account="default").json()["unix"]
        if pushes < 16:
            assert datetime.fromisoformat(callback["next_at"]).timestamp() == pytest.approx(now + gap, abs=0.002)
        turn_clock(live, advance=gap)
    assert len(receiver.got) == 16


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize(("seconds", "pushes"), [(0.3, 9), (0.7, 10), (12, 16)])
def test_an_advance_spends_the_gaps_within_it(
    live: RunningServer, receiver: Receiver, seconds: float, pushes: int, frozen: bool
) -> None:
    """Without the tail's own eleven seconds; whether the first push is over by then or not. Where the clock runs, time
    that really passes counts as well.
    """
    turn_clock(live, freeze=True)
    name = send(live, receiver.url("500"), 5.0)
    turn_clock(live, freeze=frozen)
    began = time.perf_counter()
    turn_clock(live, advance=5 + seconds)
    assert time.perf_counter() - began < 10
    callback = get_callback(live, name)
    assert callback["pushes"] == pushes or (not frozen and pushes < callback["pushes"] < 16)
    assert callback["state"] == ("exhausted" if pushes == 16 else "held" if frozen else "waiting")


@pytest.mark.parametrize("late", [1, 5, 10])
def test_a_receiver_that_starts_some_seconds_late_gets_its_push(live: RunningServer, late: float) -> None:
    """By the fast profile: a hot reload, or the order in which a compose file starts."""
    with start_receiver(live) as gone:
        port = gone.port
    turn_clock(live, freeze=True)
    name = send(live, f"http://127.0.0.1:{port}/200")
    turn_clock(live, advance=late)
    assert get_callback(live, name)["state"] == "held"
    receiver = Receiver()
    receiver.port = port
    context = receiving(receiver)
    live.run(context.__aenter__())
    turn_clock(live, advance=11.6 - late)
    live.run(context.__aexit__(None, None, None))
    assert get_callback(live, name)["state"] == "delivered"
    assert len(receiver.got) == 1


def test_the_clock_tells_how_many_wait(live: RunningServer, receiver: Receiver) -> None:
    for mode in ("late", "late", 100.0, "never", None):
        send(live, receiver.url("200"), mode)
    turn_clock(live, freeze=True)
    assert live.control("GET", "clock", account="default").json()["waiting"] == 3
    turn_clock(live, advance=LATE)
    assert live.control("GET", "clock", account="default").json()["waiting"] == 1


def test_fast_gaps_pass_by_themselves(live: RunningServer, receiver: Receiver) -> None:
    """Nine pushes within moments, with nobody turning the clock."""
    name = send(live, receiver.url("500"))
    live.run(receiver.until(lambda: len(receiver.got) == 9))
    turn_clock(live, advance=12)
    assert (get_callback(live, name)["state"], len(receiver.got)) == ("exhausted", 16)


# -- filters


def test_newest_first_and_over_all_accounts(start: Callable[..., RunningServer]) -> None:
    live = start({"accounts": [TEAM_B]})
    url = "http://127.0.0.1:9/"
    sent = [send(live, url, "never", account) for account in ("default", "team-b", "team-b", "default")]
    assert list_ids(live) == sent[::-1]
    assert list_ids(live, account="default") == [sent[3], sent[0]]
    assert list_ids(live, account="teamBKey") == [sent[2], sent[1]]
    assert len(set(sent)) == 4


def test_by_what_they_are(live: RunningServer, receiver: Receiver) -> None:
    turn_clock(live, freeze=True)
    delivered = send(live, receiver.url("200"), task_id="a", data_id="x")
    held = send(live, receiver.url("200"), "late", task_id="b", data_id="x")
    waiting = send(live, receiver.url("200"), "never", task_id="a", data_id=None)
    turn_clock(live, advance=0)
    assert list_ids(live, state="delivered") == [delivered]
    assert list_ids(live, state="held") == [held]
    assert list_ids(live, state="waiting") == [waiting]
    assert list_ids(live, state="exhausted") == []
    assert list_ids(live, task_id="a") == [waiting, delivered]
    assert list_ids(live, data_id="x") == [held, delivered]
    assert list_ids(live, data_id="x", task_id="a", state="delivered") == [delivered]
    assert list_ids(live, data_id="None") == list_ids(live, task_id="") == []


@pytest.mark.parametrize(("limit", "number"), [("0", 0), ("1", 1), ("2", 2), ("1000", 101)])
def test_a_limit_shortens_the_list_and_not_the_total(live: RunningServer, limit: str, number: int) -> None:
    for _ in range(101):
        send(live, "http://127.0.0.1:9/", "never")
    body = live.control("GET", "callbacks", limit=limit).json()
    assert (len(body["items"]), body["total"]) == (number, 101)
    body = live.control("GET", "callbacks").json()
    assert (len(body["items"]), body["total"]) == (100, 101)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "delivred"}, "did you mean delivered?"),
        ({"state": "dropped"}, "one of waiting, delivered, exhausted, held"),
        ({"limit": "1001"}, "up to 1000"),
        ({"limit": "-1"}, "up to 1000"),
        ({"limit": "٣"}, "up to 1000"),
        ({"limit": "9" * 5000}, "up to 1000"),
        ({"task": "a"}, "task_id"),
    ],
)
def test_what_is_no_filter(live: RunningServer, query: dict[str, str], expected: str) -> None:
    answer = live.control("GET", "callbacks", **query)
    assert answer.status_code == 400
    (problem,) = answer.json()["problems"]
    assert problem["path"] == f"?{next(iter(query))}"
    assert expected in problem["expected"]


def test_an_unknown_account_or_callback_is_not_found(live: RunningServer) -> None:
    assert "nobody" in parse_error(live.control("GET", "callbacks", account="nobody"), 404)
    for name in ("callback-0", "callback-", "1", "x" * 1000):
        for method, path in (("GET", f"callbacks/{name}"), ("POST", f"callbacks/{name}/redeliver")):
            assert "no callback" in parse_error(live.control(method, path), 404)


# -- once more


@pytest.mark.parametrize("body", [None, "", " ", {}])
def test_redelivery_is_answered_after_the_attempt(live: RunningServer, receiver: Receiver, body: Any) -> None:
    name = send(live, receiver.url("200"), "never")
    answer = live.control("POST", f"callbacks/{name}/redeliver", body)
    assert answer.status_code == 200, answer.text
    assert len(receiver.got) == 1
    got = answer.json()
    assert got == get_callback(live, name)
    assert (got["state"], got["pushes"]) == ("delivered", 0)
    assert [(attempt["n"], attempt["manual"], attempt["status"]) for attempt in got["attempts"]] == [(1, True, 200)]


def test_a_redelivery_may_go_elsewhere(live: RunningServer, receiver: Receiver) -> None:
    name = send(live, receiver.url("500"), "never")
    for path, state in (("404", "waiting"), ("other/200", "delivered"), ("503", "delivered")):
        callback = live.control("POST", f"callbacks/{name}/redeliver", {"url": receiver.url(path)}).json()
        assert (callback["state"], callback["url"]) == (state, receiver.url("500"))
    assert receiver.counts() == {"404": 1, "other/200": 1, "503": 1}
    assert len({post.body for post in receiver.got}) == 1


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "http://203.0.113.7/", "http://[", "http://127.0.0.1:1/"])
def test_redelivery_that_fails_is_answered_all_the_same(live: RunningServer, receiver: Receiver, url: str) -> None:
    name = send(live, receiver.url("200"), "never")
    answer = live.control("POST", f"callbacks/{name}/redeliver", {"url": url})
    assert answer.status_code == 200
    (attempt,) = answer.json()["attempts"]
    assert attempt["status"] is None
    assert attempt["error"].startswith(("forbidden: ", "unreachable: "))
    assert answer.json()["state"] == "waiting"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ("[]", "$"),
        ("null", "$"),
        ("{", "$"),
        ({"url": ""}, "$.url"),
        ({"url": None}, "$.url"),
        ({"url": "ftp://a.test/"}, "$.url"),
        ({"url": "a.test"}, "$.url"),
        ({"url": "http://" + "a" * 9000}, "$.url"),
        ({"ulr": "http://a.test"}, "$.ulr"),
    ],
)
def test_redelivery_as_it_cannot_be_asked_for(live: RunningServer, receiver: Receiver, body: Any, path: str) -> None:
    name = send(live, receiver.url("200"), "never")
    answer = live.control("POST", f"callbacks/{name}/redeliver", body)
    assert answer.status_code == 400
    assert [problem["path"] for problem in answer.json()["problems"]] == [path]
    assert receiver.got == []


# -- our own control API

OWN = (
    *("http://127.0.0.1:PORT/_emulator/reset", "http://localhost:PORT/_emulator/reset?account=default"),
    *(
        "http://[::1]:PORT/_emulator/reset",
        "http://127.8.8.8:PORT/_emulator/reset",
        "http://10.0.0.1:PORT/_emulator/reset",
    ),
    *("http://[::ffff:127.0.0.1]:PORT/_emulator/reset", "http://LOCALHOST.:PORT/_emulator/reset"),
    *("http://localhost:PORT/%5Femulator/reset", "http://localhost:PORT/%5f%65mulator%2freset"),
    *("http://localhost:PORT/x/../_emulator/reset", "http://localhost:PORT/%2e/_emulator/reset"),
    *("http://localhost:PORT/_emulator/frames/../reset", "http://localhost:PORT/_emulator/frames/%2e%2e/reset"),
    *(
        "http://localhost:PORT/_emulator/frames/reset",
        "https://localhost:PORT/_emulator/reset",
        "http://a.test/_emulator/",
    ),
)


@pytest.mark.parametrize("url", OWN)
def test_no_push_reaches_the_control_api(live: RunningServer, url: str) -> None:
    turn_clock(live, freeze=True)
    name = send(live, url.replace("PORT", str(live.port)))
    turn_clock(live, advance=0)
    again = live.control("POST", f"callbacks/{name}/redeliver", {"url": url.replace("PORT", str(live.port))}).json()
    assert again["state"] == "held"
    assert [(a["status"], a["error"]) for a in again["attempts"]] == [
        (None, "forbidden: the control plane of an emulator")
    ] * 2


def test_a_push_that_was_passed_on_is_turned_away(live: RunningServer) -> None:
    """Whatever leads a push to the control API, it says who sends it."""
    send(live, "http://127.0.0.1:9/", "never")
    for method, path in (("POST", "reset"), ("GET", "rules"), ("POST", "rules/reload"), ("DELETE", "callbacks")):
        answer = requests.request(
            method, f"{live.url}/_emulator/{path}", headers={"User-Agent": USER_AGENT}, data=dict(FORM), timeout=5
        )
        assert "own pushes" in parse_error(answer, 403)
    assert len(list_ids(live)) == 1


# -- the end


def test_reset_drops_them(live: RunningServer, receiver: Receiver) -> None:
    name = send(live, receiver.url("200"), "late")
    live.reset()
    assert parse_items(live.control("GET", "callbacks")) == []
    parse_error(live.control("GET", f"callbacks/{name}"), 404)
    turn_clock(live, advance=10 * LATE)
    assert receiver.got == []


def test_the_server_does_not_wait_for_receivers_when_it_stops() -> None:
    with RunningServer({"callbacks": {"timeout": 60}}) as live, start_receiver(live) as receiver:
        for _ in range(20):
            send(live, receiver.url("hang"))
        live.run(receiver.until(lambda: receiver.open == 16))
        began = time.perf_counter()
        live.run(live.emulator.stop())
        assert time.perf_counter() - began < 20


def test_what_was_still_to_be_pushed_is_reported_once_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """And not waited for: those of the tail, those that are late, and those under way; not what never goes."""
    with RunningServer() as live, start_receiver(live) as receiver:
        for path, mode in (("500", None), ("200", "late"), ("hang", None), ("200", "never"), ("200", None)):
            send(live, receiver.url(path), mode)
        live.run(receiver.until(lambda: len(receiver.got) >= 3))
        began = time.perf_counter()
        live.run(live.emulator.stop())
        assert time.perf_counter() - began < 5
        found = [record.getMessage() for record in caplog.records]
        assert [text.partition(";")[0] for text in found] == ["stopped with 3 callbacks still to be pushed"]


def test_settings_are_those_of_the_dispatcher(start: Callable[..., RunningServer]) -> None:
    live = start({"callbacks": {"pushes": 2, "gaps": [0], "timeout": 0.05}})
    with start_receiver(live) as receiver:
        name = send(live, receiver.url("hang"))
        live.run(receiver.until(lambda: len(receiver.got) == 2))
        turn_clock(live, advance=0)
        callback = get_callback(live, name)
        assert callback["state"] == "exhausted"
        assert [attempt["error"] for attempt in callback["attempts"]] == ["slow: more than 0.05 s"] * 2
