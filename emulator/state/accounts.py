"""Accounts: each is one set of credentials for all providers, with everything that belongs to this account alone.

Tests that run side by side on one server are kept apart by giving each test an account of its own.
"""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, NamedTuple

from emulator.config.model import Settings
from emulator.resources.budgets import Budgets
from emulator.state.callbacks.outbox import Outbox
from emulator.state.clock import Clock
from emulator.state.credential_kinds import Alipay, Aliyun, WeChat
from emulator.state.journal import Journal
from emulator.state.store.memory import MemoryStore

Source = Literal["config", "control"]

_MANY = 500  # new accounts, of some thirty objects each, after which they are frozen
_WARNINGS = 100  # different warnings that an account may put into the log


@dataclass(slots=True)
class Account:
    """One account, the unit of isolation.

    id: Its id, which never changes and is never used again for another account.
    name: Its name, which `?account=` takes as well.
    aliyun: Its Alibaba credentials.
    wechat: Its WeChat credentials.
    alipay: Its Alipay credentials.
    settings: The settings that hold for it: those of the server, with `own` merged over them.
    budgets: The budgets of the server, in which everything that the account holds is counted.
    source: Whether it stands in the configuration or was made by the control API.
    own_settings: What was set for this account alone, in the written form: of `profile`, `magic_words`, `latency`,
        `limits` and `waits`.
    size: The bytes that its credentials are counted with in the budget.
    clock: Its time.
    journal: Its last calls.
    store: What it remembers between calls. A reset replaces the store.
    outbox: Its callbacks.
    """

    id: str
    name: str
    aliyun: Aliyun
    wechat: WeChat
    alipay: Alipay
    settings: Settings
    budgets: Budgets
    source: Source = "config"
    own_settings: Mapping[str, Any] = field(default_factory=dict)
    size: int = 0
    clock: Clock = field(default_factory=Clock)
    journal: Journal = field(init=False)
    store: MemoryStore = field(init=False)
    outbox: Outbox = field(init=False)
    _warned: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.journal = Journal(self.settings.journal_size, self.budgets.journal)
        self.outbox = Outbox(self.clock, self.budgets.callbacks)
        self.store = self._make_store()

    def _make_store(self) -> MemoryStore:
        return MemoryStore(self.budgets.results, self.budgets.nonces)

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

        Calls under way end with the store that they began with.
        """
        self.journal.clear()
        gone = [*self.outbox.clear(), *self.store.close()]
        self.clock.reset()
        self.store = self._make_store()
        self._warned.clear()
        return gone

    def close(self) -> list[object]:
        """Forget everything for good, and return the objects that the caller must release.

        Whatever waits for this clock goes on at once, because nobody can move the clock any more.
        """
        gone = [*self.outbox.close(), *self.store.close()]
        self.clock.release()
        self.journal.close()
        return gone

    def list_names(self) -> Iterator[str]:
        """Yield what `?account=` may name this account by: its id, its name, and the ids among its credentials."""
        yield from (self.id, self.name, self.aliyun.access_key_id, self.aliyun.sts.access_key_id, self.aliyun.uid)
        yield from (self.wechat.appid, self.alipay.pid, self.alipay.app_id)


class Key(NamedTuple):
    """An Alibaba key, lasting or temporary.

    account: The account that the key belongs to.
    id: The AccessKeyId.
    secret: The secret that calls are signed with.
    token: The security token of a temporary key; None for a lasting key.
    expires: When a temporary key expires, in Unix seconds of the account's clock; None for never.
    """

    account: Account
    id: str
    secret: str
    token: str | None = None
    expires: float | None = None


class Accounts:
    """All accounts, the default account first. Each credential belongs to one account.

    default: The account that exists without any configuration.
    security_tokens: How many accounts have each security token.
    """

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._all: dict[str, Account] = {}
        self._by_name: dict[str, Account] = {}
        self._keys: dict[str, Key] = {}
        self._appids: dict[str, Account] = {}
        self._pids: dict[str, Account] = {}
        self._app_ids: dict[str, Account] = {}
        self.security_tokens: Counter[str] = Counter()
        self._frozen_at = 0
        for account in accounts:
            self.add(account)
        self.default = next(iter(self))
        self._numbers = count(len(self) + 1)

    def add(self, account: Account) -> None:
        """Add an account. Raises ValueError when its name or one of its credentials belongs to another account."""
        for name in account.list_names():
            if (owner := self._by_name.get(name)) is not None:
                raise ValueError(f"{name!r} belongs to two accounts: {owner.name}, {account.name}")
        self._all[account.id] = account
        self._by_name.update(dict.fromkeys(account.list_names(), account))
        for key in _list_keys(account):
            self._keys[key.id] = key
        self._appids[account.wechat.appid] = account
        self._pids[account.alipay.pid] = account
        self._app_ids[account.alipay.app_id] = account
        self.security_tokens[account.aliyun.sts.security_token] += 1
        if len(self) >= self._frozen_at + _MANY:  # accounts stay: looking for garbage among them would delay calls
            self._frozen_at = len(self)
            gc.freeze()

    def remove(self, account: Account) -> None:
        """Forget an account. Its credentials are unknown from now on."""
        del self._all[account.id]
        for name in account.list_names():
            self._by_name.pop(name, None)
        for key in _list_keys(account):
            del self._keys[key.id]
        del self._appids[account.wechat.appid], self._pids[account.alipay.pid], self._app_ids[account.alipay.app_id]
        token = account.aliyun.sts.security_token
        self.security_tokens[token] -= 1
        if not self.security_tokens[token]:
            del self.security_tokens[token]

    def make_id(self) -> str:
        """Return an id that no account ever had."""
        return next(name for number in self._numbers if (name := f"acc-{number}") not in self._by_name)

    def __iter__(self) -> Iterator[Account]:
        return iter([*self._all.values()])  # a copy: accounts come and go while the caller iterates

    def __len__(self) -> int:
        return len(self._all)

    def find(self, name: str) -> Account | None:
        """Return the account with this id, name or credential, None when there is none."""
        return self._by_name.get(name)

    def find_key(self, access_key_id: str) -> Key | None:
        """Return the Alibaba key of this AccessKeyId, None when there is none."""
        return self._keys.get(access_key_id)

    def find_appid(self, appid: str) -> Account | None:
        """Return the account of this WeChat mini program, None when there is none."""
        return self._appids.get(appid)

    def find_pid(self, pid: str) -> Account | None:
        """Return the account of this Alipay partner, None when there is none."""
        return self._pids.get(pid)

    def find_app_id(self, app_id: str) -> Account | None:
        """Return the account of this Alipay application, None when there is none."""
        return self._app_ids.get(app_id)


def _list_keys(account: Account) -> tuple[Key, Key]:
    aliyun, sts = account.aliyun, account.aliyun.sts
    return (
        Key(account, aliyun.access_key_id, aliyun.access_key_secret),
        Key(account, sts.access_key_id, sts.access_key_secret, sts.security_token, sts.expires),
    )
