"""Uses a server that others use as well: notes what is changed from here, and undoes it on leaving."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from emulator.testing.control import Control, ControlError

__tracebackhide__ = True

_GONE_STATUSES = (404, 409)  # of a thing that somebody else removed meanwhile

SettingPath = tuple[str, ...]  # the keys that lead to a setting: ("limits", "wechat", "per_day")


@dataclass
class _ClockChange:
    """What was done to one clock from here.

    `moved` is how far it was moved, in seconds. `frozen_since` is when it was frozen (real time, in Unix seconds); None
    if it was not frozen from here.
    """

    moved: float = 0.0
    frozen_since: float | None = None

    def record(self, body: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Note one change of the clock: `body` is the request, `before` and `after` are the clock by the server."""
        if after["frozen"] and not before["frozen"]:
            self.frozen_since = _read_real_time(after)
        elif before["frozen"] and not after["frozen"]:
            self.moved -= self._measure_frozen(_read_real_time(after))
            self.frozen_since = None
        if "advance" in body:
            self.moved += body["advance"]
        elif "set" in body:
            self.moved += after["offset"] - before["offset"]

    def build_undo(self, clock: Mapping[str, Any]) -> dict[str, Any]:
        """Return the request that undoes the changes; empty where the clock was reset, or is as it was."""
        now = _read_real_time(clock)
        is_frozen_here = self.frozen_since is not None and clock["frozen"]
        offset = clock["offset"] - self.moved + (self._measure_frozen(now) if is_frozen_here else 0)
        if not is_frozen_here and (abs(self.moved) < 1e-3 or abs(clock["offset"]) < 1e-3):
            return {}
        return {"set": now + offset, **({"freeze": False} if is_frozen_here else {})}

    def _measure_frozen(self, now: float) -> float:
        return 0 if self.frozen_since is None else now - self.frozen_since


class BorrowedControl(Control):
    """Notes rules that are pushed, accounts that are made, and changes to settings and clocks of other accounts."""

    def __init__(self, url: str, timeout: float, token: str = "") -> None:
        super().__init__(url, timeout, token)
        self._rules: dict[str, None] = {}
        self._accounts: dict[str, None] = {}
        self._settings: dict[str, dict[SettingPath, tuple[Any, Any]]] = {}
        self._clocks: dict[str, _ClockChange] = {}

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Send the request as `Control.ask` does, and note what it changed.

        What belongs to an account that was made here is not noted: it is deleted with the account.
        """
        account = query.get("account")
        change = {("PATCH", "settings"): self._patch_settings, ("POST", "clock"): self._change_clock}.get(
            (method, path)
        )
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

    def undo_changes(self) -> None:
        """Undo what was noted. What somebody else changed or removed since is left as it is."""
        for path in (*(f"rules/{rule}" for rule in self._rules), *(f"accounts/{each}" for each in self._accounts)):
            self._ask_unless_gone("DELETE", path)
        for account, changes in self._settings.items():
            self._undo_settings(account, changes)
        for account, change in self._clocks.items():
            clock = self._ask_unless_gone("GET", "clock", account=account)
            if clock and (body := change.build_undo(clock)):
                self._ask_unless_gone("POST", "clock", body, account=account)

    def _patch_settings(self, patch: Any, account: str) -> Any:
        before = super().ask("GET", "settings", account=account)
        after = super().ask("PATCH", "settings", patch, account=account)
        changes = self._settings.setdefault(account, {})
        for path in _iterate_setting_paths(patch):
            first = changes[path][0] if path in changes else _find_setting(before, path)
            changes[path] = (first, _find_setting(after, path))
        return after

    def _change_clock(self, body: Any, account: str) -> Any:
        before = super().ask("GET", "clock", account=account)
        after = super().ask("POST", "clock", body, account=account)
        self._clocks.setdefault(account, _ClockChange()).record(body, before, after)
        return after

    def _undo_settings(self, account: str, changes: Mapping[SettingPath, tuple[Any, Any]]) -> None:
        """Give each setting its former value; a setting that had the server's value follows the server again."""
        now = self._ask_unless_gone("GET", "settings", account=account)
        if not now:
            return
        server = super().ask("GET", "settings")
        ours = {path: old for path, (old, new) in changes.items() if _find_setting(now, path) == new}
        own = {steps: old for steps, old in ours.items() if old not in (None, _find_setting(server, steps))}
        for values in (dict.fromkeys(ours), own):
            if values:
                self._ask_unless_gone("PATCH", "settings", _nest_settings(values), account=account)

    def _ask_unless_gone(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        try:
            return super().ask(method, path, body, **query)
        except ControlError as error:
            if error.status not in _GONE_STATUSES:
                raise
            return None

    def _forget(self, account: str | None) -> None:
        for notes in (self._settings, self._clocks):
            if account is None:
                notes.clear()
            else:
                notes.pop(account, None)


def _read_real_time(clock: Mapping[str, Any]) -> float:
    """Return the real time of the server's machine, in Unix seconds."""
    return float(clock["unix"] - clock["offset"])


def _iterate_setting_paths(patch: Mapping[str, Any], path: SettingPath = ()) -> Iterator[SettingPath]:
    """Yield the path of each setting that a patch sets. A latency is one setting, whatever it contains."""
    for name, value in patch.items():
        if isinstance(value, Mapping) and value and name != "latency":
            yield from _iterate_setting_paths(value, (*path, name))
        else:
            yield (*path, name)


def _find_setting(form: Any, path: SettingPath) -> Any:
    for step in path:
        form = form.get(step) if isinstance(form, Mapping) else None
    return form


def _nest_settings(values: Mapping[SettingPath, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for (*outer, last), value in values.items():
        inner = nested
        for step in outer:
            inner = inner.setdefault(step, {})
        inner[last] = value
    return nested
