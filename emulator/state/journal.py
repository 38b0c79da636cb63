"""What happened: the last calls of one account, kept small."""

import marshal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import Any, NamedTuple

from emulator.resources.budgets import MIB, Budget, Share

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BODY_LIMIT = 64 * 1024  # bytes of a body, an address or a text
HEAD_LIMIT = 8 * 1024  # characters of the values of all headers
FACTS_LIMIT = 1024 * 1024  # characters that are known of all pictures and texts
NAME_LIMIT = 200  # characters of what a caller takes for an operation
_PAGE = 64  # entries of a page
_PAGE_BYTES = 256 * 1024  # bytes that fill a page before
_OWN = 1024  # bytes that an entry takes beside its texts
_FEW = 4  # pictures and texts that are not looked at to know the size of an entry
_AHEAD = 4 * 1024  # bytes that are counted before they come
_ALONE = 64 * MIB  # of a journal that shares no budget

Row = tuple[Any, ...]


class Entry(NamedTuple):
    """One call as it is kept: plain data only. The long form (contract of `GET journal/{id}`) is drawn when asked for.

    `subjects` holds (kind, number, facts, decided_by kind, rule, name, suggestion); `decided_by` is (kind, rule, name).
    """

    id: int
    at: float
    account: str | None
    provider: str
    operation: str | None
    via: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    request_id: str
    status: int
    code: str | None
    detail: str
    outcome: str
    items: tuple[tuple[Any, ...], ...]
    decided_by: tuple[str, str | None, str | None]
    warnings: tuple[str, ...]
    seconds: float
    response_headers: dict[str, str]
    response_body: bytes


def estimate_size(entry: Entry) -> int:
    """Return how many bytes an entry takes, about."""
    # What was understood of a request is kept as well: of a small one it has no more bytes than that had.
    size = _OWN + 2 * (len(entry.target) + len(entry.body)) + len(entry.response_body)
    if size > BODY_LIMIT or len(entry.items) > _FEW:
        size += sum([len(str(fact)) for item in entry.items for fact in item[2].values()])
    return size


class Page(NamedTuple):
    """Entries that are written and compressed, the oldest first; `first` is the id of that one."""

    first: int
    entries: int
    data: bytes

    def read_rows(self) -> list[Row]:
        rows: list[Row] = marshal.loads(zstd.decompress(self.data))  # noqa: S302 - our own bytes
        return rows


class Journal:
    """The newest `size` entries. Full pages are compressed: calls are much alike, so one costs about 200 bytes.

    All journals share a `budget` of bytes; without one this has its own.
    """

    def __init__(self, size: int, budget: Budget | None = None) -> None:
        self._size = size
        self._open: list[Row] = []
        self._open_bytes = self._counted = 0
        self._pages: deque[Page] = deque()
        self._paged = 0
        self._noted = 0
        self.newest = 0
        """The id of the last entry, 0 when there was none."""
        self._share = Share(budget or Budget(_ALONE), self._shed)

    def __len__(self) -> int:
        return min(self._size, self._paged + len(self._open))

    @property
    def dropped(self) -> int:
        """How many entries were left behind for want of room."""
        return self._noted - len(self)

    def append(self, entry: Entry) -> None:
        """Keep one more call; its id is above those before."""
        size = estimate_size(entry)
        self._noted += 1
        self.newest = entry.id
        self._open.append(tuple(entry))
        self._open_bytes += size
        if self._open_bytes > self._counted:
            self._count(self._open_bytes - self._counted + _AHEAD)
        if len(self._open) >= _PAGE or self._open_bytes > _PAGE_BYTES:
            self._turn_page()

    def _count(self, size: int) -> None:
        self._counted += size
        self._share.take(size)

    def _turn_page(self) -> None:
        if not self._open:  # it made room for itself
            return
        page = Page(self._open[0][0], len(self._open), zstd.compress(marshal.dumps(self._open), 1))
        self._start_page()
        self._pages.append(page)
        self._paged += page.entries
        while self._pages and self._paged - self._pages[0].entries >= self._size:
            self._shed()
        self._share.take(len(page.data))

    def _start_page(self) -> None:
        self._share.give(self._counted)
        self._open, self._open_bytes, self._counted = [], 0, 0

    def _shed(self) -> bool:
        """Drop the oldest page; whether there was one."""
        if self._pages:
            page = self._pages.popleft()
            self._paged -= page.entries
            self._share.give(len(page.data))
            return True
        dropped = bool(self._open)
        self._start_page()
        return dropped

    @property
    def oldest(self) -> int:
        """The id of the first entry that is kept, or of one before it."""
        return self._pages[0].first if self._pages else self._open[0][0] if self._open else 0

    def iterate_newest(self) -> Iterator[Entry]:
        """Yield what is kept when the first is asked for; a page is read when its first entry is."""
        pages: list[Page | list[Row]] = [self._open, *reversed(self._pages)]
        return islice(_iterate_entries(pages, -1), len(self))

    def iterate_oldest(self) -> Iterator[Entry]:
        """Yield the same from the other end."""
        pages: list[Page | list[Row]] = [*self._pages, self._open]
        beyond = self._paged + len(self._open) - len(self)
        return islice(_iterate_entries(pages, 1), beyond, None)

    def find(self, number: int) -> Entry | None:
        """Return the entry of this id, None when there is none; one page is read."""
        if not self._open or number < self._open[0][0]:
            page = next((page for page in reversed(self._pages) if page.first <= number), None)
            rows = page.read_rows() if page else []
        else:
            rows = self._open
        return next((Entry._make(row) for row in rows if row[0] == number), None)

    def clear(self) -> int:
        """Forget all; how many entries that were."""
        gone = len(self)
        while self._shed():
            pass
        self._noted = self.newest = 0
        return gone

    def close(self) -> None:
        """Forget all for good: the account is gone."""
        self.clear()
        self._share.close()


def iterate_newest(journals: Iterable[Journal]) -> Iterator[Entry]:
    """Yield the entries of several journals as of one; of each, no more is read than is needed."""
    return _merge([(each.newest, each.iterate_newest()) for each in journals if len(each)], -1)


def iterate_oldest(journals: Iterable[Journal]) -> Iterator[Entry]:
    """Yield the same from the other end."""
    return _merge([(each.oldest, each.iterate_oldest()) for each in journals if len(each)], 1)


def _merge(sources: list[tuple[int, Iterator[Entry]]], sign: int) -> Iterator[Entry]:
    """Yield from several sources by id, each known by the id that it begins with: nothing of it is read before."""
    heap = [(sign * first, number, entries) for number, (first, entries) in enumerate(sources)]
    heapify(heap)
    read: dict[int, Entry] = {}
    while heap:
        _key, number, entries = heappop(heap)
        if (entry := read.pop(number, None)) is not None:
            yield entry
        if (entry := next(entries, None)) is not None:
            read[number] = entry
            heappush(heap, (sign * entry.id, number, entries))


def _iterate_entries(pages: list[Page | list[Row]], step: int) -> Iterator[Entry]:
    for page in pages:
        rows = page.read_rows() if isinstance(page, Page) else page
        for row in rows[::step]:
            yield Entry._make(row)
