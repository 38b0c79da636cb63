"""Emulated time: it runs with the wall clock until it is moved, set or frozen.

Operations, rules and callbacks ask only the clock of their account what time it is.
"""

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Callable
from functools import partial
from math import inf
from typing import NamedTuple

from emulator.state.timer import Timer

_LONGEST_NAP = 3600.0  # seconds; timers of some event loops cannot wait for years
_STEP = 1.0  # seconds by which a wall clock that was set back must be behind: two looks are never simultaneous
_ROOM = 100
_RETRY = 1.0  # real seconds until a call that failed is made again

log = logging.getLogger("emulator")


class Face(NamedTuple):
    """How a clock stands to the wall clock: its `offset` in seconds, or the moment at which it is frozen."""

    offset: float = 0.0
    frozen_at: float | None = None


class Clock:
    """One account's time, in Unix seconds. Sleepers and timers follow emulated time, never real time alone.

    It runs with the `wall` clock, but never backwards. Where the wall clock is set back, this clock goes on by `ticks`,
    seconds that nobody can set, until the two meet again. So nobody waits for the length of the step.
    """

    def __init__(self, wall: Callable[[], float] = time.time, ticks: Callable[[], float] = time.monotonic) -> None:
        self.wall = wall
        self._ticks = ticks
        self._last = -inf
        self._ahead = -inf  # seconds by which the running time was ahead of the ticks at the last look
        self._lead = 0.0  # seconds by which the running time is ahead of the wall clock
        self._offset = 0.0
        self._frozen_at: float | None = None
        self._timers: list[tuple[float, int, Timer]] = []
        self._failed: list[Timer] = []
        self._is_broken = False
        self._room = _ROOM  # number of timers at which cancelled timers are removed
        self._order = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None
        self.waiting = 0
        """How many sleepers wait for this clock."""

    def now(self) -> float:
        """Return what time it is here, in Unix seconds."""
        if self._frozen_at is not None:
            return self._frozen_at
        wall, ticks = self.wall(), self._ticks()
        if wall < self._last or self._ahead + ticks - wall > _STEP:
            return self._run() + self._offset
        self._last, self._ahead = wall, wall - ticks
        return wall + self._offset

    @property
    def offset(self) -> float:
        """Return the seconds by which this clock is ahead of the wall clock."""
        if self._frozen_at is not None:
            return self._frozen_at - self.wall()
        self._run()
        return self._lead + self._offset

    @property
    def frozen(self) -> bool:
        """Return whether time stands still here."""
        return self._frozen_at is not None

    def call_at(self, moment: float, call: Callable[[], None]) -> Timer:
        """Run `call` when this clock reaches `moment`, on a later turn of the loop.

        A call that raises is logged, once for all that fail one after the other, and made again a second later.
        """
        while self._timers and self._timers[0][2].is_cancelled:
            heapq.heappop(self._timers)
        if len(self._timers) >= self._room:
            self._timers = [each for each in self._timers if not each[2].is_cancelled]
            heapq.heapify(self._timers)
            self._room = 2 * len(self._timers) + _ROOM
        timer = Timer(call)
        heapq.heappush(self._timers, (moment, next(self._order), timer))
        if self._timers[0][2] is timer:
            self._set_alarm(self.now())
        return timer

    async def sleep(self, seconds: float) -> None:
        """Wait until `seconds` have passed here; a frozen clock holds the sleeper until it is moved."""
        sleeper = asyncio.get_running_loop().create_future()
        timer = self.call_at(self.now() + seconds, partial(self._wake_up, sleeper))
        self.waiting += 1
        try:
            await sleeper
        finally:
            if sleeper.cancelled():
                self.waiting -= 1
                timer.cancel()

    def plan_turn(self, freeze: bool | None = None, advance: float | None = None, moment: float | None = None) -> Face:
        """Return the face after a turn, without turning it: first it is frozen or let go, then moved or set."""
        offset, frozen_at = self._offset, self._frozen_at
        if freeze is not None:
            now = self.now()
            offset, frozen_at = (offset, now) if freeze else (now - self._run(), None)
        if advance is not None:
            return Face(offset + advance, None) if frozen_at is None else Face(offset, frozen_at + advance)
        if moment is None:
            return Face(offset, frozen_at)
        return Face(moment - self._run(), None) if frozen_at is None else Face(offset, moment)

    def turn(self, face: Face) -> None:
        """Show another face, and run what falls due by that."""
        self._offset, self._frozen_at = face
        self.run_due()

    def advance(self, seconds: float) -> None:
        """Move forward and run what falls due. Works on a frozen clock and leaves it frozen."""
        self.turn(self.plan_turn(advance=seconds))

    def set(self, moment: float) -> None:
        """Set the time, and run what falls due."""
        self.turn(self.plan_turn(moment=moment))

    def freeze(self, frozen: bool) -> None:
        """Let time stand still, or run on from where it stood."""
        self.turn(self.plan_turn(freeze=frozen))

    def reset(self) -> None:
        """Go back to real time. Sleepers and timers stay, and their moments are those of the new time."""
        self._frozen_at, self._offset, self._last, self._ahead = None, 0.0, -inf, -inf
        self.run_due()

    def release(self) -> None:
        """Go back to real time, and run everything that waits."""
        timers, self._timers = self._timers, []
        for _moment, _order, timer in timers:
            self._run_timer(timer)
        self.reset()

    def run_due(self) -> None:
        """Run what is due by now, and plan to be called again for what comes next."""
        now = self.now()
        due, self._failed = self._failed, []
        while self._timers and (self._timers[0][0] <= now or self._timers[0][2].is_cancelled):
            due.append(heapq.heappop(self._timers)[2])
        for timer in due:
            self._run_timer(timer)
        self._is_broken = bool(self._failed)
        self._set_alarm(now)

    def _run_timer(self, timer: Timer) -> None:
        """Run a timer, and keep it if it fails."""
        try:
            if not timer.is_cancelled:
                timer.run()
        except Exception:
            if not self._is_broken:
                log.exception("unhandled exception in what fell due; it is tried again")
            self._is_broken = True
            self._failed.append(timer)

    def _set_alarm(self, now: float) -> None:
        """Have `run_due` called for the next timer. On a frozen clock only what is due already comes."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        soonest = self._timers[0][0] if self._timers else inf
        if self.frozen and soonest > now:
            soonest = inf
        if self._failed:
            soonest = min(soonest, now + _RETRY)
        if soonest < inf:
            nap = min(max(0.0, soonest - now), _LONGEST_NAP)
            self._alarm = asyncio.get_running_loop().call_later(nap, self.run_due)

    def _wake_up(self, sleeper: "asyncio.Future[None]") -> None:
        if not sleeper.done():
            self.waiting -= 1
            sleeper.set_result(None)

    def _run(self) -> float:
        """Return the time of the wall clock, or while that is behind, the time that goes on by the ticks."""
        wall, ticks = self.wall(), self._ticks()
        if self._ahead + ticks - wall > _STEP:
            moment = self._ahead + ticks
        else:
            moment = max(wall, self._last)
            self._ahead = moment - ticks
        self._last, self._lead = moment, moment - wall
        return moment
