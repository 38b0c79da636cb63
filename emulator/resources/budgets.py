"""Budgets: how many bytes each kind of data may take, over all accounts together. No other module sets such limits.

Sizes are estimates of the memory that a thing takes, counted when it comes and when it goes. When a budget is used up,
data that is kept for later (journal, results, nonces, callbacks that ended) makes room: the holder with the most
forgets its oldest. Data that was asked for on purpose (rules, accounts, waiting callbacks, open requests) is refused.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

MIB = 1024 * 1024


class Share:
    """The part of a budget that one holder uses.

    `shed` drops the oldest thing that the holder has and gives back its bytes. It returns False when there is none.
    """

    def __init__(self, budget: "Budget", shed: Callable[[], bool]) -> None:
        self._budget = budget
        self._shed = shed
        self.used = 0
        budget.shares[self] = None

    def take(self, size: int) -> None:
        """Count bytes that came. If the budget is exceeded, the holders with the most make room."""
        self.used += size
        self._budget.used += size
        if self._budget.used > self._budget.most:
            self._budget.make_room()

    def give(self, size: int) -> None:
        """Count bytes that went."""
        self.used -= size
        self._budget.used -= size

    def shed(self) -> bool:
        """Drop the oldest thing that the holder has. Return whether there was one."""
        return self._shed()

    def close(self) -> None:
        """Give everything back, as the holder is gone. What still comes to it is not counted any more."""
        self._budget.used -= self.used
        self._budget.shares.pop(self, None)
        self._budget = Budget(self._budget.most)
        self._shed = _shed_nothing  # else the holder would keep itself alive


def _shed_nothing() -> bool:
    return False


class Budget:
    """At most `most` bytes for one kind of data, of which some are `used`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0
        self.shares: dict[Share, None] = {}

    def fits(self, size: int) -> bool:
        """Return whether there is room for `size` more bytes."""
        return self.used + size <= self.most

    def take(self, size: int) -> bool:
        """Count bytes that came. Return False, and count nothing, when there is no room for them."""
        if not self.fits(size):
            return False
        self.used += size
        return True

    def give(self, size: int) -> None:
        """Count bytes that went."""
        self.used -= size

    def make_room(self) -> None:
        """Let the holders with the most drop their oldest things until everything fits again."""
        while self.used > self.most:
            fullest_first = sorted(self.shares, key=lambda share: -share.used)
            if not any(share.shed() for share in fullest_first):
                break


class Budgets(NamedTuple):
    """The budgets of one server.

    journal: Calls as they are kept; pages of them are compressed.
    results: Tasks that were accepted, tokens, and other things that are kept for a time.
    nonces: Nonces that must not come again.
    callbacks: Callbacks that wait, and callbacks that are remembered after their end.
    rules: Rules of the control API with their compiled patterns.
    accounts: Credentials of accounts that were made by the control API.
    requests: What was received of requests that are not answered yet.
    """

    journal: Budget
    results: Budget
    nonces: Budget
    callbacks: Budget
    rules: Budget
    accounts: Budget
    requests: Budget

    def iterate(self) -> Iterator[tuple[str, Budget]]:
        """Yield each budget with its name."""
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
