"""The store with a file: what lasts is written before memory is changed, so that a killed process loses nothing.

Memory stays the truth for whoever reads. Nonces, quotas, journals and counters are in memory alone.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import orjson

from emulator.error_types import Refusal
from emulator.resources.turns import take_turns
from emulator.rules.rule import Rule
from emulator.rules.rulebooks import ControlRules
from emulator.state.accounts import Account, Accounts
from emulator.state.callbacks.callback import NAME, Callback
from emulator.state.callbacks.dispatcher import Dispatcher
from emulator.state.store import Change, Claim
from emulator.state.store.change_log import ChangeLog, Written
from emulator.state.store.memory import MemoryStore
from emulator.state.store.row import SHARED, Row, StateUnwritable
from emulator.state.store.written import WrittenForm

_AT_ONCE = 200  # rows that are written in one go; each takes some microseconds


class FileStore:
    """Keeps what lasts in a file and in memory, and all else in memory alone."""

    def __init__(
        self, log: ChangeLog, form: WrittenForm, accounts: Accounts, dispatcher: Dispatcher, rules: ControlRules
    ) -> None:
        """Write to a log. Accounts, dispatcher and rules say what memory still has."""
        self._log = log
        self._form = form
        self._accounts = accounts
        self._dispatcher = dispatcher
        self._rules = rules
        self._memory = MemoryStore(dispatcher)
        self._settled = 0
        dispatcher.note_progress = self._keep_progress

    @property
    def failure(self) -> str | None:
        """Return why nothing can be written for now; None while all is well."""
        return self._log.failure

    async def claim(self, account: Account, claims: Sequence[Claim]) -> Refusal | None:
        """Make the claims of a call in their order, and return the refusal of the first that fails."""
        return await self._memory.claim(account, claims)

    async def commit(self, account: Account, changes: Sequence[Change], spent: Sequence[Rule] = ()) -> None:
        """Keep the changes of a call, and how often the rules were used that it spent, all of that or nothing.

        Raises StateUnwritable.
        """
        prepared = self._memory.prepare(account, changes)
        rows = [_build_row(account, change) for change in prepared]
        rows += [Row("hits", rule.account or SHARED, name_rule(rule), rule.hits) for rule in spent]
        try:
            await self.keep(rows)
        except StateUnwritable:
            for rule in spent:
                rule.give_back()
            raise
        self._memory.apply(account, prepared)

    async def keep(self, rows: Sequence[Row]) -> None:
        """Write rows, all of them or none. Raises StateUnwritable."""
        if len(rows) <= _AT_ONCE:
            written = [self._write(row) for row in rows]
        else:
            written = [self._write(row) async for row in take_turns(rows)]
        await self._log.append(written)

    async def sync(self) -> None:
        """Wait until what became of callbacks so far is written, or has to be tried again later."""
        with suppress(StateUnwritable):
            await self._log.append([])

    async def fetch(self, account: Account, keys: Sequence[str]) -> Mapping[str, Any]:
        """Return the values that are kept under these keys."""
        return await self._memory.fetch(account, keys)

    def describe(self) -> dict[str, Any]:
        """Return what `GET info` says of the store: where the file lies, and how full it is."""
        log = self._log
        return {
            "kind": "file",
            "path": str(log.path.resolve()),
            "rows": log.count,
            "bytes": log.measure_bytes(),
            "failure": log.failure,
        }

    def tend(self) -> None:
        """Have the file compacted if most of its rows hold no more; to be called every second or so.

        Only rows are looked at that were written before the last call, since memory has these by now.
        """
        if self._log.is_overfull:
            self._log.append_behind([self._write(Row("number", SHARED, *pair)) for pair in self._list_numbers()])
            self._log.compact(self._settled, self._holds)
        self._settled = self._log.newest

    async def close(self) -> None:
        """Write what was handed over, and close the file."""
        await asyncio.to_thread(self._log.close)

    def _write(self, row: Row) -> Written:
        kind, account, key, value = row
        return kind, account, key, None if value is None else self._form.write(value)

    def _list_numbers(self) -> list[tuple[str, int]]:
        """Return the highest numbers that were given, so that none is given twice when their rows are gone."""
        rules = self._rules.highest
        return [("account", self._accounts.highest), ("callback", self._dispatcher.highest), ("rule", rules)]

    def _holds(self, kind: str, account: str, key: str) -> bool:
        """Return whether memory still has what a row keeps. Called in the thread of the log."""
        if account == SHARED or kind == "account":
            return True
        owner = self._accounts.find(account)
        if owner is None:
            return False
        if kind in ("value", "token"):
            return owner.memory.holds(key)
        return kind not in ("callback", "progress") or owner.outbox.find(f"{NAME}{key}") is not None

    def _keep_progress(self, callback: Callback) -> None:
        """Write what became of a callback, behind the push: at worst it is pushed once more."""
        if callback.state != "dropped":
            row = Row("progress", callback.account, str(callback.number), callback.describe_progress())
            self._log.append_behind([self._write(row)])


def name_rule(rule: Rule) -> str:
    """Return the key of a rule's hits: its id, or of a rule of a file what stands in it, since its id may change."""
    if rule.is_pushed:
        return rule.id
    return hashlib.sha256(orjson.dumps(rule.form, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _build_row(account: Account, change: Change) -> Row:
    """Return the row that keeps a change. A value has its end, its seconds and its size beside it."""
    value = change.value
    if change.kind == "callback":
        return Row("callback", account.id, str(value.number), value.describe())
    if change.kind == "credentials":
        return Row("credentials", account.id, change.key, asdict(value))
    until = account.clock.now() + change.seconds
    return Row(change.kind, account.id, change.key, (value, until, change.seconds, change.size))
