"""The log of changes: rows are written by a thread of its own, so that the event loop never waits for the disk.

Rows that wait at the same time are written in one transaction. They are in the file in the order in which they were
handed over, and whoever waits for them goes on in that order too.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from emulator.state.store.log_file import IsHeld, LogFile
from emulator.state.store.row import StateUnwritable

_MOST = 1000  # orders that are met in one transaction, if so many wait
_PAUSE = 1.0  # seconds after which a file that could not be written is tried again
_FEW = 10_000  # rows that are never worth a compaction

log = logging.getLogger("emulator")

Written = tuple[str, str, str, bytes | None]  # the fields of a row, its value in the written form

_PROBE: Written = ("number", "", "", None)  # forgets what nobody has: only to see whether the file can be written


class _Order(NamedTuple):
    """What the thread is asked to do.

    rows: What is to be written.
    waiting: Who waits for that; None where nobody does: then it is tried until it succeeds.
    compact: Up to which number rows are to be looked at, and what says which of them are held.
    is_last: Whether the thread ends after it.
    """

    rows: Sequence[Written] = ()
    waiting: "asyncio.Future[str | None] | None" = None
    compact: tuple[int, IsHeld] | None = None
    is_last: bool = False


class ChangeLog:
    """Writes rows to a file.

    failure: Why the last rows could not be written; None while all is well.
    """

    def __init__(self, file: LogFile, live: int) -> None:
        """Take over a file of which so many rows hold."""
        self.failure: str | None = None
        self._file = file
        self._live = live
        self._turn: list[_Order] = []
        self._orders: SimpleQueue[list[_Order]] = SimpleQueue()
        self._late: dict[tuple[str, str, str], Written] = {}
        self._compaction: Iterator[None] | None = None
        self._writer: Thread | None = None

    @property
    def path(self) -> Path:
        """Return where the file lies."""
        return self._file.path

    @property
    def count(self) -> int:
        """Return how many rows the file has, those too that hold no more."""
        return self._file.count

    @property
    def newest(self) -> int:
        """Return the number of the newest row that is written."""
        return self._file.newest

    def measure_bytes(self) -> int:
        """Return how many bytes the file takes, with the part that SQLite keeps beside it."""
        parts = (self.path, self.path.with_name(f"{self.path.name}-wal"))
        return sum(part.stat().st_size for part in parts if part.exists())

    @property
    def is_overfull(self) -> bool:
        """Return whether most rows hold no more, so that a compaction is worth its while."""
        return self._compaction is None and self.count > 2 * self._live + _FEW

    async def append(self, rows: Sequence[Written]) -> None:
        """Write rows, and return when they are safe. Raises StateUnwritable; then none of them is written."""
        waiting: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._hand_over(_Order(rows, waiting))
        if (failure := await asyncio.shield(waiting)) is not None:
            raise StateUnwritable(f"{self.path} cannot be written: {failure}")

    def append_behind(self, rows: Sequence[Written]) -> None:
        """Have rows written soon; of one key only the newest, while the file cannot be written."""
        self._hand_over(_Order(rows))

    def compact(self, upto: int, is_held: IsHeld) -> None:
        """Have the rows up to a number dropped that do not hold, while nothing else is to be written."""
        self._hand_over(_Order(compact=(upto, is_held)))

    def close(self) -> None:
        """Write what was handed over, and close the file."""
        if self._writer is not None or self._turn:
            self._turn.append(_Order(is_last=True))
            self._pass_on()
        if self._writer is not None:
            self._writer.join()
            self._writer = None
        self._file.close()

    def _hand_over(self, order: _Order) -> None:
        """Pass an order on at the end of this turn of the loop, with all others that come in it."""
        if not self._turn:
            asyncio.get_running_loop().call_soon(self._pass_on)
        self._turn.append(order)

    def _pass_on(self) -> None:
        """Have the thread do what was ordered: it is woken once for all of that."""
        orders, self._turn = self._turn, []
        if self._writer is None:
            self._writer = Thread(target=self._work, name="state", daemon=True)
            self._writer.start()
        self._orders.put(orders)

    def _work(self) -> None:
        """Do what is ordered until the end is."""
        is_last = False
        while not is_last:
            orders = self._take_orders()
            is_last = any(order.is_last for order in orders)
            rows = [row for order in orders if order.waiting is not None for row in order.rows]
            late = [row for order in orders if order.waiting is None for row in order.rows]
            self._late.update({row[:3]: row for row in late})
            self._write(rows, [order.waiting for order in orders if order.waiting is not None])
            for order in orders:
                if order.compact is not None and self._compaction is None:
                    self._compaction = self._file.compact(*order.compact)
            self._go_on_compacting()

    def _take_orders(self) -> list[_Order]:
        """Return the orders that wait, at least one, unless there is work of one's own meanwhile."""
        orders: list[_Order] = []
        try:
            if self._compaction is not None:
                orders += self._orders.get_nowait()
            elif self._late or self.failure is not None:
                orders += self._orders.get(timeout=_PAUSE)
            else:
                orders += self._orders.get()
            while len(orders) < _MOST:
                orders += self._orders.get_nowait()
        except Empty:
            pass
        return orders

    def _write(self, rows: Sequence[Written], waiting: Sequence["asyncio.Future[str | None]"]) -> None:
        """Write rows, behind those that could not be written before, and tell those who wait what came of it."""
        if self._late or rows or self.failure is not None:
            try:
                self._file.append([*self._late.values(), *rows] or [_PROBE])
            except Exception as error:  # of SQLite as a rule; whatever it is, those who wait must hear of it
                self._note_failure(str(error))
            else:
                self._late.clear()
                self._note_failure(None)
        if waiting:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                waiting[0].get_loop().call_soon_threadsafe(_answer, waiting, self.failure)

    def _note_failure(self, failure: str | None) -> None:
        """Remember whether the file can be written, and log when that changes."""
        if failure is not None and self.failure is None:
            log.error("%s cannot be written: %s; what would leave something behind is refused", self.path, failure)
        elif failure is None and self.failure is not None:
            log.warning("%s can be written again", self.path)
        self.failure = failure

    def _go_on_compacting(self) -> None:
        if self._compaction is None:
            return
        try:
            next(self._compaction)
        except StopIteration:
            self._compaction = None
        except sqlite3.Error as error:
            log.warning("%s stays as large as it is for now: %s", self.path, error)
            self._compaction = None
        except Exception:  # this thread must go on: calls wait for it
            log.exception("unhandled exception while %s is compacted", self.path)
            self._compaction = None
        if self._compaction is None:
            self._live = self.count


def _answer(waiting: Sequence["asyncio.Future[str | None]"], failure: str | None) -> None:
    for each in waiting:
        if not each.done():
            each.set_result(failure)
