"""The journal: the last calls of one account, kept in little memory."""

import marshal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from emulator.resources.budgets import MIB, Budget, Share
from emulator.state.lazy_merge import merge_by_id

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BODY_LIMIT = 64 * 1024  # bytes of a body, an address or a text
HEAD_LIMIT = 8 * 1024  # characters of the values of all headers
FACTS_LIMIT = 1024 * 1024  # characters of the facts about all pictures and texts of a call
NAME_LIMIT = 200  # characters of the name that a caller gives as an operation
_PAGE = 64  # entries of a page
_PAGE_BYTES = 256 * 1024  # bytes that fill a page with fewer entries
_OWN = 1024  # bytes that an entry takes beside its texts
_FEW = 4  # pictures and texts of a call whose facts are not counted
_AHEAD = 4 * 1024  # bytes that are counted in the budget before they come
_ALONE = 64 * MIB  # of a journal that shares no budget

Row = tuple[Any, ...]


class Entry(NamedTuple):
    """One call in the form in which it is kept, which is plain data. `GET journal/{id}` makes its long form on request.

    id: The id of the entry, which grows from call to call.
    at: When the call came, in Unix seconds of the account's clock.
    account: The id of the account; None for a call whose credentials match no account.
    provider: The name of the provider.
    operation: The operation that the call names; None when it names none.
    via: How the call came: `https`, or the name of another dialect of the provider.
    method: The HTTP method.
    target: The path and query.
    headers: The headers of the request.
    body: The beginning of the body.
    request_id: The id in the answer.
    status: The HTTP status of the answer.
    code: The error code of the answer; None without an error.
    detail: The explanation of the error; empty without an error.
    outcome: What came of the call, in one word.
    items: For each picture or text: its kind, number and facts, then what decided it (the kind, rule and name), then
        the suggestion.
    decided_by: What decided the call: the kind, rule and name.
    warnings: What the emulator warns of.
    seconds: How long the call took, in real seconds.
    response_headers: The headers of the answer.
    response_body: The beginning of the body of the answer.
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
    """Return how many bytes an entry takes, as an estimate."""
    # The facts about items are kept as well. Those of a small request have no more bytes than the request.
    size = _OWN + 2 * (len(entry.target) + len(entry.body)) + len(entry.response_body)
    if size > BODY_LIMIT or len(entry.items) > _FEW:
        size += sum([len(str(fact)) for item in entry.items for fact in item[2].values()])
    return size


class Page(NamedTuple):
    """Entries that are compressed together, the oldest first: the id of the first one, their number, and the bytes."""

    first: int
    entries: int
    data: bytes

    def read_rows(self) -> list[Row]:
        rows: list[Row] = marshal.loads(zstd.decompress(self.data))  # noqa: S302 - this process wrote the bytes
        return rows


class Journal:
    """The newest `size` entries of one account. Full pages are compressed: a call then costs about 200 bytes.

    All journals share a `budget` of bytes; without it this journal has a budget of its own.
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
        """Return how many entries were dropped because there was no room."""
        return self._noted - len(self)

    def append(self, entry: Entry) -> None:
        """Keep one more call. Its id is greater than all ids before."""
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
        if not self._open:  # counting its bytes dropped the entries again: the budget is full
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
        """Drop the oldest page, and return whether there was one."""
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
        """Return the id of the oldest entry that is kept, or of an entry before it; 0 without entries."""
        return self._pages[0].first if self._pages else self._open[0][0] if self._open else 0

    def iterate_newest(self) -> Iterator[Entry]:
        """Yield the entries that are kept when the iteration begins, newest first. A page is read when reached."""
        pages: list[Page | list[Row]] = [self._open, *reversed(self._pages)]
        return islice(_iterate_entries(pages, -1), len(self))

    def iterate_oldest(self) -> Iterator[Entry]:
        """Yield the entries that are kept when the iteration begins, oldest first. A page is read when reached."""
        pages: list[Page | list[Row]] = [*self._pages, self._open]
        beyond = self._paged + len(self._open) - len(self)
        return islice(_iterate_entries(pages, 1), beyond, None)

    def find(self, number: int) -> Entry | None:
        """Return the entry of this id, None when there is none. At most one page is read."""
        if not self._open or number < self._open[0][0]:
            page = next((page for page in reversed(self._pages) if page.first <= number), None)
            rows = page.read_rows() if page else []
        else:
            rows = self._open
        return next((Entry._make(row) for row in rows if row[0] == number), None)

    def clear(self) -> int:
        """Forget all entries, and return how many there were."""
        gone = len(self)
        while self._shed():
            pass
        self._noted = self.newest = 0
        return gone

    def close(self) -> None:
        """Forget all entries for good: the account was removed."""
        self.clear()
        self._share.close()


def iterate_newest(journals: Iterable[Journal]) -> Iterator[Entry]:
    """Yield the entries of several journals by id, the newest first. Of each journal no more is read than is needed."""
    return merge_by_id([(each.newest, each.iterate_newest()) for each in journals if len(each)], -1)


def iterate_oldest(journals: Iterable[Journal]) -> Iterator[Entry]:
    """Yield the entries of several journals by id, the oldest first. Of each journal no more is read than is needed."""
    return merge_by_id([(each.oldest, each.iterate_oldest()) for each in journals if len(each)], 1)


def _iterate_entries(pages: list[Page | list[Row]], step: int) -> Iterator[Entry]:
    for page in pages:
        rows = page.read_rows() if isinstance(page, Page) else page
        for row in rows[::step]:
            yield Entry._make(row)
