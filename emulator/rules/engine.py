"""Who decides: control-API rules, magic words, fixture files, pass, in this order; the first decides alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from emulator.resources.budgets import Budget
from emulator.rules.conditions import Facts
from emulator.rules.item import Item
from emulator.rules.magic_words import MagicWordReader, MagicWords
from emulator.rules.outcome import Error, Outcome, Raw, Respond, Verdict, find_verdict
from emulator.rules.rule import NEVER, Rule
from emulator.rules.rulebooks import ControlRules, Rulebook
from emulator.types import FaultRequest

Between = Callable[[float, float], float]
DecidedBy = tuple[str, str | None, str | None]  # kind, as rule, magic, default or gate; a rule's id; its name

BY_DEFAULT: DecidedBy = ("default", None, None)


class Decision(NamedTuple):
    """What was decided of one subject, or of a whole call: nothing yet while `outcome` is None.

    `delay` in seconds; None where nobody asked for one. Of several delays or callback modes the first met holds.
    """

    outcome: Outcome | None = None
    by: DecidedBy = BY_DEFAULT
    delay: float | None = None
    callback: str | float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def has_findings(self) -> bool:
        """Whether something was found."""
        return bool(find_verdict(self.outcome).findings)

    def apply_rule(self, rule: Rule, between: Between) -> "Decision":
        """What the ruling is after `rule` has spoken: decided, or only modified by a rule without outcome."""
        delay = self.delay
        if delay is None and rule.delay is not None:
            low, high = rule.delay
            delay = low if low == high else between(low, high)
        callback = rule.callback if self.callback is None else self.callback
        if rule.outcome is None:
            return self._replace(delay=delay, callback=callback)
        by, warnings = ("rule", rule.id, rule.name), self.warnings + rule.warnings
        return self._replace(outcome=rule.outcome, by=by, delay=delay, callback=callback, warnings=warnings)

    def inherit(self, call: "Decision") -> "Decision":
        """The ruling with the delay and callback of its call, where it has none of its own."""
        if call.delay is None and call.callback is None:
            return self
        delay = call.delay if self.delay is None else self.delay
        return self._replace(delay=delay, callback=call.callback if self.callback is None else self.callback)

    def limit_delay(self, seconds: float, error: Error | None) -> "Decision":
        """The ruling, or the error when its delay is longer and not endless. A fault comes when it was asked for."""
        if self.delay is None or not seconds < self.delay < NEVER or isinstance(self.outcome, (FaultRequest, Raw)):
            return self
        return self._replace(outcome=error, delay=seconds)

    def keep_for_result(self) -> "Decision":
        """What of the ruling holds for the result of asynchronous work: neither its delay nor a fault, which befell the
        submission.
        """
        if isinstance(self.outcome, (Verdict, Error, Respond)) and self is not PASSED:
            return Decision(self.outcome, self.by)
        return PASSED

    def apply_magic_words(self, spell: MagicWords) -> "Decision":
        """What the ruling is after the magic words of the subject were read."""
        return Decision(
            outcome=spell.outcome,
            by=("magic", None, " ".join(spell.words)) if spell.outcome is not None else self.by,
            delay=spell.delay if self.delay is None else self.delay,
            callback=spell.callback if self.callback is None else self.callback,
            warnings=self.warnings + spell.warnings,
        )


class Decisions:
    """The decisions of one call: taken once and used by every later step. `delay` is that of its slowest subject, not
    the sum.
    """

    def __init__(self, call: Decision, items: tuple[tuple[Item, Decision], ...]) -> None:
        self.call = call
        self.items = items
        longest = call.delay or 0.0
        for _item, decision in items:
            if decision.delay is not None and decision.delay > longest:
                longest = decision.delay
        self.delay = longest

    def limit_delays(self, seconds: float, code: str) -> "Decisions":
        """The same where a check that would take longer ends after `seconds` with an error; one that is never to end
        does not.
        """
        if self.call.outcome is not None or not seconds < self.delay:
            return self
        items = [(item, decision.limit_delay(seconds, Error(code, item.number))) for item, decision in self.items]
        return Decisions(self.call.limit_delay(seconds, None), tuple(items))


_MANY = 500  # rules that are tried one by one; each takes some microseconds
_UNDECIDED = Decision()
PASSED = Decision(Verdict())  # the one ruling of all subjects that nobody decided about


class RuleEngine:
    """Holds the rules and applies them; `between` draws the delays that have a range, `magic` reads magic words,
    `budget` bounds what the rules of the control API take.
    """

    def __init__(self, between: Between, magic: MagicWordReader, budget: Budget) -> None:
        self._between = between
        self.magic_words = magic
        self.control = ControlRules(budget)
        self.files = Rulebook()

    @property
    def is_slow(self) -> bool:
        """Whether so many rules have to be tried one by one that a call takes a while."""
        return self.control.tried + self.files.tried > _MANY

    def decide(self, facts: Mapping[str, str], items: Sequence[Item], magic_words: bool) -> Decisions:
        """Decide a call by the `facts` of the call (provider, operation, account, via) and its subjects."""
        hearing, control = _Evaluation(self._between), self.control
        account = facts.get("account", "")
        call = hearing.apply(control.find_per_call(account, facts), _UNDECIDED) if control.number else _UNDECIDED
        if call.outcome is not None:
            under_call = call._replace(outcome=_derive_item_outcome(call))
            return Decisions(call, tuple([(item, under_call) for item in items]))
        known: list[Facts] = [{**facts, **item.facts} for item in items]
        decisions: list[Decision] = []
        for at, item in enumerate(items):
            decision = call
            if control.number:
                decision = hearing.apply(
                    control.find_per_item(account, known[at]), call, item.earlier_decision is not None
                )
            if magic_words and decision.outcome is None and item.earlier_decision is None:
                operation, via = facts.get("operation", ""), facts.get("via", "")
                spell = self.magic_words.read(facts["provider"], item, operation, via)
                decision = decision.apply_magic_words(spell) if spell else decision
            decisions.append(decision)
        if self.files.per_call and (not decisions or any(decision.outcome is None for decision in decisions)):
            call = hearing.apply(self.files.per_call.find_matching(facts), call)
            if call.outcome is not None:
                told = _derive_item_outcome(call)
                decisions = [
                    decision._replace(outcome=told, by=call.by) if decision.outcome is None else decision
                    for decision in decisions
                ]
                return Decisions(call, _pair(items, decisions))
        for at, decision in enumerate(decisions):
            if decision.outcome is None:
                settled = items[at].earlier_decision is not None
                last = hearing.apply(self.files.per_item.find_matching(known[at]), decision.inherit(call), settled)
                decisions[at] = last if last.outcome is not None else _decide_by_default(items[at], last)
        return Decisions(call, _pair(items, decisions))


class _Evaluation:
    """The rules asked during one call: a call rule is spent once, however many subjects it decides."""

    def __init__(self, between: Between) -> None:
        self._between = between
        self._spent: set[Rule] = set()

    def apply(self, rules: Iterable[Rule], decision: Decision, settled: bool = False) -> Decision:
        """What the ruling is after some rules that hold have spoken; of a subject that is settled only those that name
        the operation.
        """
        for rule in rules:
            if settled and not rule.names_operation:
                continue
            if rule in self._spent or rule.spend():
                if not rule.is_per_item:
                    self._spent.add(rule)
                decision = decision.apply_rule(rule, self._between)
                if decision.outcome is not None:
                    break
        return decision


def _pair(items: Sequence[Item], decisions: Sequence[Decision]) -> tuple[tuple[Item, Decision], ...]:
    return tuple([(item, decisions[at]) for at, item in enumerate(items)])


def _derive_item_outcome(call: Decision) -> Verdict | None:
    """What a rule for the whole call decides of each picture and text: all but a verdict befalls the call only once."""
    return call.outcome.verdict if isinstance(call.outcome, Respond) else None


def _decide_by_default(item: Item, decision: Decision) -> Decision:
    """Nobody decided: what is settled stays so, a picture that could not be had is an error, everything else passes."""
    if item.earlier_decision is not None:
        return decision._replace(outcome=item.earlier_decision.outcome, by=item.earlier_decision.by)
    if item.fetch_error is not None:
        return decision._replace(outcome=Error(item.fetch_error, item.number))
    return PASSED if decision is _UNDECIDED else decision._replace(outcome=PASSED.outcome)
