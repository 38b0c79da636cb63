"""A rule: whom it asks, how often it may, and what it shows of itself."""

import itertools
from typing import Any

import pytest

from emulator.rules.conditions import CALL_KEYS, ITEM_KEYS, parse_match
from emulator.rules.outcome import Error, Outcome, Raw, Respond, Verdict
from emulator.rules.rule import Rule
from emulator.types import FaultRequest


def make_rule(match: dict[str, Any] | None = None, outcome: Outcome | None = None, **rest: Any) -> Rule:
    form = {"match": match or {}}
    return Rule("id", "control", form, parse_match(match or {}), outcome, **rest)


SAMPLES = {"width": 3, "height": 3, "format": "png"}
VALUES = {key: SAMPLES.get(key, "x") for key in ITEM_KEYS | CALL_KEYS}
OUTCOMES = (Verdict(), Error("x"), FaultRequest("reset", {}), Respond({}), Raw(200, {}, ""), None)


@pytest.mark.parametrize("key", sorted(ITEM_KEYS))
def test_one_item_key_makes_a_rule_about_items(key: str) -> None:
    assert make_rule({key: VALUES[key]}).is_per_item
    assert make_rule({"provider": "wechat", key: VALUES[key]}).is_per_item


@pytest.mark.parametrize("size", range(len(CALL_KEYS) + 1))
def test_any_other_rule_is_about_calls(size: int) -> None:
    for keys in itertools.combinations(sorted(CALL_KEYS), size):
        assert not make_rule({key: VALUES[key] for key in keys}).is_per_item


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_only_verdicts_of_calls_wait_for_the_items(outcome: Outcome | None) -> None:
    assert make_rule({}, outcome).is_per_call is not isinstance(outcome, Verdict)
    assert not make_rule({"url": "u"}, outcome).is_per_call


def test_times_are_spent_one_by_one() -> None:
    limited = make_rule(times=2)
    assert (limited.hits, limited.remaining) == (0, 2)
    assert limited.spend()
    assert (limited.hits, limited.remaining) == (1, 1)
    assert limited.spend()
    assert (limited.hits, limited.remaining) == (2, 0)
    assert not limited.spend()
    assert (limited.hits, limited.remaining) == (2, 0)


def test_without_times_a_rule_holds_for_ever_and_counts() -> None:
    endless = make_rule()
    assert all(endless.spend() for _ in range(1000))
    assert (endless.hits, endless.remaining) == (1000, None)


def test_hits_set_back_bring_the_times_back() -> None:
    limited = make_rule(times=1)
    limited.spend()
    limited.hits = 0
    assert limited.spend()


def test_two_rules_that_look_alike_are_two_rules() -> None:
    assert make_rule() != make_rule()
    assert len({make_rule(), make_rule()}) == 2


def test_listed_as_written() -> None:
    stored = Rule("rule-7", "control", {"match": {"url": "u"}, "error": "x", "name": "n"}, (), Error("x"), times=3)
    stored.spend()
    assert stored.to_dict() == {
        "id": "rule-7",
        "source": "control",
        "account": None,
        "match": {"url": "u"},
        "error": "x",
        "name": "n",
        "hits": 1,
        "remaining": 2,
    }
    assert list(stored.to_dict())[:2] == ["id", "source"]
