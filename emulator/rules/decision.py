"""What is decided, and about what: the items of a call, and one decision for each of them and for the call itself."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, Optional

from emulator.media.images import Picture
from emulator.rules.outcome import Error, Outcome, Raw, Respond, Verdict, find_verdict
from emulator.rules.rule import NEVER, Rule
from emulator.types import FaultRequest

DrawBetween = Callable[[float, float], float]
DecidedBy = tuple[str, str | None, str | None]  # kind: rule, magic, default or a stage; a rule's id; its name

BY_DEFAULT: DecidedBy = ("default", None, None)


class Item(NamedTuple):
    """One picture, text or sound of a call.

    kind: What it is.
    number: The number of its task, from 1.
    facts: What rules can match, by the keys of `match`.
    picture: What its bytes say, once they are known.
    fetch_error: The error code of a picture that cannot be fetched or read.
    earlier_decision: The decision of an earlier call that this call only reports. Then only rules that name the
        operation of this call apply.
    """

    kind: Literal["picture", "text", "sound"]
    number: int
    facts: dict[str, str | int | bytes]
    picture: Picture | None = None
    fetch_error: str | None = None
    earlier_decision: Optional["Decision"] = None


class MagicWords(NamedTuple):
    """All magic words of one item together. Without an outcome they only delay, or disturb the callback.

    words: The words as they are written.
    outcome: What they decide.
    delay: Seconds that they ask for in all.
    callback: The first mode of callbacks that they name.
    warnings: Which of them do nothing, and why.
    """

    words: tuple[str, ...]
    outcome: Outcome | None
    delay: float | None
    callback: str | None
    warnings: tuple[str, ...]


class Decision(NamedTuple):
    """What is decided about one item, or about a whole call.

    outcome: None while nothing is decided yet.
    by: Who decided.
    delay: Seconds, None where nobody asks for a delay. Of several delays the first one holds.
    callback: A mode of callbacks, or seconds by which the callback is late. Of several the first one holds.
    warnings: What in the rules and magic words is not as the documents have it.
    """

    outcome: Outcome | None = None
    by: DecidedBy = BY_DEFAULT
    delay: float | None = None
    callback: str | float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def has_findings(self) -> bool:
        """Return whether something was found."""
        return bool(find_verdict(self.outcome).findings)

    def apply_rule(self, rule: Rule, draw_between: DrawBetween) -> "Decision":
        """Return the decision after a rule that holds: decided, or only changed by a rule without an outcome."""
        delay = self.delay
        if delay is None and rule.delay is not None:
            low, high = rule.delay
            delay = low if low == high else draw_between(low, high)
        callback = rule.callback if self.callback is None else self.callback
        if rule.outcome is None:
            return self._replace(delay=delay, callback=callback)
        by, warnings = ("rule", rule.id, rule.name), self.warnings + rule.warnings
        return self._replace(outcome=rule.outcome, by=by, delay=delay, callback=callback, warnings=warnings)

    def apply_magic_words(self, magic_words: MagicWords) -> "Decision":
        """Return the decision after the magic words of its item."""
        return Decision(
            outcome=magic_words.outcome,
            by=("magic", None, " ".join(magic_words.words)) if magic_words.outcome is not None else self.by,
            delay=magic_words.delay if self.delay is None else self.delay,
            callback=magic_words.callback if self.callback is None else self.callback,
            warnings=self.warnings + magic_words.warnings,
        )

    def inherit(self, call: "Decision") -> "Decision":
        """Return the decision with delay and callback of its call, where it has none of its own."""
        if call.delay is None and call.callback is None:
            return self
        delay = call.delay if self.delay is None else self.delay
        return self._replace(delay=delay, callback=call.callback if self.callback is None else self.callback)

    def limit_delay(self, seconds: float, error: Error | None) -> "Decision":
        """Return the decision with its delay cut to `seconds`, and then with the error. Endless delays are kept, and so
        are faults and literal answers.
        """
        if self.delay is None or not seconds < self.delay < NEVER or isinstance(self.outcome, (FaultRequest, Raw)):
            return self
        return self._replace(outcome=error, delay=seconds)

    def keep_for_result(self) -> "Decision":
        """Return the decision to report later. Drops delay and fault: both already applied to the submission."""
        if isinstance(self.outcome, (Verdict, Error, Respond)) and self is not PASSED:
            return Decision(self.outcome, self.by)
        return PASSED


class Decisions:
    """The decisions of one call: made once, and used by every later step.

    call: The decision about the call as a whole.
    items: Each item with the decision about it, in the order of the call.
    delay: Seconds by which the slowest of all of them is delayed; not the sum.
    spent: The rules with `times` that were used once more.
    """

    def __init__(self, call: Decision, items: tuple[tuple[Item, Decision], ...], spent: Sequence[Rule] = ()) -> None:
        self.call = call
        self.items = items
        self.spent = spent
        longest = call.delay or 0.0
        for _item, decision in items:
            if decision.delay is not None and decision.delay > longest:
                longest = decision.delay
        self.delay = longest

    def limit_delays(self, seconds: float, code: str) -> "Decisions":
        """Cap delays at `seconds`; an item that exceeded it gets the error `code`. Endless delays are kept."""
        if self.call.outcome is not None or not seconds < self.delay:
            return self
        items = [(item, decision.limit_delay(seconds, Error(code, item.number))) for item, decision in self.items]
        return Decisions(self.call.limit_delay(seconds, None), tuple(items), self.spent)


UNDECIDED = Decision()
PASSED = Decision(Verdict())  # the one decision about all items that nothing applies to
