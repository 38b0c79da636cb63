"""Accounts: one set of credentials for all providers, and everything that belongs to it alone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from emulator.world.clock import Clock
from emulator.world.journal import Journal
from emulator.world.outbox import Outbox
from emulator.world.store.memory import MemoryStore


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
    appid: str
    secret: str


@dataclass(frozen=True, slots=True)
class Alipay:
    pid: str
    app_id: str


@dataclass(slots=True)
class Account:
    """The unit of isolation. `id` never changes and is never reused."""

    id: str
    name: str
    aliyun: Aliyun
    wechat: WeChat
    alipay: Alipay
    journal: Journal
    clock: Clock = field(default_factory=Clock)
    store: MemoryStore = field(default_factory=MemoryStore)
    outbox: Outbox = field(default_factory=Outbox)

    def reset(self) -> None:
        """Forget all that happened; the credentials stay."""
        self.journal.clear()
        self.outbox.clear()
        self.clock.reset()
        self.store = MemoryStore()

    def names(self) -> Iterator[str]:
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
    """All accounts, the default one first."""

    def __init__(self, accounts: list[Account]) -> None:
        self.default = accounts[0]
        self._all = accounts
        self._by_name: dict[str, Account] = {}
        self._keys: dict[str, Key] = {}
        for account in accounts:
            for name in account.names():
                if self._by_name.setdefault(name, account) is not account:
                    raise ValueError(f"{name!r} belongs to two accounts: {self._by_name[name].name}, {account.name}")
            aliyun, sts = account.aliyun, account.aliyun.sts
            self._keys[aliyun.access_key_id] = Key(account, aliyun.access_key_id, aliyun.access_key_secret)
            self._keys[sts.access_key_id] = Key(
                account, sts.access_key_id, sts.access_key_secret, sts.security_token, sts.expires
            )
        self.security_tokens = frozenset(account.aliyun.sts.security_token for account in accounts)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def named(self, name: str) -> Account | None:
        """The account with this id, name or credential."""
        return self._by_name.get(name)

    def key(self, access_key_id: str) -> Key | None:
        """What this Alibaba AccessKeyId opens."""
        return self._keys.get(access_key_id)
