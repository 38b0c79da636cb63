"""Accounts: each has credentials of every kind, and everything that belongs to this account alone.

Tests that run side by side on one server are kept apart by giving each test an account of its own.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import count, islice
from typing import Any, Literal

from emulator.config.model import Settings
from emulator.resources.budgets import Budgets
from emulator.state.callbacks.outbox import Outbox
from emulator.state.clock import Clock
from emulator.state.credentials import C, CredentialKind, CredentialKinds, SecretKind
from emulator.state.journal import Journal
from emulator.state.memory import Memory

Source = Literal["config", "control"]

_MANY = 500  # new accounts, of some thirty objects each, after which they are frozen
_WARNINGS = 100  # different warnings that an account may put into the log
_FEW, _SHOWN = 5, 80  # names that a list shows, and characters of each name


@dataclass(slots=True)
class Account:
    """One account, the unit of isolation.

    id: Its id, which never changes and is never used again for another account.
    name: Its name, which `?account=` takes as well.
    kinds: The kinds of credentials, by name.
    credentials: The credentials of each kind, by its name.
    settings: The settings that hold for it: those of the server, with `own` merged over them.
    budgets: The budgets of the server, in which everything that the account holds is counted.
    source: Whether it stands in the configuration or was made by the control API.
    own_settings: What was set for it alone, in written form: `profile`, `magic_words`, `latency`, `limits`, `waits`.
    size: The bytes that its credentials are counted with in the budget.
    clock: Its time.
    journal: Its last calls.
    memory: What it remembers between calls. A reset replaces it.
    outbox: Its callbacks.
    """

    id: str
    name: str
    kinds: CredentialKinds
    credentials: dict[str, Any]
    settings: Settings
    budgets: Budgets
    source: Source = "config"
    own_settings: Mapping[str, Any] = field(default_factory=dict)
    size: int = 0
    clock: Clock = field(default_factory=Clock)
    journal: Journal = field(init=False)
    memory: Memory = field(init=False)
    outbox: Outbox = field(init=False)
    _warned: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.journal = Journal(self.settings.journal_size, self.budgets.journal)
        self.outbox = Outbox(self.clock, self.budgets.callbacks)
        self.memory = self._make_memory()

    def _make_memory(self) -> Memory:
        return Memory(self.budgets.results, self.budgets.nonces)

    def is_new_warning(self, warning: str) -> bool:
        """Return whether a warning was not given since the last reset, and remember it.

        After `_WARNINGS` different warnings no further warning is new. The journal has all of them.
        """
        if warning in self._warned or len(self._warned) >= _WARNINGS:
            return False
        self._warned.add(warning)
        return True

    def reset(self) -> list[object]:
        """Forget everything but the credentials and settings, and return the objects that the caller must release.

        What calls under way leave behind comes after the reset.
        """
        self.journal.clear()
        gone = [*self.outbox.clear(), *self.memory.close()]
        self.clock.reset()
        self.memory = self._make_memory()
        self._warned.clear()
        return gone

    def close(self) -> list[object]:
        """Forget everything for good, and return the objects that the caller must release.

        Whatever waits for this clock goes on at once, since nobody can move it any more.
        """
        gone = [*self.outbox.close(), *self.memory.close()]
        self.clock.release()
        self.journal.close()
        return gone

    def of(self, kind: CredentialKind[C]) -> C:
        """Return the credentials of one kind."""
        credentials: C = self.credentials[kind.name]
        return credentials

    def find_token(self, key: str) -> Any:
        """Return what is kept under a key that gates must know at any moment, None when its time is over."""
        return self.memory.get(key, self.clock.now())

    def list_names(self) -> Iterator[str]:
        """Yield what `?account=` may name this account by: its id, its name, and the ids among its credentials."""
        yield from (self.id, self.name)
        for name, kind in self.kinds.items():
            yield from kind.list_ids(self.credentials[name])

    def to_dict(self) -> dict[str, Any]:
        """Return the written form. Without `id` and `source` it can be posted again once this one is removed."""
        form = {"id": self.id, "name": self.name, "source": self.source}
        return form | {name: asdict(each) for name, each in self.credentials.items()}


def build_account(
    form: Mapping[str, Any],
    id: str,  # noqa: A002 - the field's name
    kinds: CredentialKinds,
    settings: Settings,
    budgets: Budgets,
    source: Source = "config",
) -> Account:
    """Return the account of a written form, which has credentials of each of the `kinds`."""
    credentials = {name: kind.parse(form[name]) for name, kind in kinds.items()}
    return Account(id, form["name"], kinds, credentials, settings, budgets, source)


def list_few(accounts: Iterable[Account], name: Callable[[Account], str]) -> str:
    """Return some of the names that accounts have, for the text that refuses a call with an unknown name."""
    names = [name(each)[:_SHOWN] for each in islice(accounts, _FEW + 1)]
    return ", ".join([*names[:_FEW], "..."] if len(names) > _FEW else names)


def iterate_secrets(accounts: Iterable[Account], secret_kind: SecretKind) -> Iterator[tuple[str, str]]:
    """Yield the id of each key of the accounts, with the secret that verifies signatures, empty for any."""
    for account in accounts:
        for name, kind in account.kinds.items():
            if kind.verified_by == secret_kind:
                yield from kind.list_secrets(account.credentials[name])


class Accounts:
    """All accounts, the default account first. Each id among their credentials belongs to one account.

    kinds: The kinds of credentials that each account has, by name.
    default: The account that exists without any configuration.
    highest: The highest number that the id of an account ever had.
    """

    def __init__(self, accounts: Iterable[Account], highest: int = 0) -> None:
        self._all: dict[str, Account] = {}
        self._by_name: dict[str, Account] = {}
        self._frozen_at = 0
        for account in accounts:
            self.add(account)
        self.default = next(iter(self))
        self.kinds = self.default.kinds
        self.highest = max(highest, len(self))

    def add(self, account: Account) -> None:
        """Add an account. Raises ValueError when its name or one of its credentials belongs to another account."""
        for name in account.list_names():
            if (owner := self._by_name.get(name)) is not None:
                raise ValueError(f"{name!r} belongs to two accounts: {owner.name}, {account.name}")
        self._all[account.id] = account
        self._by_name.update(dict.fromkeys(account.list_names(), account))
        if len(self) >= self._frozen_at + _MANY:  # accounts stay: looking for garbage among them would delay calls
            self._frozen_at = len(self)
            gc.freeze()

    def remove(self, account: Account) -> None:
        """Forget an account. Its credentials are unknown from now on."""
        del self._all[account.id]
        for name in account.list_names():
            self._by_name.pop(name, None)

    def make_id(self) -> str:
        """Return an id that no account ever had."""
        self.highest = next(number for number in count(self.highest + 1) if f"acc-{number}" not in self._by_name)
        return f"acc-{self.highest}"

    def __iter__(self) -> Iterator[Account]:
        return iter([*self._all.values()])  # a copy: accounts come and go while the caller iterates

    def __len__(self) -> int:
        return len(self._all)

    def find(self, name: str) -> Account | None:
        """Return the account with this id, name or id among its credentials, None when there is none."""
        return self._by_name.get(name)

    def find_owner(self, kind: CredentialKind[C], id: str, read: Callable[[C], str]) -> Account | None:  # noqa: A002
        """Return the account among whose credentials `read` finds this id, None when there is none."""
        account = self._by_name.get(id)
        return account if account is not None and read(account.of(kind)) == id else None
