"""A server that was not started here: `with Emulator(URL)` leaves it as it was, and nothing of others is touched."""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.testing import ControlError, Emulator
from moderation_emulator.contract.running_server import RunningServer
from tests.testing.sdk import make_scan_text_call


@pytest.fixture
def other(live: RunningServer) -> Iterator[Emulator]:
    """Yield a second user of the same server, with the same account."""
    with Emulator(live.url) as emulator:
        yield emulator


def list_pushed(live: RunningServer) -> list[str]:
    items = live.control("GET", "rules").json()["items"]
    return [rule["id"] for rule in items if rule["source"] == "control"]


def get_clock(live: RunningServer) -> dict[str, Any]:
    return dict(live.control("GET", "clock", account="default").json())


def test_rules_go_and_those_of_others_stay(live: RunningServer, other: Emulator) -> None:
    with Emulator(live.url) as emulator:
        theirs = other.verdict("ad", {"text": "theirs"})["id"]
        emulator.verdict("block")
        emulator.error("Throttling", {"text": "never"}, times=1)
        emulator.control("POST", "rules", [{"match": {}, "verdict": "ad"}] * 2, account="default")
        emulator.control("POST", "rules", {"match": {"text": "of whomever"}, "verdict": "ad"})
        gone = emulator.verdict("ad")["id"]
        live.control("DELETE", f"rules/{gone}")  # by whomever
        assert len(list_pushed(live)) == 6
        assert make_scan_text_call(emulator)() == "block"
    assert list_pushed(live) == [theirs]
    assert make_scan_text_call(other)() == "pass"


def test_rules_go_though_the_block_failed(live: RunningServer) -> None:
    with pytest.raises(AssertionError), Emulator(live.url) as emulator:
        emulator.verify({"text": emulator.verdict("block")["id"]})
    assert not list_pushed(live)


def test_accounts_go_that_it_made(live: RunningServer, other: Emulator) -> None:
    theirs = other.account()
    with Emulator(live.url) as emulator:
        mine = emulator.account(name="mine")
        mine.verdict("ad")
        mine.advance(5)
        with mine.account():
            pass
    names = [each["id"] for each in live.control("GET", "accounts").json()["items"]]
    assert sorted(names) == sorted(["acc-1", theirs.id])
    assert not list_pushed(live)


def test_settings_are_what_they_were(live: RunningServer, other: Emulator) -> None:
    other.settings({"waits": {"alipay_retention": 60}, "latency": {"min": 0, "max": 0.001}})
    before = other.settings()
    with Emulator(live.url) as emulator:
        emulator.settings({"magic_words": False, "latency": {"seconds": 0}, "limits": {"wechat": {"per_day": 3}}})
        emulator.settings({"waits": {"alipay_retention": 5}})
        emulator.settings({"waits": {"alipay_retention": 7}, "limits": {"wechat": {"per_day": 4}}})
        assert emulator.settings() != before
        other.settings({"limits": {"wechat": {"per_minute": 9}}})
    assert other.settings() == {
        **before,
        "limits": {**before["limits"], "wechat": _change_limits(before, per_minute=9)},
    }
    live.control("PATCH", "settings", {"magic_words": False})  # what is the server's again follows the server
    assert other.settings()["magic_words"] is False


def _change_limits(settings: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {**settings["limits"]["wechat"], **changed}


def test_a_setting_that_somebody_else_changed_since_is_theirs(live: RunningServer, other: Emulator) -> None:
    with Emulator(live.url) as emulator:
        emulator.settings({"waits": {"alipay_retention": 5}})
        other.settings({"waits": {"alipay_retention": 6}})
    assert other.settings()["waits"]["alipay_retention"] == 6


@pytest.mark.parametrize("way", ["advance", "set", "freeze", "freeze and run", "all", "freeze and set"])
@pytest.mark.parametrize("theirs", [0, 7200])
def test_the_clock_is_where_others_have_it(live: RunningServer, other: Emulator, way: str, theirs: float) -> None:
    with Emulator(live.url) as emulator:
        if way in ("advance", "all"):
            emulator.advance(3600)
        if way in ("set", "all"):
            emulator.set_clock("2026-01-01T12:00:00Z")
        if way.startswith(("freeze", "all")):
            emulator.freeze()
            emulator.advance(60)
        if way == "freeze and set":
            emulator.set_clock(1_800_000_000)
        if theirs:
            other.control("POST", "clock", {"advance": theirs}, account="default")
        if way == "freeze and run":
            emulator.freeze(False)
    found = get_clock(live)
    assert not found["frozen"]
    assert found["offset"] == pytest.approx(theirs, abs=30)


def test_a_clock_that_others_froze_stays_frozen(live: RunningServer, other: Emulator) -> None:
    before = other.freeze()["unix"]
    with Emulator(live.url) as emulator:
        emulator.advance(60)
    assert get_clock(live)["frozen"]
    assert get_clock(live)["unix"] == pytest.approx(before, abs=30)


def test_what_was_reset_needs_no_taking_back(live: RunningServer, other: Emulator) -> None:
    with Emulator(live.url) as emulator:
        emulator.advance(3600)
        emulator.settings({"magic_words": False})
        emulator.verdict("ad")
        emulator.reset()
        other.advance(60)
    assert get_clock(live)["offset"] == pytest.approx(60, abs=30)
    with Emulator(live.url) as emulator:
        emulator.advance(3600)
        live.reset()
    assert get_clock(live)["offset"] == pytest.approx(0, abs=30)


def test_calls_and_what_came_of_them_stay(live: RunningServer) -> None:
    with Emulator(live.url) as emulator:
        make_scan_text_call(emulator)()
    assert len(Emulator(live.url).journal()) == 1


def test_a_server_that_is_gone_is_reported_at_the_end() -> None:
    with Emulator(serve=["--verbose"]) as own:
        elsewhere = Emulator(own.url)
        elsewhere.__enter__()
        elsewhere.verdict("ad")
    with pytest.raises(ControlError, match="refused"):
        elsewhere.__exit__()


def test_nothing_is_asked_where_nothing_was_changed() -> None:
    with Emulator("http://127.0.0.1:9"):
        pass
