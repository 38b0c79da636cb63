"""One account of a running emulator, and everything a test can do with it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Self
from urllib.parse import quote

from emulator.clients import build_variables
from emulator.testing.aio import Aio
from emulator.testing.cases import Case, iterate_cases
from emulator.testing.control import Control
from emulator.testing.wording import explain_mismatch

__tracebackhide__ = True


class Account:
    """One account with its own credentials, rules, journal and clock. Its methods leave other accounts alone.

    The credentials of each vendor are an attribute: `account.aliyun.access_key_id`, `account.wechat.appid`.
    Methods block until the server has answered; `await account.aio.advance(3)` lets a running event loop go on.
    """

    def __init__(self, control: Control, name: str) -> None:
        self._control = control
        self._name = name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name} at {self.url or 'no URL yet'}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        """Delete the account with everything in it."""
        self.control("DELETE", f"accounts/{quote(self.id, safe='')}")

    # -- who it is

    @cached_property
    def form(self) -> Mapping[str, Any]:
        """Return the account as the server returns it: id, name and credentials."""
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

    def __getattr__(self, name: str) -> SimpleNamespace:
        """Return the credentials that the account has under this name, each as an attribute."""
        if not name.startswith("_") and isinstance(found := self.form.get(name), Mapping):
            return SimpleNamespace(**found)
        raise AttributeError(f"an account has neither an attribute nor credentials of the name {name!r}")

    @property
    def env(self) -> dict[str, str]:
        """Return URLs and credentials as variables, for `monkeypatch.setenv` or `subprocess.run(env=...)`."""
        return build_variables(self.form, self.url)

    def account(self, **credentials: Any) -> "Account":
        """Make another account on the server. What is not given is generated; `with` deletes the account at its end."""
        form = self.control("POST", "accounts", credentials)
        fresh = Account(self._control, form["id"])
        fresh.form = form
        return fresh

    # -- what comes back

    def rule(self, match: Mapping[str, Any] | None = None, **outcome: Any) -> dict[str, Any]:
        """Push a rule in the form of a fixture: `rule({"url": {"contains": "cat"}}, verdict="porn", times=1)`."""
        return self._ask_scoped("POST", "rules", {"match": match or {}, **outcome})

    def verdict(self, verdict: Any, match: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Give every matching picture or text a verdict: `verdict("porn/sexy")`. `respond={...}` patches the answer."""
        return self.rule(match, verdict=verdict, **more)

    def error(self, code: Any, match: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Let matching calls fail with a code, such as `error("Throttling", times=2)`.

        A code that is in no table is given as `error({"code": ..., "message": ...}, {"provider": ...})`.
        """
        return self.rule(match, error=code, **more)

    def fault(self, fault: Any, match: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Disturb matching calls: `fault("reset")`, `fault({"name": "slow", "bytes_per_second": 9})`."""
        return self.rule(match, fault=fault, **more)

    def settings(self, patch: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the settings of the account, after applying `patch` (a JSON merge patch) if one is given."""
        return self._ask_scoped("GET", "settings") if patch is None else self._ask_scoped("PATCH", "settings", patch)

    def reset(self) -> None:
        """Reset the account as if nothing had happened; its credentials stay."""
        self._ask_scoped("POST", "reset")

    # -- time

    def advance(self, seconds: float) -> dict[str, Any]:
        """Move the account's clock. Before the call returns, everything that fell due has been done, including those
        repeated pushes of callbacks whose gaps end within that time.
        """
        return self._ask_scoped("POST", "clock", {"advance": seconds})

    def set_clock(self, when: datetime | str | float) -> dict[str, Any]:
        """Set the account's clock to a datetime (a naive one is local time, as in Python), ISO 8601 text with its
        zone, or Unix seconds. It runs on from there.

        Where a test freezes Python's time, `set_clock(datetime.now(UTC))` makes the timestamps of clients valid. A
        timestamp may be 15 minutes off the account's clock or off real time.
        """
        moment = when.timestamp() if isinstance(when, datetime) else when
        return self._ask_scoped("POST", "clock", {"set": moment})

    def freeze(self, frozen: bool = True) -> dict[str, Any]:
        """Stop the account's clock, or let it run again.

        What is due at once still happens. To see a callback before it is pushed, submit `emu-delay-30s` while the clock
        is frozen. After `advance(29)` the callback is `held` in `callbacks()`; `advance(2)` then pushes it.
        """
        return self._ask_scoped("POST", "clock", {"freeze": frozen})

    # -- what happened

    def journal(self, **filters: Any) -> list[dict[str, Any]]:
        """Return the calls of this account, newest first; `filters` are those of `GET journal`."""
        return list(self._ask_scoped("GET", "journal", **filters)["items"])

    def entry(self, entry: str | int) -> dict[str, Any]:
        """Return one call in full: request, response, near misses, signature."""
        return dict(self.control("GET", f"journal/{entry}"))

    def verify(self, match: Mapping[str, Any] | None = None, count: Any = None, order: Any = None) -> dict[str, Any]:
        """Raise AssertionError unless `count` calls match: a number or {"min":, "max":}; by default at least one.

        `match` has the keys of a rule, and `status`, `code`, `outcome`. Calls must meet the matches in `order` in turn.
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
        """Return what the client does that works here, but fails or costs money with the real service."""
        return list(self._ask_scoped("GET", "etiquette")["items"])

    def callbacks(self, **filters: Any) -> list[dict[str, Any]]:
        """Return the callbacks of this account, newest first; filters are `state`, `task_id`, `data_id`."""
        return list(self._ask_scoped("GET", "callbacks", **filters)["items"])

    def redeliver(self, callback: str, url: str | None = None) -> dict[str, Any]:
        """Push a callback once more, to another URL if one is given, and return it with the new attempt at the end."""
        body = {} if url is None else {"url": url}
        return dict(self.control("POST", f"callbacks/{quote(callback, safe='')}/redeliver", body))

    def codes(
        self, provider: str | None, operation: str, via: str = "https", lang: str = "en", **options: Any
    ) -> Iterator[Case]:
        """Yield each documented error of an operation, explained in English or Chinese ("zh"):
        `for case in emulator.codes(...): with case: ...`.
        """
        return iterate_cases(self, provider, operation, via, lang, **options)

    # -- the rest

    def control(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Send any request to the control API, and return its answer. Raises ControlError."""
        return self._control.ask(method, path, body, **query)

    @property
    def aio(self) -> Aio:
        """Return the same methods for `await`, so that the loop runs on: `await account.aio.advance(3)`."""
        return Aio(self)

    def _ask_scoped(self, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        return dict(self.control(method, path, body, **{"account": self._name, **query}))
