"""Whose delay and callback holds where both the call and one of its pictures have their own."""

import pytest

from emulator.rules.decision import Decision
from emulator.rules.outcome import Error, Verdict
from tests.rules.test_engine import SPAM, decide, list_outcomes, make_rule

OWN = {"url": {"contains": "own"}}


def list_delays(*decisions: Decision) -> list[tuple[float | None, object]]:
    return [(decision.delay, decision.callback) for decision in decisions]


@pytest.mark.parametrize("outcome", [None, SPAM])
def test_a_rule_file_for_the_call_stands_behind_the_picture_s_own(outcome: Verdict | None) -> None:
    control = [make_rule(OWN, delay=1, callback="late")]
    decisions = decide(control, [make_rule({}, outcome, delay=9, callback="never")], "own.jpg", "other.jpg")
    own, other = [decision for _item, decision in decisions.items]
    assert list_delays(own, other) == [(1, "late"), (9, "never")]


def test_each_is_taken_from_the_call_where_the_picture_has_none() -> None:
    control = [make_rule({"filename": "a.jpg"}, delay=1), make_rule({"filename": "b.jpg"}, callback="late")]
    decisions = decide(control, [make_rule({"operation": "Look"}, delay=9, callback="never")], "a.jpg", "b.jpg")
    assert list_delays(*(decision for _item, decision in decisions.items)) == [(1, "never"), (9, "late")]


def test_a_pushed_rule_for_the_call_stands_before_the_picture_s_own() -> None:
    """It is met first: rules for calls are asked before those for pictures."""
    control = [make_rule({"operation": "Look"}, delay=9, callback="never"), make_rule(OWN, delay=1, callback="late")]
    assert list_delays(decide(control, None, "own.jpg").items[0][1]) == [(9, "never")]


def test_of_several_pictures_the_one_in_time_keeps_its_verdict() -> None:
    """One takes just as long as it may, the other a moment longer: only that one fails."""
    control = [
        make_rule({"filename": "just.jpg"}, SPAM, delay=6),
        make_rule({"filename": "late.jpg"}, SPAM, delay=6.001),
    ]
    for names, expected in (
        (("just.jpg", "late.jpg"), [SPAM, Error("E2", 2)]),
        (("late.jpg", "just.jpg"), [Error("E2", 1), SPAM]),
        (("just.jpg", "just.jpg"), [SPAM, SPAM]),
    ):
        decisions = decide(control, None, *names).limit_delays(6, "E2")
        assert (list_outcomes(decisions), decisions.delay) == (expected, 6)
