"""Emulated time: runs with the wall clock until it is moved, set or frozen. Nobody else asks what time it is."""

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Callable
from math import inf

_LONGEST_NAP = 3600.0  # a moment years away is more than some event loops' timers take
_STEP = 1.0  # seconds by which the wall clock must be behind to have been set back: two looks are never simultaneous
_ROOM = 100
_AGAIN = 1.0  # seconds until what failed is tried again

log = logging.getLogger("emulator")


class Clock:
    """One account's time, in Unix seconds. Whoever sleeps here is woken by emulated time, never by real time alone.

    It runs with the `wall` clock, but never backwards: where that is set back, this goes on by `ticks`, seconds that
    nobody can set, until the two meet again. So nobody waits for the length of the step.
    """

    def __init__(self, wall: Callable[[], float] = time.time, ticks: Callable[[], float] = time.monotonic) -> None:
        self.wall = wall
        self._ticks = ticks
        self._last = -inf
        self._ahead = -inf  # of the ticks, when it was last looked at
        self._lead = 0.0  # over the wall
        self._offset = 0.0
        self._frozen_at: float | None = None
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._room = _ROOM  # sleepers at which those that gave up are swept out
        self._order = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None
        self._broken = False
        self.bell: Callable[[], float] = lambda: inf
        """Rung when something may have fallen due; the moment at which it wants to be rung next, `inf` for never."""

    def now(self) -> float:
        if self._frozen_at is not None:
            return self._frozen_at
        wall, ticks = self.wall(), self._ticks()
        if wall < self._last or self._ahead + ticks - wall > _STEP:
            return self._run() + self._offset
        self._last, self._ahead = wall, wall - ticks
        return wall + self._offset

    @property
    def offset(self) -> float:
        """Seconds by which this clock is ahead of the wall clock."""
        if self._frozen_at is not None:
            return self._frozen_at - self.wall()
        self._run()
        return self._lead + self._offset

    @property
    def frozen(self) -> bool:
        return self._frozen_at is not None

    @property
    def waiting(self) -> int:
        """How many sleepers wait for this clock."""
        return sum(not sleeper.done() for _due, _order, sleeper in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Wait until `seconds` have passed here; a frozen clock holds the sleeper until it is moved."""
        sleeper = asyncio.get_running_loop().create_future()
        if len(self._sleepers) >= self._room:
            self._sleepers = [each for each in self._sleepers if not each[2].done()]
            heapq.heapify(self._sleepers)
            self._room = 2 * len(self._sleepers) + _ROOM
        heapq.heappush(self._sleepers, (self.now() + seconds, next(self._order), sleeper))
        self.wake()
        await sleeper

    def advance(self, seconds: float) -> None:
        """Move forward; sleepers that fell due are released. Works on a frozen clock and leaves it frozen."""
        self.set(self.now() + seconds)

    def set(self, moment: float) -> None:
        if self._frozen_at is None:
            self._offset = moment - self._run()
        else:
            self._frozen_at = moment
        self.wake()

    def freeze(self, frozen: bool) -> None:
        now = self.now()
        self._frozen_at = now if frozen else None
        if not frozen:
            self._offset = now - self._run()
        self.wake()

    def reset(self) -> None:
        """Back to real time. Sleepers stay and are judged by the new time."""
        self._frozen_at, self._offset, self._last, self._ahead = None, 0.0, -inf, -inf
        self.wake()

    def release(self) -> None:
        """Back to real time, with no sleeper left."""
        for _due, _order, sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_result(None)
        self.reset()

    def wake(self) -> None:
        """See to what fell due by now, and be woken for what comes next."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        now = self.now()
        while self._sleepers and (self._sleepers[0][0] <= now or self._sleepers[0][2].done()):
            sleeper = heapq.heappop(self._sleepers)[2]
            if not sleeper.done():
                sleeper.set_result(None)
        soonest = min(self._ring(now), self._sleepers[0][0] if self._sleepers else inf)
        if soonest < inf and (not self.frozen or soonest <= now or self._broken):
            nap = min(max(0.0, soonest - now), _LONGEST_NAP)
            self._alarm = asyncio.get_running_loop().call_later(nap, self.wake)

    def _ring(self, now: float) -> float:
        """Ring the bell; the moment at which to ring it again."""
        try:
            moment = self.bell()
        except Exception:
            if not self._broken:
                log.exception("our own mistake in what fell due; it is tried again")
            self._broken = True
            return now + _AGAIN
        self._broken = False
        return moment

    def _run(self) -> float:
        """The wall's time, or what goes on in its place while it is behind."""
        wall, ticks = self.wall(), self._ticks()
        if self._ahead + ticks - wall > _STEP:
            moment = self._ahead + ticks
        else:
            moment = max(wall, self._last)
            self._ahead = moment - ticks
        self._last, self._lead = moment, moment - wall
        return moment
