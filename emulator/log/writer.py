"""Writer: lines wait in a bounded queue and a thread writes them, so that no call waits for the reader."""

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

Render = Callable[[float, str], Iterable[str]]
"""Returns the lines of something that happened at a moment (Unix seconds), in a form (`text` or `json`)."""

MAX_LINE_BYTES = 4096  # bytes of a line: so many reach a pipe whole, even if others write to the pipe
MAX_QUEUE_BYTES = 4 * 1024 * 1024  # bytes of all items that wait to be written
MIN_ITEM_BYTES = 1024  # bytes that every waiting item is counted with at least

_TIMEOUT = 1.0  # seconds that closing waits for a reader that reads nothing
_MAX_WAITS = 5  # times that closing waits so long for a reader that reads slowly


class _Item(NamedTuple):
    """An item that waits to be written.

    at: When it happened, in Unix seconds.
    render: Returns its lines.
    size: The bytes that it is counted with.
    left_out: How many others were left out before it.
    """

    at: float
    render: Render
    size: int
    left_out: int


class Writer:
    """Writes to a file `descriptor`, once `start` names the form: `text`, or `json` (one object a line).

    Where the reader is slow or stopped, items that do not fit into the queue are left out. Their number is written with
    the next line, or at the end.
    """

    def __init__(self, descriptor: int = 2) -> None:
        self._form = ""
        self._descriptor = descriptor
        self._items: SimpleQueue[_Item | None] = SimpleQueue()
        self._lock = RLock()  # reentrant: an object that is freed during `put` may log something itself
        # Bytes since the start. Only holders of the lock change the first counter, only the thread changes the second.
        self._taken_bytes = self._written_bytes = 0
        self._left_out = 0
        self._last_at = 0.0
        self._thread: Thread | None = None

    def start(self, form: str) -> None:
        """Write in this form from now on, beginning with what waits."""
        with self._lock:
            self._form = form
            self._start_thread()

    def put(self, at: float, render: Render, size: int) -> None:
        """Queue something that happened `at` a moment (Unix seconds); the thread renders its lines.

        `size` is the number of bytes that it takes in memory until it is written.
        """
        with self._lock:
            size = max(size, MIN_ITEM_BYTES)
            if self._taken_bytes - self._written_bytes + size > MAX_QUEUE_BYTES:
                self._left_out += 1
                return
            self._enqueue(at, render, size)

    def leave_out(self) -> None:
        """Count one more line that is left out on purpose."""
        with self._lock:
            self._left_out += 1

    def wait_until_written(self, seconds: float = _TIMEOUT) -> None:
        """Wait until everything that was put is written, but at most so many seconds."""
        reached = Event()

        def mark_reached(_at: float, _form: str) -> tuple[str, ...]:
            reached.set()
            return ()

        with self._lock:
            if self._thread is None:
                return
            self._items.put(_Item(0.0, mark_reached, 0, 0))
        reached.wait(seconds)

    def close(self) -> None:
        """Write what waits, and how much was left out last. Stop waiting for a reader that reads nothing."""
        with self._lock:
            if self._left_out:
                self._enqueue(self._last_at, lambda _at, _form: (), MIN_ITEM_BYTES)
            if not self._form and not self._items.empty():
                self.start("text")
            thread, self._thread = self._thread, None
            if thread is not None:
                self._items.put(None)
        if thread is None:
            return
        for _ in range(_MAX_WAITS):
            before = self._written_bytes
            thread.join(_TIMEOUT)
            if not thread.is_alive() or self._written_bytes == before:
                return

    def _enqueue(self, at: float, render: Render, size: int) -> None:
        self._taken_bytes += size
        self._items.put(_Item(at, render, size, self._left_out))
        self._left_out, self._last_at = 0, at
        self._start_thread()

    def _start_thread(self) -> None:
        if self._form and self._thread is None and not self._items.empty():
            self._thread = Thread(target=self._run, name="log", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            if item.left_out:
                self._write(_render_left_out(item.at, self._form, item.left_out))
            for line in self._render(item):
                self._write(line)
            self._written_bytes += item.size

    def _render(self, item: _Item) -> Iterable[str]:
        try:
            return list(item.render(item.at, self._form))
        except Exception as error:  # lose this line, but keep the thread for the next ones
            return [f"ERROR: unhandled exception in a line of the log: {type(error).__name__}"]

    def _write(self, line: str) -> None:
        encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
        data = line.encode(encoding, "backslashreplace")
        if len(data) >= MAX_LINE_BYTES:
            data = data[: MAX_LINE_BYTES - 4].decode(encoding, "ignore").encode(encoding, "ignore") + b"..."
        data += b"\n"
        with suppress(OSError, ValueError):  # the descriptor is closed, or its terminal is gone
            while data:
                try:
                    data = data[os.write(self._descriptor, data) :]
                except BlockingIOError:  # a process that shares the descriptor made it non-blocking
                    select.select([], [self._descriptor], [])


def encode_json_line(at: float, event: str, details: Mapping[str, object]) -> str:
    """Return an event as one JSON object on one line. The texts in `details` must be clean already."""
    when = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    text = ""
    for max_length in (MAX_LINE_BYTES, MAX_LINE_BYTES // 20, MAX_LINE_BYTES // 100):  # characters of each value
        text = orjson.dumps({"at": when, "event": event, **_shorten_texts(details, max_length)}).decode()
        if len(text.encode()) < MAX_LINE_BYTES:
            break
    return text


def _shorten_texts(details: Any, max_length: int) -> Any:
    """Return data in which no text is longer than `max_length` characters."""
    if isinstance(details, str):
        return details[:max_length]
    if isinstance(details, Mapping):
        return {name: _shorten_texts(value, max_length) for name, value in details.items()}
    return [_shorten_texts(value, max_length) for value in details] if isinstance(details, list) else details


def _render_left_out(at: float, form: str, number: int) -> str:
    if form == "json":
        return encode_json_line(at, "left out", {"lines": number})
    return f"WARNING: {number} more lines were left out"
