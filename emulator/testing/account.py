"""One account of a running emulator, and everything a test can do with it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Self
from urllib.parse import quote

from emulator.testing.cases import Case, iterate_cases
from emulator.testing.control import Control
from emulator.testing.wording import explain_mismatch

__tracebackhide__ = True

# What `env` of the command prints, and where it stands in an account.
_VARIABLES = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": ("aliyun", "access_key_id"),
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ("aliyun", "access_key_secret"),
    "ALIYUN_UID": ("aliyun", "uid"),
    "WECHAT_APPID": ("wechat", "appid"),
    "WECHAT_SECRET": ("wechat", "secret"),
    "ALIPAY_PID": ("alipay", "pid"),
    "ALIPAY_APP_ID": ("alipay", "app_id"),
    "ALIPAY_PUBLIC_KEY": ("alipay", "gateway_public_key"),
}


class Account:
    """An account has credentials, rules, a journal and a clock of its own; nothing here touches another's.

    Calls block until the server has answered; `await account.aio.advance(3)` does the same beside a running loop.
    """

    def __init__(self, control: Control, name: str) -> None:
        self._control = control
        self._name = name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name} at {self.url or 'no URL yet'}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        """The account is deleted with everything in it."""
        self.control("DELETE", f"accounts/{quote(self.id, safe='')}")

    # -- who it is

    @cached_property
    def form(self) -> Mapping[str, Any]:
        """The account as the server tells it: id, name and credentials."""
        form: dict[str, Any] = self.control("GET", f"accounts/{quote(self._name, safe='')}")
        return form

    @property
    def url(self) -> str:
        return self._control.url

    @property
    def id(self) -> str:
        return str(self.form["id"])

    @property
    def name(self) -> str:
        return str(self.form["name"])

    @property
    def aliyun(self) -> SimpleNamespace:
        """`access_key_id`, `access_key_secret`, `uid`."""
        return SimpleNamespace(**self.form["aliyun"])

    @property
    def wechat(self) -> SimpleNamespace:
        """`appid`, `secret`."""
        return SimpleNamespace(**self.form["wechat"])

    @property
    def alipay(self) -> SimpleNamespace:
        """`pid`, `app_id`, and the keys of a gateway client."""
        return SimpleNamespace(**self.form["alipay"])

    @property
    def env(self) -> dict[str, str]:
        """The same as variables, for a client in another process: `monkeypatch.setenv`, `subprocess.run(env=...)`."""
        return {"EMULATOR_URL": self.url, "ALIPAY_GATEWAY": f"{self.url}/gateway.do"} | {
            variable: self.form[service][key] for variable, (service, key) in _VARIABLES.items()
        }

    def account(self, **credentials: Any) -> "Account":
        """One more account on the same server, made up where nothing is given; as a context manager it is deleted."""
        form = self.control("POST", "accounts", credentials)
        fresh = Account(self._control, form["id"])
        fresh.form = form
        return fresh

    # -- what comes back

    def rule(self, match: Mapping[str, Any] | None = None, **outcome: Any) -> dict[str, Any]:
        """Push a rule in the form of a fixture: `rule({"url": {"contains": "cat"}}, verdict="porn", times=1)`."""
        return self._ask_scoped("POST", "rules", {"match": match or {}, **outcome})

    def verdict(self, verdict: Any, match: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Every matching picture or text is judged so: `verdict("porn/sexy")`; `respond={...}` lies over the answer."""
        return self.rule(match, verdict=verdict, **more)

    def error(self, code: Any, match: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Every matching call fails with this code: `error("Throttling", times=2)`, or `error({"code": ..., "message":
        ...}, {"provider": ...})` for one that is in no table.
        """
        return self.rule(match, error=code, **more)

    def fault(self, fault: Any, match: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Every matching call is disturbed: `fault("reset")`, `fault({"name": "slow", "bytes_per_second": 9})`."""
        return self.rule(match, fault=fault, **more)

    def settings(self, patch: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The settings of the account, after a JSON merge patch if one is given."""
        return self._ask_scoped("GET", "settings") if patch is None else self._ask_scoped("PATCH", "settings", patch)

    def reset(self) -> None:
        """As if nothing had happened; the credentials stay."""
        self._ask_scoped("POST", "reset")

    # -- time

    def advance(self, seconds: float) -> dict[str, Any]:
        """Move the account's clock; when it returns, everything that fell due has been done, all pushes of callbacks
        that the gaps bring within it among them.
        """
        return self._ask_scoped("POST", "clock", {"advance": seconds})

    def set_clock(self, when: datetime | str | float) -> dict[str, Any]:
        """Set the account's clock: a datetime (naive ones are local time, as Python has it), ISO 8601 text with its
        zone, or Unix seconds; it runs on from there.

        Where time is frozen, `set_clock(datetime.now(UTC))` makes the stamps of clients good: a stamp may be 15 minutes
        off the account's clock or off real time.
        """
        moment = when.timestamp() if isinstance(when, datetime) else when
        return self._ask_scoped("POST", "clock", {"set": moment})

    def freeze(self, frozen: bool = True) -> dict[str, Any]:
        """Stop the account's clock, or let it run again.

        What falls due at once is not held back. To see a callback that is still to come, put `emu-delay-30s` into what
        is submitted while the clock stands: after `advance(29)` it is `held` in `callbacks()`, `advance(2)` pushes it.
        """
        return self._ask_scoped("POST", "clock", {"freeze": frozen})

    # -- what happened

    def journal(self, **filters: Any) -> list[dict[str, Any]]:
        """The calls of this account, newest first; filters as `GET journal` has them."""
        return list(self._ask_scoped("GET", "journal", **filters)["items"])

    def entry(self, entry: str | int) -> dict[str, Any]:
        """One call whole: request, response, near misses, signature."""
        return dict(self.control("GET", f"journal/{entry}"))

    def verify(self, match: Mapping[str, Any] | None = None, count: Any = None, order: Any = None) -> dict[str, Any]:
        """Raise AssertionError unless so many calls match: a number, {"min":, "max":}, at least one without it.

        `match` has the keys of a rule, and `status`, `code`, `outcome`; `order` lists such matches, met in turn.
        """
        given = {"match": match, "count": count, "order": order}
        form = {name: value for name, value in given.items() if value is not None}
        if order is None or count is not None:
            form.setdefault("match", {})
        found = self._ask_scoped("POST", "journal/verify", form)
        if not found["ok"]:
            raise AssertionError(explain_mismatch(match or {}, found))
        return found

    def etiquette(self) -> list[dict[str, Any]]:
        """What the client does that works here and fails, or costs, with the real service."""
        return list(self._ask_scoped("GET", "etiquette")["items"])

    def callbacks(self, **filters: Any) -> list[dict[str, Any]]:
        """The callbacks of this account, newest first; filters `state`, `task_id`, `data_id`."""
        return list(self._ask_scoped("GET", "callbacks", **filters)["items"])

    def redeliver(self, callback: str, url: str | None = None) -> dict[str, Any]:
        """Push a callback once more, to another address if one is given; how it went is in the last attempt."""
        body = {} if url is None else {"url": url}
        return dict(self.control("POST", f"callbacks/{quote(callback, safe='')}/redeliver", body))

    def codes(
        self, provider: str | None, operation: str, via: str = "https", lang: str = "en", **options: Any
    ) -> Iterator[Case]:
        """Each documented error of an operation, explained in English or Chinese ("zh"):
        `for case in emulator.codes(...): with case: ...`.
        """
        return iterate_cases(self, provider, operation, via, lang, **options)

    # -- the rest

    def control(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Any request of the control plane; raises ControlError."""
        return self._control.ask(method, path, body, **query)

    @property
    def aio(self) -> "Aio":
        """The same methods for `await`, so that the loop runs on: `await account.aio.advance(3)`."""
        return Aio(self)

    def _ask_scoped(self, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        return dict(self.control(method, path, body, **{"account": self._name, **query}))


class Aio:
    """Each method of an account in a thread of its own."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __getattr__(self, name: str) -> Callable[..., Any]:
        import asyncio  # most tests have no loop, and need not wait for this

        method = getattr(self._account, name)

        async def call(*arguments: Any, **named: Any) -> Any:
            try:
                return await asyncio.to_thread(method, *arguments, **named)
            except Exception as error:
                raise error.with_traceback(None) from None  # how threads work says nothing to who reads it

        return call
