"""Finds, among many rules, the few that can hold for given facts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from typing import Any, Generic, NamedTuple, TypeVar

from emulator.rules.conditions import Condition, Facts
from emulator.rules.words import Words

T = TypeVar("T")
Conditions = tuple[Condition, ...]
Positions = list[int]
Table = dict[Any, Positions]

# Facts that differ from item to item. The others (provider, format, width, ...) tell few rules apart.
_DISTINCTIVE = frozenset({"url", "text", "sha256", "filename", "data_id"})


class Index(Generic[T]):
    """Payloads in order of precedence, each filed under the condition that best distinguishes it from the others."""

    def __init__(self, entries: Iterable[tuple[Conditions, T]]) -> None:
        filed = tuple(entries)
        common = _count_literals(conditions for conditions, _ in filed)
        exact: defaultdict[str, Table] = defaultdict(dict)
        words: defaultdict[str, Table] = defaultdict(dict)
        others: defaultdict[str, Positions] = defaultdict(list)
        self._always: Positions = []
        self._unproven: list[Conditions] = []
        self._payloads = [payload for _, payload in filed]
        for position, (conditions, _) in enumerate(filed):
            handle = min(_list_handles(conditions, common), default=None, key=lambda handle: handle.cost)
            self._unproven.append(_list_unproven(conditions, handle))
            if handle is not None:
                tables = exact if handle.condition.operator == "equals" else words
                _file(position, handle.values, tables[handle.condition.key])
            elif conditions:
                others[conditions[0].key].append(position)
            else:
                self._always.append(position)
        self.unindexed = len(self._always) + sum(map(len, others.values()))
        """The number of entries that must be tried one by one, as no condition distinguishes them."""
        keys = {**exact, **words, **others}
        self._shelves = [_Shelf(key, exact[key], words[key], others[key]) for key in keys]

    def __len__(self) -> int:
        return len(self._payloads)

    def find_matching(self, facts: Facts) -> Iterable[T]:
        """Return the payloads of the entries whose conditions all hold, in order. They are found one by one, as asked
        for.
        """
        found = self._find_candidates(facts)
        return self._filter_proven(merge(*found) if len(found) > 1 else found[0], facts) if found else ()

    def find_near(self, facts: Facts) -> Iterator[T]:
        """Yield the payloads of the entries that a fact points to, in order. Their other conditions need not hold."""
        pointed = self._find_candidates(facts)[bool(self._always) :]
        for position in merge(*pointed):
            yield self._payloads[position]

    def _filter_proven(self, positions: Iterable[int], facts: Facts) -> Iterator[T]:
        last = -1
        for position in positions:
            if position != last and all(condition.holds(facts) for condition in self._unproven[position]):
                yield self._payloads[position]
            last = position

    def _find_candidates(self, facts: Facts) -> list[Positions]:
        """Return ascending lists of positions that together name every entry that can hold."""
        found = [self._always] if self._always else []
        for shelf in self._shelves:
            fact = facts.get(shelf.key)
            if fact is None:
                continue
            if positions := shelf.exact.get(fact):
                found.append(positions)
            if shelf.words is not None and isinstance(fact, str):
                found += [shelf.of_words[number] for number in shelf.words.find_in(fact)]
            if shelf.others:
                found.append(shelf.others)
        return found


class _Shelf:
    """The entries filed under one key: by an `exact` value, by a word in it (`words`), or in any other way
    (`others`).
    """

    def __init__(self, key: str, exact: Table, words: Table, others: Positions) -> None:
        self.key = key
        self.exact = exact
        self.words = Words(words) if words else None
        self.of_words = list(words.values())
        self.others = others


class _Handle(NamedTuple):
    """A condition under which an entry can be filed: the fact equals or contains one of `values`. Low `cost` is
    good.
    """

    cost: tuple[int, int, int]
    condition: Condition
    values: tuple[Any, ...]


def _list_handles(conditions: Conditions, common: Mapping[tuple[str, Any], int]) -> Iterator[_Handle]:
    """Yield the conditions that an entry can be filed under, each with its cost.

    The best condition compares a distinctive fact with values. The next best searches such a fact for literals. The
    last choice compares any other fact with values.
    """
    for condition in conditions:
        key, distinctive = condition.key, condition.key in _DISTINCTIVE
        if condition.operator == "equals":
            crowd = max((common[key, value] for value in condition.values), default=0)
            yield _Handle((0 if distinctive else 2, crowd, 0), condition, condition.values)
        elif distinctive and (literals := condition.list_literals()) and all(literals):
            values = tuple(min(runs, key=lambda run: (common[key, run], -len(run))) for runs in literals)
            yield _Handle((1, max(common[key, value] for value in values), -min(map(len, values))), condition, values)


def _count_literals(entries: Iterable[Conditions]) -> Counter[tuple[str, Any]]:
    """Count the uses of each literal: one that many entries share distinguishes none of them."""
    return Counter(
        (condition.key, run)
        for conditions in entries
        for condition in conditions
        for runs in condition.list_literals()
        for run in runs
    )


def _list_unproven(conditions: Conditions, handle: _Handle | None) -> Conditions:
    """Return the conditions that are still open once the entry was found under its handle."""
    if handle is None or handle.condition.operator not in {"equals", "contains"}:
        return conditions
    return tuple(condition for condition in conditions if condition is not handle.condition)


def _file(position: int, values: Iterable[Any], table: Table) -> None:
    for value in values:
        positions = table.get(value)
        if positions is None:
            table[value] = [position]
        else:
            positions.append(position)
