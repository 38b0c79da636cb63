"""The clock over the wire: what it says, what it takes, and that nothing is left to wait for afterwards."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import AS_B, TEAM_B, parse_error, parse_items
from tests.providers.aliyun.rpc_calls import format_timestamp, scan_image, scan_text

YEAR = 365.25 * 86400
FACE = {"account", "now", "unix", "offset", "frozen", "waiting"}


def turn_clock(live: RunningServer, body: Any, **query: str) -> dict[str, Any]:
    answer = live.control("POST", "clock", body, **{"account": "default", **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def read_clock(live: RunningServer, account: str = "default") -> dict[str, Any]:
    answer = live.control("GET", "clock", account=account)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def parse_problem(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 400, answer.text
    (got,) = answer.json()["problems"]
    return dict(got)


def test_real_time_unless_told_otherwise(live: RunningServer) -> None:
    before = datetime.now(UTC).timestamp()
    face = read_clock(live)
    assert set(face) == FACE
    assert face["account"] == live.state.accounts.default.id
    assert before <= face["unix"] <= datetime.now(UTC).timestamp()
    assert (face["offset"], face["frozen"], face["waiting"]) == (0, False, 0)
    shown = datetime.fromisoformat(face["now"])
    assert shown.utcoffset() is not None
    assert abs(shown.timestamp() - face["unix"]) < 0.001


@pytest.mark.parametrize("name", ["acc-1", "default", "testId", "1234567890", "wx0123456789abcdef"])
def test_by_any_name_of_the_account(live: RunningServer, name: str) -> None:
    assert read_clock(live, name)["account"] == "acc-1"


def test_an_advance_moves_the_clock(live: RunningServer) -> None:
    face = turn_clock(live, {"advance": 7200})
    assert set(face) == FACE
    assert face["offset"] == pytest.approx(7200)
    assert turn_clock(live, {"advance": 0.5})["offset"] == pytest.approx(7200.5)
    assert read_clock(live)["offset"] == pytest.approx(7200.5)


def test_advance_of_a_frozen_clock_leaves_it_frozen(live: RunningServer) -> None:
    start = turn_clock(live, {"freeze": True})
    moved = turn_clock(live, {"advance": 60})
    assert moved["frozen"] is True
    assert moved["unix"] == start["unix"] + 60
    assert read_clock(live)["unix"] == moved["unix"]
    assert turn_clock(live, {"freeze": False})["frozen"] is False
    assert read_clock(live)["unix"] >= moved["unix"]


@pytest.mark.parametrize(
    ("given", "unix"),
    [
        (1_700_000_000, 1_700_000_000),
        (1_700_000_000.25, 1_700_000_000.25),
        (0, 0),
        (-86400, -86400),
        ("2023-11-14T22:13:20Z", 1_700_000_000),
        ("2023-11-15T06:13:20+08:00", 1_700_000_000),
        ("2023-11-14T22:13:20.250+00:00", 1_700_000_000.25),
        ("20231114T221320Z", 1_700_000_000),
        ("2100-01-01T00:00:00Z", 4_102_444_800),
    ],
)
def test_the_clock_is_set_to_a_moment(live: RunningServer, given: Any, unix: float) -> None:
    face = turn_clock(live, {"set": given, "freeze": True})
    assert (face["unix"], face["frozen"]) == (unix, True)
    assert datetime.fromisoformat(face["now"]).timestamp() == unix


def test_set_goes_back_and_runs_on(live: RunningServer) -> None:
    turn_clock(live, {"advance": 1000})
    face = turn_clock(live, {"set": "2020-02-29T12:00:00Z"})
    assert face["frozen"] is False
    assert 1_582_977_600 <= face["unix"] < read_clock(live)["unix"] < 1_582_977_700


def test_advance_and_freeze_in_one(live: RunningServer) -> None:
    before = read_clock(live)["unix"]
    face = turn_clock(live, {"advance": 100, "freeze": True})
    assert face["frozen"] is True
    assert before + 100 <= face["unix"] <= read_clock(live)["unix"]
    assert turn_clock(live, {"advance": 100, "freeze": False})["frozen"] is False


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "$"),
        ([], "$"),
        (None, "$"),
        ("freeze", "$"),
        ({"advance": 1, "set": 1}, "$"),
        ({"advance": -1}, "$.advance"),
        ({"advance": -0.001}, "$.advance"),
        ({"advance": "1"}, "$.advance"),
        ({"advance": True}, "$.advance"),
        ({"advance": None}, "$.advance"),
        ({"advance": 101 * YEAR}, "$.advance"),
        ({"set": None}, "$.set"),
        ({"set": True}, "$.set"),
        ({"set": ""}, "$.set"),
        ({"set": "tomorrow"}, "$.set"),
        ({"set": "2023-11-14T22:13:20"}, "$.set"),
        ({"set": "2023-11-14"}, "$.set"),
        ({"set": "2023-13-14T00:00:00Z"}, "$.set"),
        ({"set": "1700000000"}, "$.set"),
        ({"set": "0001-01-01T00:00:00+23:59"}, "$.set"),
        ({"set": "9999-12-31T23:59:59-23:59"}, "$.set"),
        ({"set": 10**300}, "$.set"),
        ({"set": 10**400}, "$.set"),
        ({"set": "2" * 65}, "$.set"),
        ({"freeze": 1}, "$.freeze"),
        ({"freeze": "true"}, "$.freeze"),
        ({"thaw": True}, "$.thaw"),
        ({"freeze": True, "advanse": 1}, "$.advanse"),
    ],
)
def test_refusals_change_nothing(live: RunningServer, body: Any, path: str) -> None:
    assert parse_problem(live.control("POST", "clock", body or ("null" if body is None else body)))["path"] == path
    face = read_clock(live)
    assert (face["frozen"], face["offset"]) == (False, 0)


@pytest.mark.parametrize(
    "body", ['{"advance": NaN}', '{"advance": Infinity}', '{"set": -Infinity}', '{"advance": 1e999}', "{", ""]
)
def test_what_is_no_number_is_refused(live: RunningServer, body: str) -> None:
    parse_problem(live.control("POST", "clock", body))
    assert read_clock(live)["offset"] == 0


def test_a_wrong_key_is_reported_with_the_nearest(live: RunningServer) -> None:
    assert "did you mean advance?" in parse_problem(live.control("POST", "clock", {"advanse": 1}))["expected"]


@pytest.mark.parametrize("way", [1, -1])
def test_a_hundred_years_are_the_most(live: RunningServer, way: int) -> None:
    now = read_clock(live)["unix"]
    turn_clock(live, {"set": now + way * (100 * YEAR - 60)})
    problem = parse_problem(live.control("POST", "clock", {"set": now + way * (100 * YEAR + 60)}))
    assert "100 years" in problem["expected"]
    assert read_clock(live)["offset"] == pytest.approx(way * (100 * YEAR - 60), abs=30)


def test_a_hundred_years_are_the_most_in_all(live: RunningServer) -> None:
    turn_clock(live, {"advance": 60 * YEAR})
    assert parse_problem(live.control("POST", "clock", {"advance": 60 * YEAR}))["path"] == "$.advance"
    assert read_clock(live)["offset"] == pytest.approx(60 * YEAR)
    turn_clock(live, {"set": read_clock(live)["unix"] - 120 * YEAR})
    turn_clock(live, {"advance": 100 * YEAR})


def test_all_accounts_or_one(start: Callable[..., RunningServer], caplog: pytest.LogCaptureFixture) -> None:
    live = start({"accounts": [TEAM_B]})
    faces = parse_items(live.control("GET", "clock"))
    assert [face["account"] for face in faces] == ["acc-1", "acc-2"]
    turn_clock(live, {"advance": 100}, account="team-b")
    assert [face["offset"] for face in parse_items(live.control("GET", "clock"))] == [0, pytest.approx(100)]
    with caplog.at_level(logging.WARNING, "emulator"):
        faces = parse_items(live.control("POST", "clock", {"advance": 5, "freeze": True}))
    assert [face["offset"] for face in faces] == [pytest.approx(5, abs=2), pytest.approx(105, abs=2)]
    assert [face["frozen"] for face in faces] == [True, True]
    assert [record.message for record in caplog.records if "all 2 accounts" in record.message] != []


def test_all_accounts_or_none(start: Callable[..., RunningServer]) -> None:
    """What one account cannot do, none does."""
    live = start({"accounts": [TEAM_B]})
    turn_clock(live, {"advance": 99 * YEAR}, account="team-b")
    parse_problem(live.control("POST", "clock", {"advance": 2 * YEAR}))
    assert read_clock(live)["offset"] == 0


def test_an_unknown_account_is_not_found(live: RunningServer) -> None:
    for method, body in (("GET", None), ("POST", {"advance": 1})):
        assert "nobody" in parse_error(live.control(method, "clock", body, account="nobody"), 404)


def test_reset_puts_it_right(live: RunningServer) -> None:
    turn_clock(live, {"advance": 1000, "freeze": True})
    live.reset()
    face = read_clock(live)
    assert (face["frozen"], face["offset"]) == (False, 0)


def test_a_held_answer_waits_and_is_released(live: RunningServer) -> None:
    """An hour on the account's clock, no time at all on the wall."""
    turn_clock(live, {"freeze": True})
    live.push_rule({"text": "hello"}, delay=3600, verdict="ad")
    answers: list[requests.Response] = []
    call = threading.Thread(target=lambda: answers.append(scan_text(live, "hello")))
    call.start()
    while read_clock(live)["waiting"] == 0:
        assert call.is_alive()
    assert turn_clock(live, {"advance": 3599})["waiting"] == 1
    assert answers == []
    assert turn_clock(live, {"advance": 1})["waiting"] == 0
    call.join(10)
    assert answers[0].status_code == 200


