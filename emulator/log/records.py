"""Records: what any library logs, few lines at a time; equal ones are told once, and then how often they came."""

import logging
from collections.abc import Callable
from time import perf_counter
from traceback import TracebackException

from emulator.log.cleaning import clean, printable
from emulator.log.writer import Writer, written

A_SECOND, AN_HOUR = 20, 1000  # lines; errors have hours of their own, so that no flood of warnings hides them
A_MINUTE = 60.0  # seconds in which equal records are counted

_LINES = A_SECOND - 1  # of one record, so that there is room to say what was left out
_FRAMES = 6  # of a traceback, the innermost


class Records(logging.Handler):
    """Hands records to a writer: at most 20 lines in a second and 1000 in an hour. `now` tells seconds."""

    def __init__(self, writer: Writer, now: Callable[[], float] = perf_counter) -> None:
        super().__init__()
        self._writer = writer
        self._now = now
        self._second = _Budget(A_SECOND, 1.0, now)
        self._hours = {is_error: _Budget(AN_HOUR, 3600.0, now) for is_error in (False, True)}
        self._again: dict[tuple[str, str], int] = {}
        self._began = now()
        self._last = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        self._last = record.created
        if self._now() - self._began >= A_MINUTE:
            self._tell_again()
        told = (record.levelname, _message(record))
        if not record.exc_info and told in self._again:
            self._again[told] += 1
            return
        budgets = (self._second, self._hours[record.levelno >= logging.ERROR])
        traceback = _traceback(record) if all(budget.has(1) for budget in budgets) else []
        if all(budget.has(1 + len(traceback)) for budget in budgets):
            for budget in budgets:
                budget.spend(1 + len(traceback))
            self._again[told] = 0
            self._put(record.created, *told, traceback)
        else:
            self._writer.leave_out()

    def close(self) -> None:
        """Tell what was not told yet."""
        self._tell_again()
        self._writer.close()
        super().close()

    def _tell_again(self) -> None:
        """Tell how often each record came again; from now on they are news."""
        for (level, text), times in self._again.items():
            if times:
                self._put(self._last, level, f"{times} time{'s' * (times > 1)} more: {text}", [])
        self._again.clear()
        self._began = self._now()

    def _put(self, at: float, level: str, text: str, traceback: list[str]) -> None:
        def draw(at: float, form: str) -> list[str]:
            if form != "json":
                return [f"{level}: {text}", *traceback]
            return [written(at, level.lower(), {"text": text, "traceback": [*map(printable, traceback)]})]

        self._writer.put(at, draw, len(text) + sum(map(len, traceback)))


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


def _message(record: logging.LogRecord) -> str:
    try:
        return clean(record.getMessage())
    except Exception:  # whoever logged so made a mistake that must not become the caller's
        return clean(str(record.msg))


def _traceback(record: logging.LogRecord) -> list[str]:
    if not (record.exc_info and record.exc_info[1]):
        return []
    told = TracebackException.from_exception(record.exc_info[1], limit=-_FRAMES)
    return [line for part in told.format() for line in _of_traceback(part)][1 - _LINES :]


def _of_traceback(part: str) -> list[str]:
    """A part as Python writes it: a frame is ours, with its line of source; all else may repeat what came in."""
    return part.splitlines() if part.startswith('  File "') else [clean(part.strip("\n"))]
