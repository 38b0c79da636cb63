"""Applies rules and magic words: for each call, and for each of its items, the first that decides decides alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from emulator.resources.budgets import Budget
from emulator.rules.conditions import Facts
from emulator.rules.decision import PASSED, UNDECIDED, Decision, Decisions, DrawBetween, Item
from emulator.rules.magic_words import MagicWordReader
from emulator.rules.outcome import Error, Respond, Verdict
from emulator.rules.rule import Rule
from emulator.rules.rulebooks import ControlRules, Rulebook

_MANY = 500  # rules that are tried one by one; each takes some microseconds


class RuleEngine:
    """Holds the rules and applies them.

    Each source is asked about what the sources before it left undecided (`precedence.rank`):

    | source | about the call | about an item |
    |---|---|---|
    | rules of the control API | first; decides for all items | then |
    | magic words, where they are on | | then |
    | rules of files | then; decides for the items that are left | then |
    | the item itself | | its earlier decision, its fetch error, or pass |

    A rule is about the call when it asks for no property of an item and brings no verdict: `Rule.is_per_call`.

    magic_words: Reads the magic words of items.
    control: The rules of the control API.
    files: The rules of files.
    """

    def __init__(self, draw_between: DrawBetween, magic_words: MagicWordReader, budget: Budget) -> None:
        """Begin without rules.

        draw_between: Draws the delays that have a range.
        budget: Bounds the bytes that the rules of the control API take.
        """
        self._draw_between = draw_between
        self.magic_words = magic_words
        self.control = ControlRules(budget)
        self.files = Rulebook()

    @property
    def is_slow(self) -> bool:
        """Return whether so many rules have to be tried one by one that a call takes a while."""
        return self.control.unindexed + self.files.unindexed > _MANY

    def iterate_rules(self, account: str | None = None) -> Iterator[Rule]:
        """Yield all rules in the order in which they are asked, or those that apply to calls of one account."""
        yield from self.control if account is None else self.control.iterate_for(account)
        yield from self.files.rules

    def find_rule(self, name: str) -> Rule | None:
        """Return the rule of this id, None when there is none."""
        return self.control.find(name) or self.files.by_id.get(name)

    def decide(self, facts: Mapping[str, str], items: Sequence[Item], magic_words: bool) -> Decisions:
        """Decide a call by its `facts` (provider, operation, account, via) and its items."""
        evaluation, control = _Evaluation(self._draw_between), self.control
        account = facts.get("account", "")
        call = evaluation.apply(control.find_per_call(account, facts), UNDECIDED) if control.count else UNDECIDED
        if call.outcome is not None:
            inherited = call._replace(outcome=_derive_item_outcome(call))
            return Decisions(call, tuple([(item, inherited) for item in items]), evaluation.used_up)
        known: list[Facts] = [{**facts, **item.facts} for item in items]
        decisions: list[Decision] = []
        for at, item in enumerate(items):
            decision = call
            if control.count:
                decision = evaluation.apply(control.find_per_item(account, known[at]), call, item)
            if magic_words and decision.outcome is None and item.earlier_decision is None:
                operation, via = facts.get("operation", ""), facts.get("via", "")
                words = self.magic_words.read(facts["provider"], item, operation, via)
                decision = decision.apply_magic_words(words) if words else decision
            decisions.append(decision)
        if self.files.per_call and (not decisions or any(decision.outcome is None for decision in decisions)):
            call = evaluation.apply(self.files.per_call.find_matching(facts), call)
            if call.outcome is not None:
                outcome = _derive_item_outcome(call)
                decisions = [
                    decision._replace(outcome=outcome, by=call.by) if decision.outcome is None else decision
                    for decision in decisions
                ]
                return Decisions(call, _pair(items, decisions), evaluation.used_up)
        for at, decision in enumerate(decisions):
            if decision.outcome is None:
                matching = self.files.per_item.find_matching(known[at])
                last = evaluation.apply(matching, decision.inherit(call), items[at])
                decisions[at] = last if last.outcome is not None else _decide_by_default(items[at], last)
        return Decisions(call, _pair(items, decisions), evaluation.used_up)

    def decide_path(self, facts: Mapping[str, str]) -> Decisions:
        """Decide a call that is not emulated, by its facts (provider, path, account, via) and rules with a path."""
        rules = chain(
            self.control.find_per_call(facts.get("account", ""), facts), self.files.per_call.find_matching(facts)
        )
        evaluation = _Evaluation(self._draw_between)
        call = evaluation.apply((rule for rule in rules if rule.names_path), UNDECIDED)
        return Decisions(call, (), evaluation.used_up)


class _Evaluation:
    """The rules asked during one call: a call rule is spent once, however many items it decides."""

    def __init__(self, draw_between: DrawBetween) -> None:
        self._draw_between = draw_between
        self._spent: set[Rule] = set()
        self.used_up: list[Rule] = []
        """The rules with `times` that were used once more."""

    def apply(self, rules: Iterable[Rule], decision: Decision, item: Item | None = None) -> Decision:
        """Return the decision after the rules that hold. To an item with an earlier decision only rules apply that name
        the operation.
        """
        needs_operation = item is not None and item.earlier_decision is not None
        for rule in rules:
            if needs_operation and not rule.names_operation:
                continue
            is_spent = rule in self._spent
            if is_spent or rule.spend():
                if not is_spent and rule.times is not None:
                    self.used_up.append(rule)
                if not rule.is_per_item:
                    self._spent.add(rule)
                decision = decision.apply_rule(rule, self._draw_between)
                if decision.outcome is not None:
                    break
        return decision


def _pair(items: Sequence[Item], decisions: Sequence[Decision]) -> tuple[tuple[Item, Decision], ...]:
    return tuple([(item, decisions[at]) for at, item in enumerate(items)])


def _derive_item_outcome(call: Decision) -> Verdict | None:
    """Return what a rule about the whole call decides of each item: its verdict. All else happens to the call once."""
    return call.outcome.verdict if isinstance(call.outcome, Respond) else None


def _decide_by_default(item: Item, decision: Decision) -> Decision:
    """Decide what no rule and no magic word decides: an earlier decision holds, a picture that cannot be fetched is an
    error, everything else passes.
    """
    if item.earlier_decision is not None:
        return decision._replace(outcome=item.earlier_decision.outcome, by=item.earlier_decision.by)
    if item.fetch_error is not None:
        return decision._replace(outcome=Error(item.fetch_error, item.number))
    return PASSED if decision is UNDECIDED else decision._replace(outcome=PASSED.outcome)