def test_signed_calls_go_on_while_the_clock_is_elsewhere(start: Callable[..., RunningServer]) -> None:
    live = start({"accounts": [TEAM_B]})
    for body in ({"advance": 7200}, {"set": 0}, {"advance": 50 * YEAR, "freeze": True}):
        turn_clock(live, body)
        assert scan_text(live, "hello").status_code == 200
    assert scan_text(live, "hello", **AS_B).status_code == 200


@given(st.lists(st.floats(0, 1e9) | st.integers(0, 10**9), max_size=5), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_advances_add_up(live: RunningServer, steps: list[float], freeze: bool) -> None:
    live.reset()
    start = turn_clock(live, {"freeze": True})["unix"]
    for step in steps:
        answer = live.control("POST", "clock", {"advance": step}, account="default")
        if answer.status_code == 200:
            start += step
    assert turn_clock(live, {"freeze": freeze})["unix"] == pytest.approx(start, abs=5)


def test_a_wall_that_is_set_back_is_what_clients_stamp(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Emulated time goes on, and a stamp may be of either; what is an hour off both is refused."""
    clock = live.state.accounts.default.clock
    before = clock.now()
    monkeypatch.setattr(clock, "wall", lambda: time.time() - 3600)
    assert before <= clock.now() < before + 60
    offset = live.control("GET", "clock", account="default").json()["offset"]
    assert 3590 < round(offset, 3) <= 3600  # the two clocks it compares are not read at the same moment
    for seconds, status in ((-3600, 200), (0, 200), (-3600 - 1000, 400), (1000, 400)):
        answer = scan_image(live, "https://a.test/a.jpg", common={"Timestamp": format_timestamp(seconds)})
        assert answer.status_code == status, answer.text
