"""The store: what calls use up, and what lasts after them.

Gates, operations and endpoints only say it, as plain data. The pipeline hands a call's claims over once and its changes
once, so that a store may stand anywhere. A key begins with the name of the provider that it belongs to.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from emulator.error_types import Refusal
from emulator.rules.rule import Rule
from emulator.state.accounts import Account
from emulator.state.callbacks.delivery import Delivery
from emulator.state.credentials import C, CredentialKind
from emulator.state.store.row import Row


class Claim(NamedTuple):
    """What a call uses up, or must find unused.

    kind: `once`: its key, for so many seconds. `count`: one of the calls that a window of the clock may have.
    key: Its name in the account.
    seconds: How long a key is used up, or how long a window is.
    code: The error code of a call whose claim fails.
    cause: Why it fails, for the journal; `{used}` stands for how many calls the window had.
    most: How many calls a window may have; None where they are only counted.
    looks_only: Whether nothing is used up.
    """

    kind: Literal["once", "count"]
    key: str
    seconds: int
    code: str
    cause: str
    most: int | None = None
    looks_only: bool = False

    def make_refusal(self, used: int) -> Refusal:
        """Return the refusal of a call that comes after so many others."""
        return Refusal(self.code, cause=self.cause.replace("{used}", str(used)))


class Change(NamedTuple):
    """What lasts after a call.

    kind: `value`: fetched by its key. `token`: known at any moment. `callback`: a result to push. `credentials`: those
        of one kind.
    key: Its name in the account.
    value: The value, a Delivery, or the credentials.
    seconds: How long a value is kept, on the account's clock.
    size: The bytes of the texts in a value.
    """

    kind: Literal["value", "token", "callback", "credentials"]
    key: str
    value: Any
    seconds: int = 0
    size: int = 0


class Store(Protocol):
    """What keeps the state of all accounts. What changes it is awaited, since a store may be elsewhere."""

    @property
    def failure(self) -> str | None:
        """Return why nothing can be kept for now; None while all is well."""

    async def claim(self, account: Account, claims: Sequence[Claim]) -> Refusal | None:
        """Make the claims of a call in their order, and return the refusal of the first that fails."""

    async def commit(self, account: Account, changes: Sequence[Change], spent: Sequence[Rule] = ()) -> None:
        """Keep the changes of a call, and how often the rules were used that it spent, all of that or nothing.

        Raises StateUnwritable.
        """

    async def keep(self, rows: Sequence[Row]) -> None:
        """Keep what the application changes by itself, all of it or nothing, before it changes memory.

        Raises StateUnwritable.
        """

    async def sync(self) -> None:
        """Wait until what became of callbacks so far is kept; no longer while nothing can be."""

    async def fetch(self, account: Account, keys: Sequence[str]) -> Mapping[str, Any]:
        """Return the values that are kept under these keys."""

    def describe(self) -> dict[str, Any]:
        """Return what `GET info` says of the store: its kind, and of a file where it lies and how full it is."""

    def tend(self) -> None:
        """See to it that no more is kept than is needed; to be called every second or so."""

    async def close(self) -> None:
        """Write what was handed over, and let go of everything."""


def keep_value(key: str, value: Any, seconds: int, size: int = 0) -> Change:
    """Return the change that keeps a value for some seconds; `size` is the bytes of its texts."""
    return Change("value", key, value, seconds, size)


def keep_token(key: str, value: Any, seconds: int) -> Change:
    """Return the change that keeps a value that gates must know at any moment."""
    return Change("token", key, value, seconds)


def push(delivery: Delivery) -> Change:
    """Return the change that has a result pushed."""
    return Change("callback", delivery.task_id, delivery)


def set_credentials(kind: CredentialKind[C], credentials: C) -> Change:
    """Return the change that gives an account other credentials of one kind, with the same ids among them."""
    return Change("credentials", kind.name, credentials)
