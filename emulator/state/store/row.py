"""A row of the state: one thing that lasts, under its kind, account and key. The newest row of a key holds."""

from typing import Any, Final, NamedTuple

SHARED: Final = ""  # the account of what belongs to none

# Kinds that a reset leaves as they are.
OUTLASTS_RESET: Final = frozenset({"account", "credentials", "number"})
# Kinds that end with a row of another kind under the same key: hits with their rule, attempts with their callback.
ENDS_WITH: Final = {"rule": "hits", "callback": "progress"}


class Row(NamedTuple):
    """One thing that lasts, or that it is forgotten.

    kind: `account` (its name, source and credentials), `credentials` (by the name of their kind), `own_settings`,
        `clock`, `value`, `token`, `callback` and `progress` (by number), `rule` and `hits` (by id). For all accounts:
        `settings`, `rule`, `hits`, and `number`, the highest number that was ever given. `reset` forgets all of an
        account but what outlasts a reset.
    account: The id of its account; SHARED for what belongs to none.
    key: Its name in the account.
    value: What is kept: texts, numbers, tuples, lists, mappings, bytes, and the types that providers name. None forgets
        it; of an `account`, with all that it has.
    """

    kind: str
    account: str
    key: str
    value: Any


class StateUnusable(Exception):
    """Raised when a state cannot be used; the text says why, and what helps."""


class StateInUse(StateUnusable):
    """Raised when another process has the state."""


class StateUnwritable(Exception):
    """Raised when nothing can be written, so that nothing was changed; the text says why."""
