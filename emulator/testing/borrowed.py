"""A server that others use as well: what is changed there from here is noted, and taken back on leaving."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from emulator.testing.control import Control, ControlError

__tracebackhide__ = True

_GONE = (404, 409)  # of what somebody else removed meanwhile

Steps = tuple[str, ...]  # the way to a setting: ("limits", "wechat", "per_day")


@dataclass
class _Turned:
    """How far a clock was moved from here, in seconds, and since when (real time) it stands still by our doing."""

    moved: float = 0.0
    still_since: float | None = None

    def note(self, body: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """One change of the clock, which the server told before and after it."""
        if after["frozen"] and not before["frozen"]:
            self.still_since = _real(after)
        elif before["frozen"] and not after["frozen"]:
            self.moved -= self._stood(_real(after))
            self.still_since = None
        if "advance" in body:
            self.moved += body["advance"]
        elif "set" in body:
            self.moved += after["offset"] - before["offset"]

    def back(self, face: Mapping[str, Any]) -> dict[str, Any]:
        """What gives the clock back what was taken and added here; nothing where it was reset, or is as it was."""
        now = _real(face)
        ours = self.still_since is not None and face["frozen"]
        offset = face["offset"] - self.moved + (self._stood(now) if ours else 0)
        if not ours and (abs(self.moved) < 1e-3 or abs(face["offset"]) < 1e-3):
            return {}
        return {"set": now + offset, **({"freeze": False} if ours else {})}

    def _stood(self, now: float) -> float:
        return 0 if self.still_since is None else now - self.still_since


class Borrowed(Control):
    """Notes rules that are pushed, accounts that are made, and what changes in the settings and clocks of others."""

    def __init__(self, url: str, timeout: float, token: str = "") -> None:
        super().__init__(url, timeout, token)
        self._rules: dict[str, None] = {}
        self._accounts: dict[str, None] = {}
        self._settings: dict[str, dict[Steps, tuple[Any, Any]]] = {}
        self._clocks: dict[str, _Turned] = {}

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The same, and a note of what it changed. What belongs to an account that was made here goes with it."""
        account = query.get("account")
        change = {("PATCH", "settings"): self._patch, ("POST", "clock"): self._turn}.get((method, path))
        if change and account and account not in self._accounts:
            return change(body, account)
        answer = super().ask(method, path, body, **query)
        if (method, path) == ("POST", "rules") and account not in self._accounts:
            stored = answer if isinstance(answer, list) else [answer]
            self._rules |= dict.fromkeys(rule["id"] for rule in stored)
        elif (method, path) == ("POST", "accounts"):
            self._accounts[answer["id"]] = None
        elif (method, path) == ("POST", "reset"):
            self._forget(account)
        elif method == "DELETE":
            kind, _, name = path.partition("/")
            {"rules": self._rules, "accounts": self._accounts}.get(kind, {}).pop(unquote(name), None)
        return answer

    def leave(self) -> None:
        """Take back what was noted; what somebody else changed or removed since is left as it is."""
        for path in (*(f"rules/{rule}" for rule in self._rules), *(f"accounts/{each}" for each in self._accounts)):
            self._unless_gone("DELETE", path)
        for account, noted in self._settings.items():
            self._restore(account, noted)
        for account, turned in self._clocks.items():
            face = self._unless_gone("GET", "clock", account=account)
            if face and (body := turned.back(face)):
                self._unless_gone("POST", "clock", body, account=account)

    def _patch(self, patch: Any, account: str) -> Any:
        before = super().ask("GET", "settings", account=account)
        after = super().ask("PATCH", "settings", patch, account=account)
        noted = self._settings.setdefault(account, {})
        for steps in _leaves(patch):
            first = noted[steps][0] if steps in noted else _at(before, steps)
            noted[steps] = (first, _at(after, steps))
        return after

    def _turn(self, body: Any, account: str) -> Any:
        before = super().ask("GET", "clock", account=account)
        after = super().ask("POST", "clock", body, account=account)
        self._clocks.setdefault(account, _Turned()).note(body, before, after)
        return after

    def _restore(self, account: str, noted: Mapping[Steps, tuple[Any, Any]]) -> None:
        """An account's own setting goes back to what it was, and is its own no more where it was the server's."""
        now = self._unless_gone("GET", "settings", account=account)
        if not now:
            return
        server = super().ask("GET", "settings")
        ours = {steps: old for steps, (old, new) in noted.items() if _at(now, steps) == new}
        own = {steps: old for steps, old in ours.items() if old not in (None, _at(server, steps))}
        for values in (dict.fromkeys(ours), own):
            if values:
                self._unless_gone("PATCH", "settings", _nested(values), account=account)

    def _unless_gone(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        try:
            return super().ask(method, path, body, **query)
        except ControlError as error:
            if error.status not in _GONE:
                raise
            return None

    def _forget(self, account: str | None) -> None:
        for notes in (self._settings, self._clocks):
            if account is None:
                notes.clear()
            else:
                notes.pop(account, None)


def _real(face: Mapping[str, Any]) -> float:
    """What time it really is, in Unix seconds, by the server's clock."""
    return float(face["unix"] - face["offset"])


def _leaves(patch: Mapping[str, Any], steps: Steps = ()) -> Iterator[Steps]:
    """The ways to everything that a patch sets. A latency is one thing."""
    for name, value in patch.items():
        if isinstance(value, Mapping) and value and name != "latency":
            yield from _leaves(value, (*steps, name))
        else:
            yield (*steps, name)


def _at(form: Any, steps: Steps) -> Any:
    for step in steps:
        form = form.get(step) if isinstance(form, Mapping) else None
    return form


def _nested(values: Mapping[Steps, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for (*outer, last), value in values.items():
        inner = nested
        for step in outer:
            inner = inner.setdefault(step, {})
        inner[last] = value
    return nested
