"""Records: what any library logs, few lines at a time. Equal records are written once, and then counted."""

import logging
from collections.abc import Callable
from time import perf_counter
from traceback import TracebackException

from emulator.log.cleaning import clean, escape_unprintable
from emulator.log.writer import Writer, encode_json_line

# Errors are counted apart from warnings in an hour, so that a flood of warnings cannot hide them.
LINES_PER_SECOND, LINES_PER_HOUR = 20, 1000
REPEAT_SECONDS = 60.0  # seconds in which equal records are counted

_MAX_LINES = LINES_PER_SECOND - 1  # lines of one record, so that there is room to say what was left out
_MAX_FRAMES = 6  # innermost frames of a traceback that are shown


class RecordHandler(logging.Handler):
    """Hands records to a writer: at most 20 lines in a second and 1000 in an hour. `now` returns seconds."""

    def __init__(self, writer: Writer, now: Callable[[], float] = perf_counter) -> None:
        super().__init__()
        self._writer = writer
        self._now = now
        self._second = _Budget(LINES_PER_SECOND, 1.0, now)
        self._hours = {is_error: _Budget(LINES_PER_HOUR, 3600.0, now) for is_error in (False, True)}
        self._repeats: dict[tuple[str, str], int] = {}
        self._began = now()
        self._last_at = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        self._last_at = record.created
        if self._now() - self._began >= REPEAT_SECONDS:
            self._report_repeats()
        key = (record.levelname, _render_message(record))
        if not record.exc_info and key in self._repeats:
            self._repeats[key] += 1
            return
        budgets = (self._second, self._hours[record.levelno >= logging.ERROR])
        traceback = _render_traceback(record) if all(budget.has_room(1) for budget in budgets) else []
        if all(budget.has_room(1 + len(traceback)) for budget in budgets):
            for budget in budgets:
                budget.spend(1 + len(traceback))
            self._repeats[key] = 0
            self._write(record.created, *key, traceback)
        else:
            self._writer.leave_out()

    def close(self) -> None:
        """Write the counts that were not written yet, and close the writer."""
        self._report_repeats()
        self._writer.close()
        super().close()

    def _report_repeats(self) -> None:
        """Write how often each record came again, and forget the records, so that they are written anew."""
        for (level, text), times in self._repeats.items():
            if times:
                self._write(self._last_at, level, f"{times} time{'s' * (times > 1)} more: {text}", [])
        self._repeats.clear()
        self._began = self._now()

    def _write(self, at: float, level: str, text: str, traceback: list[str]) -> None:
        def render(at: float, form: str) -> list[str]:
            if form != "json":
                return [f"{level}: {text}", *traceback]
            return [
                encode_json_line(at, level.lower(), {"text": text, "traceback": [*map(escape_unprintable, traceback)]})
            ]

        self._writer.put(at, render, len(text) + sum(map(len, traceback)))


class _Budget:
    """A limit of lines in some seconds, which are counted anew when the seconds are over."""

    def __init__(self, limit: int, seconds: float, now: Callable[[], float]) -> None:
        self._limit = limit
        self._seconds = seconds
        self._now = now
        self._began = now()
        self._spent = 0

    def has_room(self, lines: int) -> bool:
        if self._now() - self._began >= self._seconds:
            self._began, self._spent = self._now(), 0
        return self._spent + lines <= self._limit

    def spend(self, lines: int) -> None:
        self._spent += lines


def _render_message(record: logging.LogRecord) -> str:
    try:
        return clean(record.getMessage())
    except Exception:  # a mistake in a call of a logger must not raise in the code that made it
        return clean(str(record.msg))


def _render_traceback(record: logging.LogRecord) -> list[str]:
    if not (record.exc_info and record.exc_info[1]):
        return []
    rendered = TracebackException.from_exception(record.exc_info[1], limit=-_MAX_FRAMES)
    return [line for part in rendered.format() for line in _clean_part(part)][1 - _MAX_LINES :]


def _clean_part(part: str) -> list[str]:
    """Return the lines of one part of a traceback. A frame shows source only; other parts may repeat a request."""
    return part.splitlines() if part.startswith('  File "') else [clean(part.strip("\n"))]
