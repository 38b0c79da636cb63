"""What happened: the last calls of one account, kept small."""

import marshal
import sys
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BODY_LIMIT = 64 * 1024  # bytes of a body, an address or a text
NAME_LIMIT = 200  # characters of what a caller takes for an operation
_PAGE = 64
_BYTES = 64 * 1024 * 1024


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
    subjects: tuple[tuple[Any, ...], ...]
    decided_by: tuple[str, str | None, str | None]
    warnings: tuple[str, ...]
    seconds: float
    response_headers: dict[str, str]
    response_body: bytes


class Journal:
    """The newest `size` entries. Full pages are compressed: calls are much alike, so one costs about 200 bytes."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._page: list[tuple[Any, ...]] = []
        self._pages: deque[bytes] = deque()
        self._bytes = 0
        self._noted = 0

    def __len__(self) -> int:
        return min(self._size, len(self._pages) * _PAGE + len(self._page))

    @property
    def dropped(self) -> int:
        """How many entries were left behind for want of room."""
        return self._noted - len(self)

    def note(self, entry: Entry) -> None:
        self._noted += 1
        self._page.append(tuple(entry))
        if len(self._page) == _PAGE:
            page = zstd.compress(marshal.dumps(self._page), 1)
            self._page = []
            self._pages.append(page)
            self._bytes += len(page)
            while (len(self._pages) - 1) * _PAGE >= self._size or self._bytes > _BYTES:
                self._bytes -= len(self._pages.popleft())

    def newest_first(self) -> Iterator[Entry]:
        left = len(self)
        pages = [self._page, *reversed(self._pages)]
        for page in pages:
            rows: Any = marshal.loads(zstd.decompress(page)) if isinstance(page, bytes) else page  # noqa: S302 - our own bytes
            for row in reversed(rows):
                if not left:
                    return
                left -= 1
                yield Entry._make(row)

    def clear(self) -> int:
        """Forget all; how many entries that were."""
        gone = len(self)
        self._page, self._pages, self._bytes, self._noted = [], deque(), 0, 0
        return gone
