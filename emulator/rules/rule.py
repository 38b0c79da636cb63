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

_spending = Lock()  # large calls are judged in threads


@dataclass(eq=False, slots=True)
class Rule:
    """One rule of a fixture file or of the control API.

    Without `outcome` it only delays or disturbs the callback, and matching goes on. `form` is the rule as it was
    written; `times` None means for ever. `warnings` tell what in it is not as the documents have it.
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
    """Bytes that it takes in memory, about; 0 for one of a file."""
    since: int = 0
    """The number of journal entries before it, where another rule may have had its id."""
    is_per_item: bool = field(init=False)
    """Whether it asks for a property of one picture or text, and so is asked once for each."""
    names_operation: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_per_item = any(condition.key in ITEM_KEYS for condition in self.conditions)
        self.names_operation = any(condition.key == "operation" for condition in self.conditions)

    @property
    def is_per_call(self) -> bool:
        """Whether it is asked once per call, before the subjects. A verdict is about subjects: it keeps its place in
        their order, so that `match: {}` at the end of a file does not swallow the rules above it.
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
        """Spend one of its times; False when none is left."""
        with _spending:
            if self.remaining == 0:
                return False
            self.hits += 1
            return True

    def to_dict(self) -> dict[str, Any]:
        """The rule as `GET rules` shows it."""
        known = {"id": self.id, "source": self.source, "account": self.account}
        warned = {"warnings": list(self.warnings)} if self.warnings else {}
        return {**known, **self.form, "hits": self.hits, "remaining": self.remaining, **warned}
