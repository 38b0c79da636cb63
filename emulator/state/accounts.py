"""Accounts: one set of credentials for all providers, and everything that belongs to it alone."""

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
from emulator.state.journal import Journal
from emulator.state.store.memory import MemoryStore

Source = Literal["config", "control"]

_MANY = 500  # accounts, of some thirty objects each
_WARNINGS = 100  # different ones that an account may put into the log


@dataclass(frozen=True, slots=True)
class Sts:
    """Temporary credentials; `expires` is in Unix seconds of the account's clock, None for never."""

    access_key_id: str
    access_key_secret: str
    security_token: str
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class Aliyun:
    """Alibaba credentials. A key that is not `active`, a service that is not `purchased`: the documented refusals."""

    access_key_id: str
    access_key_secret: str
    uid: str
    sts: Sts
    active: bool = True
    purchased: bool = True


@dataclass(frozen=True, slots=True)
class WeChat:
    """`ip_allow` are the addresses that may ask for tokens, all when empty. Events are pushed to `push_url` as
    `push_format`, xml or json, signed with `push_token`; a mini program without such a URL gets none.
    """

    appid: str
    secret: str
    ip_allow: tuple[str, ...] = ()
    push_url: str | None = None
    push_token: str = ""
    push_format: str = "xml"


@dataclass(frozen=True, slots=True)
class Alipay:
    """`app_public_key` is PEM, for RSA2 and RSA unless `sign_type` names one; `signed_up`: for the feature package."""

    pid: str
    app_id: str
    app_public_key: str | None = None
    sign_type: str | None = None
    signed_up: bool = True


@dataclass(slots=True)
class Account:
    """The unit of isolation. `id` never changes and is never reused. `settings` are those of the server with `own` laid
    over them: what this account was given alone of `profile`, `magic_words`, `latency`, `limits` and `waits`, as
    written. `source` tells whether it stands in the configuration or came over the control API. What it holds is
    counted in the `budgets` of the server, its credentials with `size` bytes.
    """

    id: str
    name: str
    aliyun: Aliyun
    wechat: WeChat
    alipay: Alipay
    settings: Settings
    budgets: Budgets
    source: Source = "config"
    own: Mapping[str, Any] = field(default_factory=dict)
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
        """Whether a warning was not given since the last reset. After so many different ones none is news; the journal
        has them all.
        """
        if warning in self._warned or len(self._warned) >= _WARNINGS:
            return False
        self._warned.add(warning)
        return True

    def reset(self) -> list[object]:
        """Forget all that happened, and return what is to be let go; the credentials stay. Calls under way end with the
        store they began with.
        """
        self.journal.clear()
        gone = [*self.outbox.clear(), *self.store.close()]
        self.clock.reset()
        self.store = self._make_store()
        self._warned.clear()
        return gone

    def close(self) -> list[object]:
        """The same for good; whoever waits for this clock goes on, for nobody can move it any more."""
        gone = [*self.outbox.close(), *self.store.close()]
        self.clock.release()
        self.journal.close()
        return gone

    def list_names(self) -> Iterator[str]:
        """Everything this account can be called by in `?account=`: id, name, or any credential of it."""
        yield from (self.id, self.name, self.aliyun.access_key_id, self.aliyun.sts.access_key_id, self.aliyun.uid)
        yield from (self.wechat.appid, self.alipay.pid, self.alipay.app_id)


class Key(NamedTuple):
    """What an AccessKeyId opens: `token` and `expires` only when it is a temporary one."""

    account: Account
    id: str
    secret: str
    token: str | None = None
    expires: float | None = None


class Accounts:
    """All accounts, the default one first. Each credential opens one account."""

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
        """Take in one more; ValueError when a name or credential of it is another's."""
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
        if len(self) >= self._frozen_at + _MANY:  # they stay: looking for garbage among them would hold up every call
            self._frozen_at = len(self)
            gc.freeze()

    def remove(self, account: Account) -> None:
        """Forget an account: its credentials open nothing from now on."""
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
        """An id that no account ever had."""
        return next(name for number in self._numbers if (name := f"acc-{number}") not in self._by_name)

    def __iter__(self) -> Iterator[Account]:
        return iter([*self._all.values()])  # accounts come and go while somebody looks through them

    def __len__(self) -> int:
        return len(self._all)

    def find(self, name: str) -> Account | None:
        """The account with this id, name or credential."""
        return self._by_name.get(name)

    def find_key(self, access_key_id: str) -> Key | None:
        """What this Alibaba AccessKeyId opens."""
        return self._keys.get(access_key_id)

    def find_appid(self, appid: str) -> Account | None:
        """The account of this WeChat mini program."""
        return self._appids.get(appid)

    def find_pid(self, pid: str) -> Account | None:
        """The account of this Alipay partner."""
        return self._pids.get(pid)

    def find_app_id(self, app_id: str) -> Account | None:
        """The account of this Alipay application."""
        return self._app_ids.get(app_id)


def _list_keys(account: Account) -> tuple[Key, Key]:
    aliyun, sts = account.aliyun, account.aliyun.sts
    return (
        Key(account, aliyun.access_key_id, aliyun.access_key_secret),
        Key(account, sts.access_key_id, sts.access_key_secret, sts.security_token, sts.expires),
    )
