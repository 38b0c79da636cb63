"""Who decides: control-API rules, magic words, fixture files, pass, in this order; the first decides alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from emulator.vocabulary import FaultCall
from emulator.world.budgets import Budget
from emulator.world.verdicts.conditions import Facts
from emulator.world.verdicts.magic import Magic, Spell
from emulator.world.verdicts.outcome import Error, Outcome, Raw, Respond, Verdict, judged
from emulator.world.verdicts.rule import NEVER, Rule
from emulator.world.verdicts.rulebooks import ControlRules, Rulebook
from emulator.world.verdicts.subject import Subject

Between = Callable[[float, float], float]
DecidedBy = tuple[str, str | None, str | None]  # kind, as rule, magic, default or gate; a rule's id; its name

BY_DEFAULT: DecidedBy = ("default", None, None)


class Ruling(NamedTuple):
    """What was decided of one subject, or of a whole call: nothing yet while `outcome` is None.

    `delay` in seconds; None where nobody asked for one. Of several delays or callback modes the first met holds.
    """

    outcome: Outcome | None = None
    by: DecidedBy = BY_DEFAULT
    delay: float | None = None
    callback: str | float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_hit(self) -> bool:
        """Whether something was found."""
        return bool(judged(self.outcome).findings)

    def under(self, rule: Rule, between: Between) -> "Ruling":
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

    def modified(self, call: "Ruling") -> "Ruling":
        """The ruling with the delay and callback of its call, where it has none of its own."""
        if call.delay is None and call.callback is None:
            return self
        delay = call.delay if self.delay is None else self.delay
        return self._replace(delay=delay, callback=call.callback if self.callback is None else self.callback)

    def within(self, seconds: float, error: Error | None) -> "Ruling":
        """The ruling, or the error when its delay is longer and not endless. A fault comes when it was asked for."""
        if self.delay is None or not seconds < self.delay < NEVER or isinstance(self.outcome, (FaultCall, Raw)):
            return self
        return self._replace(outcome=error, delay=seconds)

    def settled(self) -> "Ruling":
        """What of the ruling holds for the result of asynchronous work: neither its delay nor a fault, which befell the
        submission.
        """
        if isinstance(self.outcome, (Verdict, Error, Respond)) and self is not PASSED:
            return Ruling(self.outcome, self.by)
        return PASSED

    def spelled(self, spell: Spell) -> "Ruling":
        """What the ruling is after the magic words of the subject were read."""
        return Ruling(
            outcome=spell.outcome,
            by=("magic", None, " ".join(spell.words)) if spell.outcome is not None else self.by,
            delay=spell.delay if self.delay is None else self.delay,
            callback=spell.callback if self.callback is None else self.callback,
            warnings=self.warnings + spell.warnings,
        )


class Judgement:
    """The decisions of one call: taken once and used by every later step. `delay` is that of its slowest subject, not
    the sum.
    """

    def __init__(self, call: Ruling, subjects: tuple[tuple[Subject, Ruling], ...]) -> None:
        self.call = call
        self.subjects = subjects
        longest = call.delay or 0.0
        for _subject, ruling in subjects:
            if ruling.delay is not None and ruling.delay > longest:
                longest = ruling.delay
        self.delay = longest

    def within(self, seconds: float, code: str) -> "Judgement":
        """The same where a check that would take longer ends after `seconds` with an error; one that is never to end
        does not.
        """
        if self.call.outcome is not None or not seconds < self.delay:
            return self
        subjects = [(subject, ruling.within(seconds, Error(code, subject.number))) for subject, ruling in self.subjects]
        return Judgement(self.call.within(seconds, None), tuple(subjects))


_MANY = 500  # rules that are tried one by one; each takes some microseconds
_UNDECIDED = Ruling()
PASSED = Ruling(Verdict())  # the one ruling of all subjects that nobody decided about


class Judge:
    """Holds the rules and applies them; `between` draws the delays that have a range, `magic` reads magic words,
    `budget` bounds what the rules of the control API take.
    """

    def __init__(self, between: Between, magic: Magic, budget: Budget) -> None:
        self._between = between
        self.magic = magic
        self.control = ControlRules(budget)
        self.files = Rulebook()

    @property
    def is_slow(self) -> bool:
        """Whether so many rules have to be tried one by one that a call takes a while."""
        return self.control.tried + self.files.tried > _MANY

    def judge(self, facts: Mapping[str, str], subjects: Sequence[Subject], magic_words: bool) -> Judgement:
        """Decide a call by the `facts` of the call (provider, operation, account, via) and its subjects."""
        hearing, control = _Hearing(self._between), self.control
        account = facts.get("account", "")
        call = hearing.ask(control.of_call(account, facts), _UNDECIDED) if control.number else _UNDECIDED
        if call.outcome is not None:
            under_call = call._replace(outcome=_of_each(call))
            return Judgement(call, tuple([(subject, under_call) for subject in subjects]))
        known: list[Facts] = [{**facts, **subject.facts} for subject in subjects]
        rulings: list[Ruling] = []
        for at, subject in enumerate(subjects):
            ruling = call
            if control.number:
                ruling = hearing.ask(control.of_subject(account, known[at]), call, subject.settled is not None)
            if magic_words and ruling.outcome is None and subject.settled is None:
                operation, via = facts.get("operation", ""), facts.get("via", "")
                spell = self.magic.read(facts["provider"], subject, operation, via)
                ruling = ruling.spelled(spell) if spell else ruling
            rulings.append(ruling)
        if self.files.of_calls and (not rulings or any(ruling.outcome is None for ruling in rulings)):
            call = hearing.ask(self.files.of_calls.matching(facts), call)
            if call.outcome is not None:
                told = _of_each(call)
                rulings = [
                    ruling._replace(outcome=told, by=call.by) if ruling.outcome is None else ruling
                    for ruling in rulings
                ]
                return Judgement(call, _paired(subjects, rulings))
        for at, ruling in enumerate(rulings):
            if ruling.outcome is None:
                settled = subjects[at].settled is not None
                last = hearing.ask(self.files.of_subjects.matching(known[at]), ruling.modified(call), settled)
                rulings[at] = last if last.outcome is not None else _by_nature(subjects[at], last)
        return Judgement(call, _paired(subjects, rulings))


class _Hearing:
    """The rules asked during one call: a call rule is spent once, however many subjects it decides."""

    def __init__(self, between: Between) -> None:
        self._between = between
        self._spent: set[Rule] = set()

    def ask(self, rules: Iterable[Rule], ruling: Ruling, settled: bool = False) -> Ruling:
        """What the ruling is after some rules that hold have spoken; of a subject that is settled only those that name
        the operation.
        """
        for rule in rules:
            if settled and not rule.names_operation:
                continue
            if rule in self._spent or rule.take():
                if not rule.of_subject:
                    self._spent.add(rule)
                ruling = ruling.under(rule, self._between)
                if ruling.outcome is not None:
                    break
        return ruling


def _paired(subjects: Sequence[Subject], rulings: Sequence[Ruling]) -> tuple[tuple[Subject, Ruling], ...]:
    return tuple([(subject, rulings[at]) for at, subject in enumerate(subjects)])


def _of_each(call: Ruling) -> Verdict | None:
    """What a rule for the whole call decides of each picture and text: all but a verdict befalls the call only once."""
    return call.outcome.verdict if isinstance(call.outcome, Respond) else None


def _by_nature(subject: Subject, ruling: Ruling) -> Ruling:
    """Nobody decided: what is settled stays so, a picture that could not be had is an error, everything else passes."""
    if subject.settled is not None:
        return ruling._replace(outcome=subject.settled.outcome, by=subject.settled.by)
    if subject.trouble is not None:
        return ruling._replace(outcome=Error(subject.trouble, subject.number))
    return PASSED if ruling is _UNDECIDED else ruling._replace(outcome=PASSED.outcome)
