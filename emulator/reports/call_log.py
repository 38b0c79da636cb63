"""Call log: writes a line to the log for each event of the application.

The event loop only puts an entry into a queue; the line is rendered in the writer's thread.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from emulator.log.writer import Writer, encode_json_line
from emulator.reports import log_line
from emulator.reports.signature import explain_signature
from emulator.state import State
from emulator.state.events import Event
from emulator.state.journal import Entry, estimate_size

_EVENT_SIZE = 4096  # bytes that an event other than a call is counted with
_EXPLAINED_PER_SECOND = 5  # signatures explained within a second: signing again in many variants takes a while


class CallLog:
    """Hands events to `writer`. `now` returns the real time in Unix seconds, which the lines show."""

    def __init__(self, state: State, writer: Writer, now: Callable[[], float]) -> None:
        self._state = state
        self._writer = writer
        self._now = now
        self._second = 0
        self._explained = 0

    def log_event(self, event: Event) -> None:
        """Queue an event; its line is rendered in the writer's thread."""
        size = estimate_size(event) if isinstance(event, Entry) else _EVENT_SIZE
        self._writer.put(self._now(), partial(self._render, event), size)

    def _render(self, event: Event, at: float, form: str) -> tuple[str]:
        name, fields = log_line.describe_event(event, self._state, self._find_causes(event, int(at)))
        return (encode_json_line(at, name, fields) if form == "json" else log_line.render_line(at, name, fields),)

    def _find_causes(self, event: Event, second: int) -> list[str]:
        """Return why the signature of a call is wrong, if the call was refused for its signature.

        Only the first few such calls of a second are explained.
        """
        if not (isinstance(event, Entry) and event.outcome == "refused" and "ignature" in (event.code or "")):
            return []
        if second != self._second:
            self._second, self._explained = second, 0
        self._explained += 1
        report: dict[str, Any] | None = (
            explain_signature(event, self._state) if self._explained <= _EXPLAINED_PER_SECOND else None
        )
        return report["causes"] if report else []
