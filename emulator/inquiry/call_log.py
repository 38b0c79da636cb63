"""Call log: listens to the house, and has a line written for each event. The loop pays for one entry of a queue."""

from collections.abc import Callable
from functools import partial
from typing import Any

from emulator.inquiry import line
from emulator.inquiry.signature import signature
from emulator.log.writer import Writer, written
from emulator.world import World
from emulator.world.events import Event
from emulator.world.journal import Entry, weight

_OTHERS = 4096  # bytes that another event than a call takes
_EXPLAINED = 5  # signatures that are explained within a second: to sign again in many ways takes a while


class CallLog:
    """Hands events to `writer`; `now` tells Unix seconds of real time, which stand in the lines."""

    def __init__(self, world: World, writer: Writer, now: Callable[[], float]) -> None:
        self._world = world
        self._writer = writer
        self._now = now
        self._second = 0
        self._explained = 0

    def heard(self, event: Event) -> None:
        """Take an event; its line is drawn in the writer's thread."""
        size = weight(event) if isinstance(event, Entry) else _OTHERS
        self._writer.put(self._now(), partial(self._drawn, event), size)

    def _drawn(self, event: Event, at: float, form: str) -> tuple[str]:
        name, told = line.told(event, self._world, self._causes(event, int(at)))
        return (written(at, name, told) if form == "json" else line.text(at, name, told),)

    def _causes(self, event: Event, second: int) -> list[str]:
        """Why the signature of a call is wrong, if it was refused for that; of many a second only the first."""
        if not (isinstance(event, Entry) and event.outcome == "refused" and "ignature" in (event.code or "")):
            return []
        if second != self._second:
            self._second, self._explained = second, 0
        self._explained += 1
        found: dict[str, Any] | None = signature(event, self._world) if self._explained <= _EXPLAINED else None
        return found["causes"] if found else []
