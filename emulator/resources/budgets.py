"""Budgets: how many bytes each kind of thing may hold, over all accounts together. The one place that says so.

Sizes are estimates of what a thing takes in memory, counted when it comes and when it goes. Where a budget is used up,
what is kept for later (journal, results, nonces, callbacks that ended) makes room: the oldest of whoever holds most is
forgotten. What was asked for on purpose (rules, accounts, callbacks that wait, requests under way) is refused instead.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

MIB = 1024 * 1024


class Share:
    """What one holder has of a budget. `shed` drops its oldest and gives back what that held; False without any."""

    def __init__(self, budget: "Budget", shed: Callable[[], bool]) -> None:
        self._budget = budget
        self._shed = shed
        self.used = 0
        budget.shares[self] = None

    def take(self, size: int) -> None:
        """Count what came; the fullest holders make room where it is too much."""
        self.used += size
        self._budget.used += size
        if self._budget.used > self._budget.most:
            self._budget.make_room()

    def give(self, size: int) -> None:
        """Count what went."""
        self.used -= size
        self._budget.used -= size

    def shed(self) -> bool:
        """Drop the oldest that is held; whether there was one."""
        return self._shed()

    def close(self) -> None:
        """Give everything back: the holder is gone. What still comes to it is counted nowhere."""
        self._budget.used -= self.used
        self._budget.shares.pop(self, None)
        self._budget = Budget(self._budget.most)
        self._shed = _shed_nothing  # else the holder would hold itself


def _shed_nothing() -> bool:
    return False


class Budget:
    """So many bytes at `most`, of which so many are `used`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0
        self.shares: dict[Share, None] = {}

    def fits(self, size: int) -> bool:
        """Tell whether there is room for so many bytes more."""
        return self.used + size <= self.most

    def take(self, size: int) -> bool:
        """Count what came; False, and nothing is counted, where there is no room for it."""
        if not self.fits(size):
            return False
        self.used += size
        return True

    def give(self, size: int) -> None:
        """Count what went."""
        self.used -= size

    def make_room(self) -> None:
        """Let the fullest holders drop their oldest until all fits again."""
        while self.used > self.most:
            fullest_first = sorted(self.shares, key=lambda share: -share.used)
            if not any(share.shed() for share in fullest_first):
                break


class Budgets(NamedTuple):
    """The budgets of one server."""

    journal: Budget  # calls as they are kept, pages of them compressed
    results: Budget  # tasks that were taken, tokens, and what else is kept for a time
    nonces: Budget  # those that may not come again
    callbacks: Budget  # those that wait, and those that are remembered after their end
    rules: Budget  # pushed rules with their compiled patterns
    accounts: Budget  # credentials of accounts made over the control plane
    requests: Budget  # what came of requests that are not answered yet

    def iterate(self) -> Iterator[tuple[str, Budget]]:
        """Yield each with its name."""
        return zip(self._fields, self, strict=True)


def make_budgets() -> Budgets:
    """Return empty budgets of the usual sizes."""
    return Budgets(
        journal=Budget(128 * MIB),
        results=Budget(256 * MIB),
        nonces=Budget(128 * MIB),
        callbacks=Budget(256 * MIB),
        rules=Budget(256 * MIB),
        accounts=Budget(128 * MIB),
        requests=Budget(256 * MIB),
    )
