"""Who decides: the order of sources, how rules are spent, what delays mean."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.resources.budgets import Budget
from emulator.rules.codes import Codes, Table
from emulator.rules.conditions import parse_match
from emulator.rules.decision import BY_DEFAULT, Decision, Decisions, Item
from emulator.rules.engine import RuleEngine
from emulator.rules.item import make_picture_item
from emulator.rules.magic_words import MagicWordReader
from emulator.rules.outcome import Error, Finding, Outcome, Raw, Respond, Verdict
from emulator.rules.rule import NEVER, Rule
from emulator.rules.rulebooks import Rulebook
from emulator.types import FaultRequest
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import scan_image

CALL = {"provider": "one", "operation": "Look", "account": "acc-1", "via": "https"}
MAGIC = MagicWordReader(
    Codes({"one": Table(["E1", "E2"]), "other": Table(["E3"])}), ["reset"], {"block": 80, "review": 50}
)
SPAM = Verdict((Finding(None, "spam", "block", 99.91),), "block")
SEXY = Verdict((Finding("porn", "sexy", "review", 62.11),), "review")

# Outcomes of every kind, none of which is an empty verdict.
SOME: tuple[Outcome, ...] = (SPAM, Error("E1"), FaultRequest("reset", {}), Respond({"a": 1}), Raw(204, {}, ""))


def make_rule(match: Mapping[str, Any], outcome: Outcome | None = None, **rest: Any) -> Rule:
    name = rest.pop("name", None)
    delay = rest.pop("delay", None)
    span = None if delay is None else delay if isinstance(delay, tuple) else (delay, delay)
    return Rule(name or "rule", "test", {}, parse_match(match), outcome, name, delay=span, **rest)


def make_engine(control: list[Rule] | None = None, files: list[Rule] | None = None) -> RuleEngine:
    made = RuleEngine(lambda low, high: (low + high) / 2, MAGIC, Budget(1_000_000))
    asyncio.run(made.control.change(None, lambda _none: control or []))
    made.files = Rulebook(files or [])
    return made


def make_items(*names: str) -> list[Item]:
    return [make_picture_item(number, f"https://a.test/{name}", None) for number, name in enumerate(names, 1)]


def decide(
    control: list[Rule] | None = None, files: list[Rule] | None = None, *names: str, magic: bool = True
) -> Decisions:
    """Return the decisions of one call with a picture for each of `names`."""
    return make_engine(control, files).decide(CALL, make_items(*(names or ("x.jpg",))), magic)


def list_outcomes(decisions: Decisions) -> list[Outcome | None]:
    return [decision.outcome for _item, decision in decisions.items]


def list_deciders(decisions: Decisions) -> list[Any]:
    return [decision.by for _item, decision in decisions.items]


# -- the order of sources


def test_where_nobody_decides_all_passes() -> None:
    decisions = decide()
    assert decisions.call == Decision()
    assert list_outcomes(decisions) == [Verdict()]
    assert list_deciders(decisions) == [BY_DEFAULT]
    assert decisions.delay == 0


SOURCES = ("control call", "control subject", "magic", "file call", "file subject")


@pytest.mark.parametrize("first", range(len(SOURCES) + 1))
def test_the_first_source_that_decides_decides_alone(first: int) -> None:
    """All sources from `first` on have something to say, with a delay of their own."""
    speaks = dict(zip(SOURCES, (at >= first for at in range(len(SOURCES))), strict=True))
    control = [make_rule({"url": {"contains": "x"}}, Error("E2"), name="control subject", delay=2)]
    control += [make_rule({}, Error("E2"), name="control call", delay=1)]
    files = [make_rule({"url": {"contains": "x"}}, SEXY, name="file subject", delay=5)]
    files += [make_rule({"operation": "Look"}, Error("E2"), name="file call", delay=4)]
    url = "x-emu-spam-emu-delay-3s" if speaks["magic"] else "x"
    decisions = decide(
        [each for each in control if speaks[str(each.name)]], [each for each in files if speaks[str(each.name)]], url
    )
    (decision,) = list_outcomes(decisions)
    expected = [
        (Error("E2"), None, "control call", 1),
        (None, Error("E2"), "control subject", 2),
        (None, Verdict((Finding(None, "spam", "block", 99.91),), "block"), "emu-spam", 3),
        (Error("E2"), None, "file call", 4),
        (None, SEXY, "file subject", 5),
        (None, Verdict(), None, 0),
    ][first]
    assert (decisions.call.outcome, decision, decisions.delay) == (expected[0], expected[1], expected[3])
    assert decisions.items[0][1].by[2] is not None or first == len(SOURCES)
    if expected[2] is not None:
        assert str(expected[2]) in str(decisions.items[0][1].by[2])


def test_magic_words_can_be_switched_off() -> None:
    assert list_outcomes(decide(None, None, "emu-spam", magic=False)) == [Verdict()]
    assert list_outcomes(decide(None, None, "emu-spam")) == [SPAM]


def test_only_words_of_the_own_provider_are_read() -> None:
    ((_item, decision),) = decide(None, None, "emu-error-E3").items
    assert decision.outcome == Verdict()
    assert len(decision.warnings) == 1


def test_a_warning_outlives_what_files_decide() -> None:
    for files in (
        [make_rule({"url": {"contains": "emu"}}, SPAM)],
        [make_rule({}, Error("E1"))],
        [make_rule({}, Respond({}))],
    ):
        ((_item, decision),) = decide(None, files, "emu-error-E3").items
        assert len(decision.warnings) == 1


def test_each_item_has_its_own_decider() -> None:
    control = [make_rule({"url": {"contains": "a.jpg"}}, Error("E1"), name="pushed")]
    files = [make_rule({"url": {"contains": "c.jpg"}}, SPAM, name="kept")]
    decisions = decide(control, files, "a.jpg", "emu-porn-sexy.jpg", "c.jpg", "d.jpg")
    assert list_outcomes(decisions) == [Error("E1"), SEXY, SPAM, Verdict()]
    assert list_deciders(decisions) == [
        ("rule", "pushed", "pushed"),
        ("magic", None, "emu-porn-sexy"),
        ("rule", "kept", "kept"),
        BY_DEFAULT,
    ]


def test_the_first_rule_that_matches_wins_within_a_source() -> None:
    rules = [
        make_rule({"url": {"contains": "y"}}, SPAM),
        make_rule({"url": {"contains": "x"}}, SEXY),
        make_rule({"url": {"glob": "*"}}, SPAM),
    ]
    assert list_outcomes(decide(rules)) == [SEXY]
    assert list_outcomes(decide(None, rules)) == [SEXY]


@pytest.mark.parametrize("outcome", SOME)
def test_rules_of_items_keep_any_outcome(outcome: Outcome) -> None:
    assert list_outcomes(decide([make_rule({"filename": "x.jpg"}, outcome)])) == [outcome]
    assert list_outcomes(decide(None, [make_rule({"filename": "x.jpg"}, outcome)])) == [outcome]


# -- rules of calls


@pytest.mark.parametrize("outcome", [outcome for outcome in SOME if not isinstance(outcome, Verdict)])
@pytest.mark.parametrize("where", ["control", "files"])
def test_what_befalls_a_call_befalls_it_once(outcome: Outcome, where: str) -> None:
    catch_all = [make_rule({}, outcome, name="all")]
    decisions = decide(*((catch_all, None) if where == "control" else (None, catch_all)), "a.jpg", "b.jpg")
    assert decisions.call.outcome == outcome
    assert decisions.call.by == ("rule", "all", "all")
    assert list_outcomes(decisions) == [None, None]
    assert list_deciders(decisions) == [("rule", "all", "all")] * 2


def test_a_call_without_items_is_decided_as_well() -> None:
    assert make_engine([make_rule({}, Error("E1"))]).decide(CALL, [], True).call.outcome == Error("E1")
    assert make_engine(None, [make_rule({}, Error("E1"))]).decide(CALL, [], True).call.outcome == Error("E1")
    undecided = make_engine(None, [make_rule({}, SPAM)]).decide(CALL, [], True)
    assert (undecided.call, undecided.items) == (Decision(), ())


def test_a_file_rule_of_calls_is_not_asked_once_all_items_are_decided() -> None:
    files = [make_rule({}, Error("E1"))]
    assert decide(None, files, "emu-spam", "emu-porn-sexy").call.outcome is None
    assert files[0].hits == 0
    assert decide(None, files, "emu-spam", "x.jpg").call.outcome == Error("E1")


def test_a_catch_all_verdict_at_the_end_does_not_swallow_the_rules_above_it() -> None:
    rules = [
        make_rule({"url": {"contains": "a"}, "filename": "a.jpg"}, Error("E1")),
        make_rule({}, SPAM),
        make_rule({"filename": "b.jpg"}, Error("E2")),
    ]
    for decisions in (decide(rules, None, "a.jpg", "b.jpg", "c.jpg"), decide(None, rules, "a.jpg", "b.jpg", "c.jpg")):
        assert decisions.call.outcome is None
        assert list_outcomes(decisions) == [Error("E1"), SPAM, SPAM]


def test_a_catch_all_verdict_pushed_stands_before_magic_words() -> None:
    assert list_outcomes(decide([make_rule({}, SEXY)], None, "emu-spam")) == [SEXY]


def test_a_catch_all_verdict_of_a_file_leaves_magic_words_alone() -> None:
    assert list_outcomes(decide(None, [make_rule({}, SEXY)], "emu-spam", "x.jpg")) == [SPAM, SEXY]


def test_a_catch_all_error_fails_the_call_before_any_item_is_decided() -> None:
    asked = make_rule({"filename": "a.jpg"}, SPAM)
    decisions = decide([asked, make_rule({}, Error("E1"))], None, "a.jpg", "b.jpg")
    assert decisions.call.outcome == Error("E1")
    assert asked.hits == 0


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        ({"provider": "one"}, True),
        ({"provider": "other"}, False),
        ({"operation": ["Look", "Read"]}, True),
        ({"operation": "Read"}, False),
        ({"account": "acc-1"}, True),
        ({"account": "acc-2"}, False),
        ({"via": "cloud"}, False),
        ({"via": "https", "account": "acc-1"}, True),
    ],
)
def test_rules_of_one_account_operation_or_dialect(match: dict[str, Any], holds: bool) -> None:
    assert decide([make_rule(match, Error("E1"))]).call.outcome == (Error("E1") if holds else None)
    assert list_outcomes(decide(None, [make_rule({**match, "filename": "x.jpg"}, SPAM)])) == [
        SPAM if holds else Verdict()
    ]


# -- times


def test_a_call_rule_spends_one_per_call_however_many_tasks() -> None:
    for outcome in SOME:
        once = make_rule({}, outcome, times=2)
        held = make_engine([once])
        for left in (1, 0):
            held.decide(CALL, make_items("a.jpg", "b.jpg", "c.jpg"), True)
            assert once.remaining == left
        decisions = held.decide(CALL, make_items("a.jpg", "b.jpg", "c.jpg"), True)
        assert decisions.call.outcome is None
        assert list_outcomes(decisions) == [Verdict()] * 3
        assert (once.hits, once.remaining) == (2, 0)


def test_a_catch_all_verdict_decides_all_tasks_of_the_call_it_is_spent_on() -> None:
    for held in (make_engine([make_rule({}, SPAM, times=1)]), make_engine(None, [make_rule({}, SPAM, times=1)])):
        assert list_outcomes(held.decide(CALL, make_items("a.jpg", "b.jpg", "c.jpg"), True)) == [SPAM] * 3
        assert list_outcomes(held.decide(CALL, make_items("a.jpg"), True)) == [Verdict()]


def test_an_item_rule_spends_one_per_item_it_decided() -> None:
    twice = make_rule({"url": {"contains": "x"}}, SPAM, times=2)
    held = make_engine([twice], [make_rule({"url": {"contains": "x"}}, SEXY)])
    decisions = held.decide(CALL, make_items("x1", "y1", "x2", "x3"), True)
    assert list_outcomes(decisions) == [SPAM, Verdict(), SPAM, SEXY]
    assert (twice.hits, twice.remaining) == (2, 0)
    assert list_outcomes(held.decide(CALL, make_items("x1"), True)) == [SEXY]


def test_a_rule_that_is_not_reached_spends_nothing() -> None:
    later = make_rule({"url": {"contains": "x"}}, SPAM, times=1)
    decide([make_rule({"filename": "x.jpg"}, SEXY), later], [later])
    decide(None, [later], "emu-spam-x")
    assert later.hits == 0


def test_a_spent_rule_falls_through_to_the_next() -> None:
    rules = [make_rule({"filename": "x.jpg"}, outcome, times=1) for outcome in SOME]
    held = make_engine([], rules)
    found = [list_outcomes(held.decide(CALL, make_items("x.jpg"), True))[0] for _ in range(len(SOME) + 1)]
    assert found == [*SOME, Verdict()]


def test_a_spent_call_rule_lets_magic_words_speak_again() -> None:
    held = make_engine([make_rule({}, Error("E1"), times=1)])
    assert held.decide(CALL, make_items("emu-spam"), True).call.outcome == Error("E1")
    assert list_outcomes(held.decide(CALL, make_items("emu-spam"), True)) == [SPAM]


def test_a_modifier_spends_its_times_too() -> None:
    slow = make_rule({}, delay=3, times=1)
    held = make_engine([slow])
    assert held.decide(CALL, make_items("a.jpg", "b.jpg"), True).delay == 3
    assert held.decide(CALL, make_items("a.jpg", "b.jpg"), True).delay == 0


@pytest.mark.parametrize("match", [{}, {"filename": "x.jpg"}])
def test_calls_at_the_same_time_never_spend_more_than_there_is(live: RunningServer, match: dict[str, Any]) -> None:
    live.push_rule(match, error="InternalServerError", times=5)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: scan_image(live, "https://a.test/x.jpg").status_code, range(24)))
    assert (answers.count(500), answers.count(200)) == (5, 19)


# -- delays and callbacks


def test_a_call_waits_for_its_slowest_item_not_for_the_sum() -> None:
    rules = [make_rule({"filename": f"{seconds}.jpg"}, SPAM, delay=seconds) for seconds in (1, 3, 2)]
    assert decide(rules, None, "1.jpg", "3.jpg", "2.jpg").delay == 3
    assert decide(None, rules, "1.jpg", "2.jpg", "x.jpg").delay == 2
    assert decide(None, None, "emu-delay-2s", "emu-delay-500ms").delay == 2
    assert decide([make_rule({}, delay=5)], rules, "1.jpg", "3.jpg").delay == 5
    assert decide([make_rule({"filename": "x.jpg"}, delay=NEVER)]).delay == NEVER


def test_a_range_is_drawn_between_its_ends() -> None:
    assert decide([make_rule({}, Error("E1"), delay=(1, 3))]).delay == 2
    drawn: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        drawn.append((low, high))
        return 0.0

    held = RuleEngine(draw, MAGIC, Budget(1_000_000))
    held.files = Rulebook([make_rule({"filename": "a.jpg"}, SPAM, delay=(1, 3)), make_rule({}, SPAM, delay=4)])
    held.decide(CALL, make_items("a.jpg", "a.jpg", "b.jpg"), True)
    assert drawn == [(1, 3), (1, 3)]


@pytest.mark.parametrize("match", [{}, {"filename": "x.jpg"}])
def test_a_rule_without_outcome_modifies_and_matching_goes_on(match: dict[str, Any]) -> None:
    modifier = make_rule(match, delay=2, callback="late", name="modifier")
    for decisions in (
        decide([modifier, make_rule({"filename": "x.jpg"}, SPAM, name="decider")]),
        decide([modifier], [make_rule({"filename": "x.jpg"}, SPAM, name="decider")]),
        decide(None, [modifier, make_rule({"filename": "x.jpg"}, SPAM, name="decider")]),
        decide([modifier], [make_rule({}, SPAM, name="decider")]),
    ):
        ((_item, decision),) = decisions.items
        assert decision == Decision(SPAM, ("rule", "decider", "decider"), 2, "late")
        assert decisions.delay == 2


def test_a_modifier_alone_lets_pass() -> None:
    decisions = decide([make_rule({}, delay=2)])
    assert (list_outcomes(decisions), list_deciders(decisions), decisions.delay) == ([Verdict()], [BY_DEFAULT], 2)


def test_of_several_delays_the_first_met_holds() -> None:
    rules = [make_rule({"filename": "x.jpg"}, delay=1), make_rule({"filename": "x.jpg"}, SPAM, delay=9)]
    assert decide(rules).delay == 1
    assert decide([rules[0]], [rules[1]]).delay == 1
    assert decide([make_rule({}, delay=1), *rules[1:]]).delay == 1


def test_a_delay_by_magic_word_modifies_as_a_rule_would() -> None:
    decisions = decide(None, [make_rule({"url": {"contains": "x"}}, SPAM, name="file")], "x-emu-delay-2s")
    assert (list_outcomes(decisions), list_deciders(decisions), decisions.delay) == (
        [SPAM],
        [("rule", "file", "file")],
        2,
    )


def test_a_rule_that_decides_before_magic_words_takes_no_delay_from_them() -> None:
    decisions = decide([make_rule({"url": {"contains": "x"}}, SPAM)], None, "x-emu-delay-2s-emu-error-E1")
    assert (list_outcomes(decisions), decisions.delay) == ([SPAM], 0)


def test_callbacks_of_rules_and_words() -> None:
    def get_mode(decisions: Decisions) -> Any:
        return decisions.items[0][1].callback

    assert get_mode(decide(None, None, "emu-callback-never")) == "never"
    assert (
        get_mode(decide([make_rule({"filename": {"contains": "emu"}}, callback=3.0)], None, "emu-callback-never"))
        == 3.0
    )
    assert get_mode(decide(None, [make_rule({}, callback="late")], "emu-callback-never")) == "never"
    assert get_mode(decide(None, [make_rule({}, callback="late")])) == "late"
    assert get_mode(decide(None, [make_rule({"filename": "x.jpg"}, SPAM, callback="corrupt")])) == "corrupt"
    assert get_mode(decide()) is None


# -- pictures that could not be had


def test_a_picture_that_could_not_be_had_is_an_error_unless_somebody_decides() -> None:
    lost = [item._replace(fetch_error="E2") for item in make_items("a.jpg", "emu-spam.jpg", "c.jpg")]
    held = make_engine(None, [make_rule({"filename": "c.jpg"}, SEXY)])
    assert list_outcomes(held.decide(CALL, lost, True)) == [Error("E2", 1), SPAM, SEXY]
    assert list_outcomes(make_engine(None, [make_rule({}, delay=1)]).decide(CALL, lost[2:], True)) == [Error("E2", 3)]


# -- against a plain reading of the contract

MATCHES = st.sampled_from([{}, {"operation": "Look"}, {"filename": "a"}, {"filename": "b"}, {"url": {"contains": "a"}}])
RULES = st.lists(st.tuples(MATCHES, st.sampled_from([*SOME, None]), st.none() | st.integers(1, 2)), max_size=5)


def _decide_plainly(
    control: list[Rule], files: list[Rule], names: list[str]
) -> tuple[Outcome | None, list[Outcome | None]]:
    """Return the same decision, written down rule after rule and without regard to speed."""
    pictures = make_items(*names)
    spent: dict[int, int] = {}
    this_call: set[int] = set()

    def ask_rules(rules: list[Rule], facts: Mapping[str, Any], before: bool) -> Outcome | None:
        for each in rules:
            if each.is_per_call is before and all(condition.holds(facts) for condition in each.conditions):
                if id(each) not in this_call:
                    if each.times is not None and spent.get(id(each), 0) >= each.times:
                        continue
                    spent[id(each)] = spent.get(id(each), 0) + 1
                    if not each.is_per_item:
                        this_call.add(id(each))
                if each.outcome is not None:
                    return each.outcome
        return None

    if (outcome := ask_rules(control, CALL, True)) is not None:
        return outcome, [None] * len(names)
    facts = [{**CALL, **picture.facts} for picture in pictures]
    found = [ask_rules(control, each, False) for each in facts]
    if None in found and (outcome := ask_rules(files, CALL, True)) is not None:
        return outcome, found
    return None, [
        one if one is not None else ask_rules(files, each, False) or Verdict()
        for one, each in zip(found, facts, strict=True)
    ]


@given(RULES, RULES, st.lists(st.sampled_from("abc"), min_size=1, max_size=3))
def test_decisions_agree_with_a_plain_reading(control: Any, files: Any, names: list[str]) -> None:
    def make_rules(forms: Any) -> list[Rule]:
        return [make_rule(match, outcome, times=times, delay=None) for match, outcome, times in forms]

    decisions = decide(make_rules(control), make_rules(files), *names)
    assert (decisions.call.outcome, list_outcomes(decisions)) == _decide_plainly(
        make_rules(control), make_rules(files), names
    )


# -- what an earlier call decided


def make_settled_item(outcome: Outcome = SPAM) -> Item:
    decision = Decision(outcome, ("rule", "then", None), delay=5.0, callback="never")
    return make_items("emu-porn-emu-delay-9s.jpg")[0]._replace(earlier_decision=decision)


def test_what_is_settled_stays_so_without_delay() -> None:
    control = [
        make_rule({"url": {"contains": "emu"}}, Error("E1"), times=1),
        make_rule({"url": {"contains": "emu"}}, delay=3),
    ]
    made = make_engine(control, [make_rule({}, SEXY, times=1)])
    decisions = made.decide(CALL, [make_settled_item()], True)
    ((_item, decision),) = decisions.items
    assert (decision.outcome, decision.by, decision.delay, decision.callback) == (
        SPAM,
        ("rule", "then", None),
        None,
        None,
    )
    assert [each.hits for each in (*made.control, *made.files.rules)] == [0, 0, 0]


@pytest.mark.parametrize("source", ["control", "files"])
def test_a_rule_that_names_the_operation_is_asked_about_what_is_settled(source: str) -> None:
    named = make_rule({"operation": "Look", "url": {"contains": "emu"}}, Error("E2"), delay=2, times=1)
    made = make_engine(**{source: [make_rule({"url": {"contains": "emu"}}, Error("E1")), named]})
    for expected in (Error("E2"), SPAM):
        ((_item, decision),) = made.decide(CALL, [make_settled_item()], True).items
        assert decision.outcome == expected
    assert named.hits == 1


def test_a_rule_for_the_whole_call_holds_for_what_is_settled() -> None:
    assert decide([make_rule({}, Error("E1"))]).call.outcome == Error("E1")
    decisions = make_engine([make_rule({"provider": "one"}, delay=2)]).decide(CALL, [make_settled_item()], True)
    assert decisions.delay == 2


# -- timeouts


@pytest.mark.parametrize(
    ("delay", "outcome", "waits"),
    [
        (None, SPAM, 0.0),
        (5.999, SPAM, 5.999),
        (6.0, SPAM, 6.0),
        (6.001, Error("E2", 1), 6.0),
        (1e9, Error("E2", 1), 6.0),
        (NEVER, SPAM, NEVER),
    ],
)
def test_a_check_ends_with_an_error_after_the_time_it_may_take(
    delay: float | None, outcome: Outcome, waits: float
) -> None:
    control = [make_rule({"url": {"contains": "slow"}}, SPAM, delay=delay)]
    decisions = decide(control, None, "slow.jpg", "other.jpg").limit_delays(6, "E2")
    assert list_outcomes(decisions) == [outcome, Verdict()]
    assert decisions.delay == waits


def test_a_delay_of_the_whole_call_ends_all_its_checks() -> None:
    decisions = decide([make_rule({}, delay=7)], None, "a", "b").limit_delays(6, "E2")
    assert (list_outcomes(decisions), decisions.delay) == ([Error("E2", 1), Error("E2", 2)], 6)


@pytest.mark.parametrize("outcome", [FaultRequest("reset", {}), Raw(204, {}, "")])
def test_a_disturbance_comes_when_it_was_asked_for(outcome: Outcome) -> None:
    decisions = decide([make_rule({"url": {"contains": "x"}}, outcome, delay=7)]).limit_delays(6, "E2")
    assert (list_outcomes(decisions), decisions.delay) == ([outcome], 7)


def test_an_answer_that_a_rule_gives_to_the_call_comes_when_it_was_asked_for() -> None:
    decisions = decide([make_rule({}, Error("E1"), delay=7)]).limit_delays(6, "E2")
    assert (decisions.call.outcome, decisions.delay) == (Error("E1"), 7)


# -- a verdict with a respond


def test_a_call_rule_with_both_gives_its_verdict_to_every_item() -> None:
    both = make_rule({"operation": "Look"}, Respond({"a": 1}, SPAM), warnings=("strange",))
    for decisions in (decide([both], None, "a.jpg", "b.jpg"), decide(None, [both], "a.jpg", "b.jpg")):
        assert decisions.call.outcome == Respond({"a": 1}, SPAM)
        assert decisions.call.warnings == ("strange",)
        assert list_outcomes(decisions) == [SPAM, SPAM]
        assert all(decision.has_findings for _item, decision in decisions.items)


def test_in_a_file_it_leaves_what_was_decided_before() -> None:
    both = make_rule({"operation": "Look"}, Respond({"a": 1}, SPAM))
    decisions = decide(None, [both], "emu-review.jpg", "b.jpg")
    assert decisions.items[0][1].by[0] == "magic"
    assert list_outcomes(decisions)[1] == SPAM


def test_an_item_rule_with_both_decides_with_both() -> None:
    both = Respond({"a": 1}, SPAM)
    decisions = decide([make_rule({"url": {"contains": "a.jpg"}}, both)], None, "a.jpg", "b.jpg")
    assert list_outcomes(decisions) == [both, Verdict()]
    assert decisions.items[0][1].keep_for_result().outcome == both
    assert decisions.items[0][1].has_findings
    assert not Decision(Respond({})).has_findings
