"""Rulebooks: rules with an index.

All rules of files are in one book. Rules of the control API are in books of their own, one for each account.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from heapq import merge

from emulator.resources.budgets import Budget
from emulator.resources.garbage import pause_garbage_collection
from emulator.resources.turns import release
from emulator.rules.conditions import Facts
from emulator.rules.index import Index
from emulator.rules.precedence import rank
from emulator.rules.rule import Rule

_NUMBERED = re.compile(r"rule-([0-9]{1,15})").fullmatch
_AT_ONCE = 200  # rules that are indexed at once; more rules are indexed in a thread


class Rulebook:
    """The rules of one source, in order of precedence.

    rules: All of them.
    by_id: The rules by their ids.
    size: The bytes that they take in memory, as an estimate.
    per_call: The index of rules that are asked once for each call.
    per_item: The index of rules that are asked for each picture or text.
    unindexed: How many rules must be tried one by one, because no fact points to them.
    """

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules: Sequence[Rule] = tuple(rules)
        self.by_id = {rule.id: rule for rule in self.rules}
        self.size = sum([rule.size for rule in self.rules])
        self.per_call: Index[Rule] = Index((rule.conditions, rule) for rule in self.rules if rule.is_per_call)
        per_item_rules = (rule for rule in self.rules if not rule.is_per_call)
        self.per_item: Index[Rule] = Index((rule.conditions, rule) for rule in per_item_rules)
        self.unindexed = self.per_call.unindexed + self.per_item.unindexed


class ControlRules:
    """The rules of the control API: one book for each account, and under None a book of the rules for all accounts.

    With several books, a change costs no more than the rules of one book. The bytes of all rules are counted in
    `budget`.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._books: dict[str | None, Rulebook] = {None: Rulebook()}
        self._locks: dict[str | None, asyncio.Lock] = {}
        self.highest = 0
        """The highest number that the id of a rule ever had."""
        self.pushes = 0
        """How many times rules were pushed."""
        self.count = 0
        """How many rules there are."""
        self.unindexed = 0
        """How many rules must be tried one by one at most."""

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Rule]:
        """Yield all rules in the order in which they are asked."""
        return self._iterate([*self._books])

    def iterate_for(self, account: str | None) -> Iterator[Rule]:
        """Yield the rules that are asked for calls of an account, in the order in which they are asked."""
        return self._iterate([account, None] if account is not None else [None])

    def _iterate(self, owners: Iterable[str | None]) -> Iterator[Rule]:
        own_first = sorted(owners, key=lambda owner: owner is None)
        return merge(*(self.find_book(owner).rules for owner in own_first), key=rank)

    def find_book(self, account: str | None) -> Rulebook:
        """Return the rules of one account, or with None the rules for all accounts."""
        return self._books.get(account) or _EMPTY

    def find(self, name: str) -> Rule | None:
        """Return the rule of this id, None when there is none."""
        return next((book.by_id[name] for book in self._books.values() if name in book.by_id), None)

    def iterate_free_ids(self) -> Iterator[str]:
        """Yield ids that no rule has."""
        while True:
            self.highest += 1
            yield f"rule-{self.highest}"

    def claim_id(self, name: str) -> None:
        """Reserve an id that the caller chose, so that `iterate_free_ids` goes on behind it."""
        if match := _NUMBERED(name):
            self.highest = max(self.highest, int(match[1]))

    def find_per_call(self, account: str, facts: Facts) -> Iterable[Rule]:
        """Return the rules that match a call as a whole, in order of precedence."""
        own, shared = self._books.get(account), self._books[None]
        if own is None or not own.per_call:
            return shared.per_call.find_matching(facts) if shared.per_call else ()
        return _merge(own.per_call, shared.per_call, facts)

    def find_per_item(self, account: str, facts: Facts) -> Iterable[Rule]:
        """Return the rules that match one picture or text, in order of precedence."""
        own, shared = self._books.get(account), self._books[None]
        if own is None or not own.per_item:
            return shared.per_item.find_matching(facts) if shared.per_item else ()
        return _merge(own.per_item, shared.per_item, facts)

    async def change(
        self,
        account: str | None,
        changed: Callable[[Sequence[Rule]], Iterable[Rule]],
        keep: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Replace the rules of an account, or with None the rules for all, by what `changed` makes of them.

        Changes of one book wait for each other. Calls are decided by the old rules until the new book is in place.
        Before it is, `keep` keeps what lasts; if that raises, nothing is changed.
        """
        lock = self._locks.setdefault(account, asyncio.Lock())
        async with lock:
            rules = sorted(changed(self.find_book(account).rules), key=rank)
            if len(rules) <= _AT_ONCE:
                book = Rulebook(rules)
            else:
                book = await asyncio.to_thread(_build_book, rules)
            if keep is not None:
                await keep()
            if self._locks.get(account) is lock:  # else the account was removed meanwhile
                await release(self._put(account, book))

    def drop(self, account: str) -> list[object]:
        """Forget the rules of an account that was removed, and return the objects that the caller must release."""
        self._locks.pop(account, None)
        return self._put(account, _EMPTY)

    def _put(self, account: str | None, book: Rulebook) -> list[object]:
        before = self.find_book(account)
        self.budget.give(before.size - book.size)
        self.unindexed += book.unindexed - before.unindexed
        self.count += len(book.rules) - len(before.rules)
        if account is None or book.rules:
            self._books[account] = book
        else:
            self._books.pop(account, None)
        return list(before.rules)


def _build_book(rules: Sequence[Rule]) -> Rulebook:
    with pause_garbage_collection():
        return Rulebook(rules)


def _merge(own: Index[Rule], shared: Index[Rule], facts: Facts) -> Iterable[Rule]:
    if not shared:
        return own.find_matching(facts)
    return merge(own.find_matching(facts), shared.find_matching(facts), key=rank)


_EMPTY = Rulebook()
