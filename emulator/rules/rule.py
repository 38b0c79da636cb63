"""A rule: what must match, what then happens, how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from emulator.rules.conditions import ITEM_KEYS, Condition
from emulator.rules.outcome import Outcome, Verdict

NEVER = float("inf")
CONTROL = "control"  # the source of a rule that was pushed over the control API
Delay = tuple[float, float]  # seconds, from and to; NEVER for a result that does not come

_spending = Lock()  # large calls are decided in threads


@dataclass(eq=False, slots=True)
class Rule:
    """One rule of a fixture file or of the control API.

    id: Its id, unique among all rules.
    source: Where it was written: file and line, or `CONTROL`.
    form: The rule in its written form.
    conditions: What must match; all of them.
    outcome: What then happens; None for a rule that only delays, or changes the callback: matching goes on after it.
    name: The name that it was given.
    priority: Rules with a higher one are asked first.
    times: How often it applies; None for ever.
    delay: Seconds by which the answer or result is delayed; None for no delay.
    callback: What happens to the callback: a mode by its name, or the seconds by which it comes after its result.
    account: The id of the account whose calls it applies to; None for all accounts.
    warnings: What in it is not as the documents have it.
    hits: How often it has applied.
    size: The bytes that it takes in memory, as an estimate; 0 for a rule of a file.
    first_entry_id: Journal entries with a smaller id may mean another rule that had the same id.
    is_per_item: Whether it asks for a property of one picture or text, so that it is asked once for each.
    names_operation: Whether it asks for the operation.
    names_path: Whether it asks for the path of a call that is not emulated; it is asked about no other.
    """

    id: str
    source: str
    form: Mapping[str, Any]
    conditions: tuple[Condition, ...]
    outcome: Outcome | None
    name: str | None = None
    priority: int = 0
    times: int | None = None
    delay: Delay | None = None
    callback: str | float | None = None
    account: str | None = None
    warnings: tuple[str, ...] = ()
    hits: int = 0
    size: int = 0
    first_entry_id: int = 0
    is_per_item: bool = field(init=False)
    names_operation: bool = field(init=False)
    names_path: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_per_item = any(condition.key in ITEM_KEYS for condition in self.conditions)
        self.names_operation = any(condition.key == "operation" for condition in self.conditions)
        self.names_path = any(condition.key == "path" for condition in self.conditions)

    @property
    def is_per_call(self) -> bool:
        """Return whether the rule is asked once per call, before the items.

        A rule with a verdict is asked for each item: it keeps its place in the order, so that `match: {}` at the end of
        a file does not hide the rules above it.
        """
        return not self.is_per_item and not isinstance(self.outcome, Verdict)

    @property
    def is_pushed(self) -> bool:
        """Return whether it came over the control API, and not from a file."""
        return self.source == CONTROL

    @property
    def remaining(self) -> int | None:
        return None if self.times is None else max(0, self.times - self.hits)

    def spend(self) -> bool:
        """Count one more hit. Return False, and count nothing, when none of its times is left."""
        with _spending:
            if self.remaining == 0:
                return False
            self.hits += 1
            return True

    def give_back(self) -> None:
        """Count one hit less: the call that it was for came to nothing."""
        with _spending:
            self.hits -= 1

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as `GET rules` shows it."""
        origin = {"id": self.id, "source": self.source, "account": self.account}
        warned = {"warnings": list(self.warnings)} if self.warnings else {}
        return {**origin, **self.form, "hits": self.hits, "remaining": self.remaining, **warned}
