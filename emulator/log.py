"""The log: lines on standard error, few at a time, that harm nobody who reads them.

Whatever a caller makes any library say, a line holds no break, no control character and no credential of the caller's,
and no call waits for whoever reads the lines.
"""

import logging
import os
import re
import select
import sys
from collections.abc import Callable, Iterator
from time import perf_counter
from traceback import TracebackException

A_SECOND, AN_HOUR = 20, 1000  # lines; errors have hours of their own, so that no flood of warnings hides them

_LINES = A_SECOND - 1  # of one record, so that there is room to say what was left out
_FRAMES = 6  # of a traceback, the innermost
_LONGEST = 500  # characters of a line
_PIECE = 512  # bytes that a pipe takes whole or, as `select` then tells, not at all; by POSIX at least so many
_SECRET = re.compile(
    r"""((?:access_?key_?id|secret|token|password|signature|sign|nonce|authorization)["']?\s?(?:[=:]|%3[dD])\s?["']?)"""
    r"""(?:(?<=")[^"]+|(?<=')[^']+|(?:(?:Bearer|Basic|acs)\s)?[^\s&"',;)}\]]+)""",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"://[^/\s@]{1,200}@")


class Lines(logging.Handler):
    """Writes records to a file `descriptor`: at most 20 lines in a second and 1000 in an hour; how many records were
    left out is told with the next one, or in the end. `now` tells seconds.
    """

    def __init__(self, descriptor: int = 2, now: Callable[[], float] = perf_counter) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._second = _Budget(A_SECOND, 1.0, now)
        self._hours = {is_error: _Budget(AN_HOUR, 3600.0, now) for is_error in (False, True)}
        self._left_out = 0

    def emit(self, record: logging.LogRecord) -> None:
        budgets = (self._second, self._hours[record.levelno >= logging.ERROR])
        lines = [*self._more(), *_lines(record)] if all(budget.has(1) for budget in budgets) else []
        if lines and all(budget.has(len(lines)) for budget in budgets) and all(map(self._write, lines)):
            self._left_out = 0
            for budget in budgets:
                budget.spend(len(lines))
        else:
            self._left_out += 1

    def close(self) -> None:
        """Tell what was left out since the last line."""
        for line in self._more():
            self._write(line)
        self._left_out = 0
        super().close()

    def _more(self) -> list[str]:
        return [f"WARNING: {self._left_out} more lines were left out"] if self._left_out else []

    def _write(self, line: str) -> bool:
        """Whether a line could be written now, in pieces that are never waited for."""
        encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
        data = f"{line}\n".encode(encoding, "backslashreplace")
        try:
            for begin in range(0, len(data), _PIECE):
                if os.name == "posix" and not select.select([], [self._descriptor], [], 0)[1]:
                    return False
                os.write(self._descriptor, data[begin : begin + _PIECE])
        except (OSError, ValueError):  # closed, full, or its terminal is gone
            return False
        return True


class _Budget:
    """So many lines in so many seconds, counted anew when they are over."""

    def __init__(self, most: int, seconds: float, now: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._now = now
        self._began = now()
        self._spent = 0

    def has(self, lines: int) -> bool:
        if self._now() - self._began >= self._seconds:
            self._began, self._spent = self._now(), 0
        return self._spent + lines <= self._most

    def spend(self, lines: int) -> None:
        self._spent += lines


def _lines(record: logging.LogRecord) -> Iterator[str]:
    try:
        message = record.getMessage()
    except Exception:  # whoever logged so made a mistake that must not become the caller's
        message = str(record.msg)
    yield f"{record.levelname}: {clean(message)}"
    if record.exc_info and record.exc_info[1]:
        told = TracebackException.from_exception(record.exc_info[1], limit=-_FRAMES)
        lines = [line for part in told.format() for line in _of_traceback(part)]
        yield from lines[1 - _LINES :]


def _of_traceback(part: str) -> list[str]:
    """A part as Python writes it: a frame is ours, with its line of source; all else may repeat what came in."""
    return part.splitlines() if part.startswith('  File "') else [clean(part.strip("\n"))]


def clean(text: str) -> str:
    """Return one line of bounded length without credentials and without anything that a terminal would obey."""
    shown = text[: 2 * _LONGEST]
    shown = _IN_ADDRESS.sub("://***@", _SECRET.sub(r"\1***", shown))
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
    return shown if len(shown) <= _LONGEST and len(text) <= 2 * _LONGEST else f"{shown[:_LONGEST]}..."


def begin(level: int) -> None:
    """Let all loggers write so, from this level on."""
    logging.basicConfig(level=level, handlers=[Lines()])
