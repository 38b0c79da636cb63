"""cgi-bin/stable_token: the same token again and again, unless it is forced or near its end."""

from collections.abc import Callable

import pytest
import requests

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat.builders import CREDENTIAL, fetch_stable_token, fetch_token, read_code, upload

Start = Callable[..., RunningServer]
LIMITS = {"force_refresh_per_day": 20, "force_refresh_gap": 30}


@pytest.fixture
def frozen(live: RunningServer) -> RunningServer:
    assert live.control("POST", "clock", {"freeze": True}).status_code == 200
    return live


def advance(live: RunningServer, seconds: float) -> None:
    assert live.control("POST", "clock", {"advance": seconds}).status_code == 200


def fetch_given(live: RunningServer, force_refresh: bool | None = None) -> tuple[str, int]:
    body = fetch_stable_token(live, force_refresh=force_refresh).json()
    return body["access_token"], body["expires_in"]


def upload_with(live: RunningServer, access_token: str) -> int:
    return read_code(upload(live, access_token=access_token))


def test_the_same_with_what_is_left_of_it(frozen: RunningServer) -> None:
    first = fetch_given(frozen)
    assert first[1] == 7200
    assert fetch_given(frozen, False) == first
    advance(frozen, 1000)
    assert fetch_given(frozen) == (first[0], 6200)


@pytest.mark.parametrize(("seconds", "same"), [(6899, True), (6900, False), (6901, False), (7200, False)])
def test_the_next_comes_five_minutes_early(frozen: RunningServer, seconds: float, same: bool) -> None:
    first, _ = fetch_given(frozen)
    advance(frozen, seconds)
    second, left = fetch_given(frozen)
    assert (second == first) == same
    assert left == (7200 - seconds if same else 7200)
    assert upload_with(frozen, second) == 0
    assert upload_with(frozen, first) == (0 if seconds < 7200 else 42001)


def test_a_forced_one_kills_the_last_at_once(frozen: RunningServer) -> None:
    first, _ = fetch_given(frozen)
    second, left = fetch_given(frozen, True)
    assert left == 7200
    assert second != first
    assert [upload_with(frozen, first), upload_with(frozen, second)] == [40001, 0]
    assert fetch_given(frozen) == (second, 7200)


def test_the_two_endpoints_know_nothing_of_each_other(frozen: RunningServer) -> None:
    plain = fetch_token(frozen).json()["access_token"]
    first, _ = fetch_given(frozen)
    second, _ = fetch_given(frozen, True)
    fetch_token(frozen)
    advance(frozen, 299)
    assert [upload_with(frozen, each) for each in (plain, first, second)] == [0, 40001, 0]
    advance(frozen, 1)
    assert [upload_with(frozen, each) for each in (plain, second)] == [40001, 0]


def test_a_reset_forgets_it(live: RunningServer) -> None:
    first, _ = fetch_given(live)
    live.reset()
    assert upload_with(live, first) == 40001
    assert fetch_given(live)[0] != first


def test_thirty_seconds_between_forced_ones(start: Start) -> None:
    own = start({"limits": {"wechat": LIMITS}})
    own.control("POST", "clock", {"freeze": True})
    first, _ = fetch_given(own, True)
    for seconds in (0, 29.5):
        advance(own, seconds)
        refused = fetch_stable_token(own, force_refresh=True).json()
        assert read_code(refused) == 45011
    assert upload_with(own, first) == 0
    assert fetch_given(own)[0] == first
    advance(own, 0.5)
    assert fetch_given(own, True)[0] != first


def test_twenty_forced_ones_a_day(start: Start) -> None:
    own = start({"limits": {"wechat": LIMITS}})
    own.control("POST", "clock", {"set": "2030-01-01T00:00:00Z", "freeze": True})
    for _ in range(20):
        assert fetch_given(own, True)
        advance(own, 30)
    assert read_code(fetch_stable_token(own, force_refresh=True).json()) == 45009
    assert fetch_given(own)
    own.control("POST", "clock", {"set": "2030-01-02T00:00:00Z"})
    assert fetch_given(own, True)


def test_fast_knows_no_such_limits(live: RunningServer) -> None:
    assert len({fetch_given(live, True) for _ in range(25)}) == 25


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_only_by_post(live: RunningServer, method: str) -> None:
    answer = requests.request(method, f"{live.url}/cgi-bin/stable_token", params=CREDENTIAL, timeout=10)
    assert read_code(answer.json()) == 43002


@pytest.mark.parametrize("value", ["yes", 2, [], {}])
def test_force_refresh_is_true_or_false(live: RunningServer, value: object) -> None:
    assert read_code(fetch_stable_token(live, force_refresh=value).json()) == 47001


@pytest.mark.parametrize(("value", "forced"), [("true", True), (1, True), ("false", False), (0, False)])
def test_or_what_can_be_read_so(live: RunningServer, value: object, forced: bool) -> None:
    first, _ = fetch_given(live)
    assert (fetch_stable_token(live, force_refresh=value).json()["access_token"] != first) is forced


def test_null_is_as_good_as_absent(live: RunningServer) -> None:
    body = {**CREDENTIAL, "force_refresh": None}
    answer = requests.post(f"{live.url}/cgi-bin/stable_token", json=body, timeout=10)
    assert answer.json()["access_token"] == fetch_given(live)[0]
