"""The store in memory: everything is lost when the process ends."""

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.error_types import Refusal
from emulator.rules.rule import Rule
from emulator.state.accounts import Account
from emulator.state.callbacks.dispatcher import Dispatcher
from emulator.state.store import Change, Claim
from emulator.state.store.row import Row


class MemoryStore:
    """Keeps what calls use up and leave behind in the memory of their accounts."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    @property
    def failure(self) -> str | None:
        """Return None: memory never fails."""
        return None

    async def claim(self, account: Account, claims: Sequence[Claim]) -> Refusal | None:
        """Make the claims of a call in their order, and return the refusal of the first that fails."""
        memory, now = account.memory, account.clock.now()
        for claim in claims:
            key, looks_only = claim.key, claim.looks_only
            if claim.kind == "once":
                used = 1
                fails = memory.has(key, now) if looks_only else not memory.add_once(key, now, claim.seconds)
            else:
                count = memory.count if looks_only else memory.increment
                used = count(key, now, claim.seconds)
                fails = claim.most is not None and used + looks_only > claim.most
            if fails:
                return claim.make_refusal(used)
        return None

    async def commit(self, account: Account, changes: Sequence[Change], spent: Sequence[Rule] = ()) -> None:  # noqa: ARG002 - rules count themselves
        """Keep the changes of a call."""
        self.apply(account, self.prepare(account, changes))

    def prepare(self, account: Account, changes: Sequence[Change]) -> Sequence[Change]:
        """Return the changes with a callback, which has its number, in place of each result that is to be pushed."""
        make = self._dispatcher.make_callback
        return [
            change._replace(value=make(account, change.value)) if change.kind == "callback" else change
            for change in changes
        ]

    def apply(self, account: Account, prepared: Sequence[Change]) -> None:
        """Change the memory of an account as was prepared."""
        for change in prepared:
            if change.kind == "callback":
                self._dispatcher.schedule(account, change.value)
            elif change.kind == "credentials":
                account.credentials[change.key] = change.value
            else:
                account.memory.put(change.key, change.value, account.clock.now(), change.seconds, change.size)

    async def keep(self, rows: Sequence[Row]) -> None:
        """Do nothing: memory forgets everything with the process."""

    async def sync(self) -> None:
        """Do nothing: there is nothing to wait for."""

    async def fetch(self, account: Account, keys: Sequence[str]) -> Mapping[str, Any]:
        """Return the values that are kept under these keys."""
        now = account.clock.now()
        return {key: value for key in keys if (value := account.memory.get(key, now)) is not None}

    def describe(self) -> dict[str, Any]:
        """Return what `GET info` says of the store."""
        return {"kind": "memory"}

    def tend(self) -> None:
        """Do nothing: memory keeps within its budgets."""

    async def close(self) -> None:
        """Do nothing: memory ends with the process."""
