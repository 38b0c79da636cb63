"""Brings back what a state file kept: the configuration first, then the kept changes over it."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from emulator.app import App, Conflict
from emulator.app.accounts import build_row, hold_account
from emulator.app.rules import parse_kept_rule
from emulator.app.settings import apply_settings
from emulator.config.load import build_account_settings
from emulator.config.update import patch_settings
from emulator.resources.garbage import pause_garbage_collection
from emulator.rules.rule import Rule
from emulator.state.accounts import Account, build_account
from emulator.state.callbacks.callback import restore_callback
from emulator.state.clock import Face
from emulator.state.store.file import name_rule
from emulator.state.store.opened import OpenedState
from emulator.state.store.row import SHARED, Row, StateUnusable, StateUnwritable
from emulator.types import Problems

log = logging.getLogger("emulator")


async def restore(app: App, opened: OpenedState) -> None:
    """Bring back everything that was kept, before the first call is taken.

    What no longer fits beside the configuration is dropped with a warning. Raises StateUnusable for what this version
    cannot read.
    """
    with pause_garbage_collection():
        restorer = _Restorer(app, opened)
        app.state.dispatcher.highest = opened.kept.numbers["callback"]
        app.state.rule_engine.control.highest = opened.kept.numbers["rule"]
        forgotten = [Row("account", account, "", None) for account in restorer.restore_accounts()]
        await restorer.restore_settings()
        for account in app.state.accounts:
            restorer.restore_account(account)
        for owner in (None, *(account.id for account in app.state.accounts)):
            await restorer.restore_rules(owner)
        restorer.restore_hits_of_files()
    new = [account for account in app.state.accounts if not opened.kept.find_group("account", account.id)]
    try:
        await app.state.store.keep([*forgotten, *map(build_row, new)])
    except StateUnwritable:
        raise StateUnusable(f"it cannot be written: {app.state.store.failure}") from None
    opened.kept.clear()


class _Restorer:
    """Reads what was kept, and puts it where it was."""

    def __init__(self, app: App, opened: OpenedState) -> None:
        self._app = app
        self._state = app.state
        self._kept = opened.kept
        self._read = opened.form.read

    def restore_accounts(self) -> Iterator[str]:
        """Bring back the accounts that were made here; yield the ids of those that are gone for good.

        These are accounts that the configuration has no more, and accounts whose names or credentials it has now.
        """
        state = self._state
        for name in self._kept.list_accounts():
            form = dict(self._read_group("account", name).get("", {}))
            if not form or state.accounts.find(name) is not None:
                continue
            if form["source"] == "config":
                log.warning("the configuration has no account %r any more: what was kept of it is gone", form["name"])
                yield name
                continue
            try:
                account = build_account(form, name, state.accounts.kinds, state.settings, state.budgets, "control")
                hold_account(self._app, account)
            except (Conflict, KeyError, TypeError) as reason:
                log.warning("account %r that was made here is gone: %s", form["name"], reason)
                yield name

    async def restore_settings(self) -> None:
        """Bring back the settings that were changed while the server ran. Raises StateUnusable."""
        if patch := self._read_group("settings").get(""):
            try:
                changed = patch_settings(self._state.settings, patch, self._app.provided_settings)
            except Problems as problems:
                text = f"it keeps a change of settings that no longer fits: {problems.found[0]}"
                raise StateUnusable(text) from None
            await apply_settings(self._app, changed)

    def restore_account(self, account: Account) -> None:
        """Bring back what one account had: settings, time, credentials, values and callbacks. Raises StateUnusable."""
        own = self._read_group("own_settings", account.id).get("")
        if own:
            try:
                provided = self._app.provided_settings
                account.settings = build_account_settings(self._state.settings, own, provided)
            except Problems as problems:
                text = f"it keeps settings of account {account.name!r} that no longer fit: {problems.found[0]}"
                raise StateUnusable(text) from None
            account.own_settings = own
        if face := self._read_group("clock", account.id).get(""):
            account.clock.turn(Face(*face))
        self._restore_credentials(account)
        self._restore_values(account)
        self._restore_callbacks(account)

    def _restore_credentials(self, account: Account) -> None:
        for name, form in self._read_group("credentials", account.id).items():
            kind, before = account.kinds[name], account.credentials[name]
            kept = kind.parse(form)
            if [*kind.list_ids(kept)] == [*kind.list_ids(before)]:
                account.credentials[name] = kept
            else:
                text = "what was registered for the %s credentials of account %r is gone: the configuration has others"
                log.warning(text, name, account.name)

    def _restore_values(self, account: Account) -> None:
        now = account.clock.now()
        kept = [*self._read_group("value", account.id).items(), *self._read_group("token", account.id).items()]
        for key, (value, until, seconds, size) in sorted(kept, key=lambda pair: float(pair[1][1])):
            if until > now:
                account.memory.put(key, value, until - seconds, seconds, size)

    def _restore_callbacks(self, account: Account) -> None:
        progress = self._read_group("progress", account.id)
        for number, kept in self._read_group("callback", account.id).items():
            callback = restore_callback(int(number), account.id, kept, progress.get(number))
            self._state.dispatcher.schedule(account, callback)

    async def restore_rules(self, owner: str | None) -> None:
        """Bring back the pushed rules of one account, or with None those for all, in their order."""
        kept = self._read_group("rule", owner or SHARED)
        hits = self._read_group("hits", owner or SHARED)
        control = self._state.rule_engine.control
        rules: list[Rule] = []
        for name, (form, push, _at) in sorted(kept.items(), key=lambda pair: (-pair[1][1], pair[1][2])):
            control.pushes = max(control.pushes, push)
            try:
                rule = parse_kept_rule(self._app, form, name, owner)
            except Problems as problems:
                log.warning("rule %s that was pushed is gone: %s", name, problems.found[0])
                continue
            rule.hits = hits.get(name, 0)
            rules.append(rule)
        if rules:
            await control.change(owner, lambda _present: rules)

    def restore_hits_of_files(self) -> None:
        """Bring back how often the rules of files were used that say how often they may be."""
        hits = self._read_group("hits")
        if hits:
            for rule in self._state.rule_engine.files.rules:
                if rule.times is not None:
                    rule.hits = hits.get(name_rule(rule), 0)

    def _read_group(self, kind: str, account: str = SHARED) -> Mapping[str, Any]:
        return {key: self._read(value) for key, value in self._kept.find_group(kind, account).items()}
