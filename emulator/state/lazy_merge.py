"""Merges sources that are sorted by id, and reads each source as late as possible."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import Protocol, TypeVar


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


_T = TypeVar("_T", bound=_Numbered)


def merge_by_id(sources: list[tuple[int, Iterator[_T]]], sign: int) -> Iterator[_T]:
    """Yield the things of all sources by id: upwards if `sign` is 1, downwards if it is -1.

    Each source comes with the id of its first thing, or an id beyond, so that nothing is read before it is needed.
    """
    heap = [(sign * first, number, things) for number, (first, things) in enumerate(sources)]
    heapify(heap)
    read: dict[int, _T] = {}
    while heap:
        _key, number, things = heappop(heap)
        if (thing := read.pop(number, None)) is not None:
            yield thing
        if (thing := next(things, None)) is not None:
            read[number] = thing
            heappush(heap, (sign * thing.id, number, things))
