"""Writer: lines wait in a queue with an end, and a thread writes them, so that no call waits for whoever reads them."""

import os
import select
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from queue import SimpleQueue
from threading import Event, RLock, Thread
from typing import Any, NamedTuple

import orjson

Draw = Callable[[float, str], Iterable[str]]
"""The lines of something that was at a moment (Unix seconds), in a form (text or json)."""

LONGEST = 4096  # bytes of a line: so many reach a pipe whole, whoever else writes to it
ROOM = 4 * 1024 * 1024  # bytes of what waits to be written
LEAST = 1024  # bytes that whatever waits is counted with

_PATIENCE = 1.0  # seconds that the end waits for whoever reads nothing
_TURNS = 5  # as often it waits for whoever reads slowly


class _Item(NamedTuple):
    """What waits; `left_out` is how many others were left out before it, `size` its bytes."""

    at: float
    draw: Draw
    size: int
    left_out: int


class Writer:
    """Writes to a file `descriptor`, once `speak` told in which form: `text`, or `json` (one object a line).

    Where the reader is slow or stopped, what does not fit into the queue is left out; how much is told with the next
    line, or in the end.
    """

    def __init__(self, descriptor: int = 2) -> None:
        self._form = ""
        self._descriptor = descriptor
        self._items: SimpleQueue[_Item | None] = SimpleQueue()
        self._lock = RLock()  # what is freed while somebody puts may put something itself
        self._taken = self._written = 0  # bytes, ever; each has one who counts
        self._left_out = 0
        self._last_at = 0.0
        self._thread: Thread | None = None

    def speak(self, form: str) -> None:
        """Write from now on, what waits at first."""
        with self._lock:
            self._form = form
            self._begin()

    def put(self, at: float, draw: Draw, size: int) -> None:
        """Take what happened `at` a moment and takes `size` bytes until it is written; the thread draws its lines."""
        with self._lock:
            size = max(size, LEAST)
            if self._taken - self._written + size > ROOM:
                self._left_out += 1
                return
            self._queue(at, draw, size)

    def leave_out(self) -> None:
        """Count one more line that nobody wants written."""
        with self._lock:
            self._left_out += 1

    def settle(self, seconds: float = _PATIENCE) -> None:
        """Wait until all that was put is written, but not longer than this."""
        reached = Event()

        def reach(_at: float, _form: str) -> tuple[str, ...]:
            reached.set()
            return ()

        with self._lock:
            if self._thread is None:
                return
            self._items.put(_Item(0.0, reach, 0, 0))
        reached.wait(seconds)

    def close(self) -> None:
        """Write what waits, and how much was left out at last; whoever reads nothing is not waited for."""
        with self._lock:
            if self._left_out:
                self._queue(self._last_at, lambda _at, _form: (), LEAST)
            if not self._form and not self._items.empty():
                self.speak("text")
            thread, self._thread = self._thread, None
            if thread is not None:
                self._items.put(None)
        if thread is None:
            return
        for _ in range(_TURNS):
            before = self._written
            thread.join(_PATIENCE)
            if not thread.is_alive() or self._written == before:
                return

    def _queue(self, at: float, draw: Draw, size: int) -> None:
        self._taken += size
        self._items.put(_Item(at, draw, size, self._left_out))
        self._left_out, self._last_at = 0, at
        self._begin()

    def _begin(self) -> None:
        if self._form and self._thread is None and not self._items.empty():
            self._thread = Thread(target=self._run, name="log", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            if item.left_out:
                self._write(_left_out(item.at, self._form, item.left_out))
            for line in self._drawn(item):
                self._write(line)
            self._written += item.size

    def _drawn(self, item: _Item) -> Iterable[str]:
        try:
            return list(item.draw(item.at, self._form))
        except Exception as mistake:  # one line less, and not the last
            return [f"ERROR: our own mistake in a line of the log: {type(mistake).__name__}"]

    def _write(self, line: str) -> None:
        encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
        data = line.encode(encoding, "backslashreplace")
        if len(data) >= LONGEST:
            data = data[: LONGEST - 4].decode(encoding, "ignore").encode(encoding, "ignore") + b"..."
        data += b"\n"
        with suppress(OSError, ValueError):  # closed, or its terminal is gone
            while data:
                try:
                    data = data[os.write(self._descriptor, data) :]
                except BlockingIOError:  # somebody who shares the descriptor made it so
                    select.select([], [self._descriptor], [])


def written(at: float, event: str, told: Mapping[str, object]) -> str:
    """Return what happened as one JSON object on one line; its texts are clean already."""
    when = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    text = ""
    for longest in (LONGEST, LONGEST // 20, LONGEST // 100):  # characters of each value
        text = orjson.dumps({"at": when, "event": event, **_cut(told, longest)}).decode()
        if len(text.encode()) < LONGEST:
            break
    return text


def _cut(told: Any, longest: int) -> Any:
    """The same with no text longer than this."""
    if isinstance(told, str):
        return told[:longest]
    if isinstance(told, Mapping):
        return {name: _cut(value, longest) for name, value in told.items()}
    return [_cut(value, longest) for value in told] if isinstance(told, list) else told


def _left_out(at: float, form: str, number: int) -> str:
    if form == "json":
        return written(at, "left out", {"lines": number})
    return f"WARNING: {number} more lines were left out"
