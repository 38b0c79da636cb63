"""The callbacks of one account, and what becomes of each: an outbox owns their state, the dispatcher only sends."""

import heapq
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import count
from math import inf

from emulator.config.model import Pace
from emulator.resources.budgets import MIB, Budget, Share
from emulator.state.callbacks.callback import NAME, Attempt, Callback, CallbackState
from emulator.state.clock import Clock
from emulator.state.timer import Timer

KEPT = 10_000  # callbacks that are remembered after their end
MOST = 250_000  # callbacks of an account that may wait
_ALONE = 256 * MIB  # bytes of an outbox that shares no budget
_LOT = 2000  # callbacks looked at in one go
_STRIDE = 250  # callbacks sent in one go, so that a hundred thousand that fall due together stop no request

Send = Callable[[Callback], None]


class Outbox:
    """The callbacks of one account: all that wait for their moment, and the newest that ended.

    A waiting callback is a few objects, never a task.

    in_flight: Callbacks past their due time: queued for, or being sent by, a worker.
    waiting: How many callbacks wait for a moment to come.
    """

    def __init__(self, clock: Clock, budget: Budget | None = None) -> None:
        """Begin empty. `clock` says when a callback is due; all outboxes of a server share a `budget` of bytes."""
        self.in_flight: set[Callback] = set()
        self.waiting = 0
        self._clock = clock
        self._timer: Timer | None = None
        self._send: Send | None = None
        self._all: dict[int, Callback] = {}
        self._of_tasks: dict[str, Callback] = {}
        self._budget = budget or Budget(_ALONE)
        self._share = Share(self._budget, self._forget_oldest)
        self._ended: OrderedDict[int, None] = OrderedDict()
        self._planned: list[tuple[float, int, Callback]] = []
        self._order = count()

    @property
    def full(self) -> bool:
        """Return whether no more callbacks may wait."""
        return len(self._planned) >= MOST or not self._budget.fits(0)

    @property
    def pending(self) -> int:
        """Return how many callbacks are still to be pushed, now or later."""
        return self.waiting + sum(callback.state == "waiting" for callback in self.in_flight)

    @property
    def next_at(self) -> float:
        """Return the moment of the first push that is planned, `inf` without one."""
        return self._planned[0][0] if self._planned else inf

    def find(self, name: str) -> Callback | None:
        """Return the callback of this id, None when there is none. Any thread may ask."""
        number = name.removeprefix(NAME)
        return self._all.get(int(number)) if number.isdecimal() and len(number) < 20 else None

    def find_task(self, task_id: str) -> Callback | None:
        """Return the callback that pushes the result of a task."""
        return self._of_tasks.get(task_id)

    def iterate_newest(self) -> Iterator[Callback]:
        """Yield all callbacks, the newest first."""
        return reversed(self._all.values())

    def put(self, callback: Callback, send: Send) -> None:
        """Hold one more callback, and hand it to `send` when its next push is due, if one will follow.

        When too many wait, it is exhausted at once. When all take too much memory, the oldest that ended are forgotten.
        """
        self._send = send
        self._all[callback.number] = self._of_tasks[callback.task_id] = callback
        self._share.take(callback.size)
        if callback.next_at is None:
            self._end(callback, callback.state)
        elif self.full:
            self.record_attempt(callback, Attempt(self._clock.now(), False, None, "no room: too many others wait", 0.0))
            self._end(callback, "exhausted")
        else:
            self._plan(callback, callback.next_at)

    def has_due(self, now: float) -> bool:
        """Return whether there is anything that should be pushed by `now`."""
        return bool(self.in_flight) or self.next_at <= now

    def take_due(self, now: float) -> Callback | None:
        """Return the callback that fell due first, None when none is due. It is in flight from now on."""
        if self.next_at > now:
            return None
        callback = heapq.heappop(self._planned)[2]
        self._cancel_plan(callback)
        self.in_flight.add(callback)
        return callback

    def iterate_due(self, now: float) -> Iterator[list[Callback]]:
        """Yield all callbacks that should be pushed by `now`, in flight or not, in small lots.

        A callback that is pushed before its lot is read is left out, unless it is due by `now` again.
        """
        in_flight, planned = [*self.in_flight], self._planned.copy()
        for start in range(0, len(in_flight), _LOT):
            yield [each for each in in_flight[start : start + _LOT] if each.is_due(now)]
        for start in range(0, len(planned), _LOT):
            entries = planned[start : start + _LOT]
            yield [each for at, _order, each in entries if at <= now and each.is_due(now)]

    def record_attempt(self, callback: Callback, attempt: Attempt) -> None:
        """Remember one more attempt of a callback, and count its bytes."""
        before = callback.size
        callback.add_attempt(attempt)
        if callback.number in self._all:
            self._share.take(callback.size - before)

    def take_back(self, callback: Callback, again: bool) -> None:
        """Take back a callback whose worker ended, to be sent `again` at once or never."""
        self.in_flight.discard(callback)
        if again and callback.state == "waiting":
            self._plan(callback, self._clock.now())

    def finish_push(self, callback: Callback, delivered: bool, pace: Pace, ended: float) -> None:
        """Take back a callback after a push. It is delivered or exhausted, or waits for the next push by its pace.

        The gap to the next push counts from `ended`, in Unix seconds of the account's clock.
        """
        self.in_flight.discard(callback)
        if callback.state != "waiting":
            return
        if delivered:
            self._end(callback, "delivered")
        elif callback.pushes >= pace.pushes:
            self._end(callback, "exhausted")
        else:
            self._plan(callback, ended + pace.choose_gap(callback.pushes))

    def finish_manual_push(self, callback: Callback, delivered: bool) -> None:
        """End a callback that a push by hand delivered; else nothing changes."""
        if delivered and callback.state != "dropped":
            self._end(callback, "delivered")

    def clear(self) -> list[object]:
        """Drop all callbacks, and return them, so that the caller releases them.

        A push that is under way still arrives, but is not recorded.
        """
        gone: list[object] = [*self._all.values()]
        for callback in self._all.values():
            callback.state = "dropped"
            callback.planned = False
        self._all, self._of_tasks, self._ended, self._planned, self.waiting = {}, {}, OrderedDict(), [], 0
        self._share.give(self._share.used)
        self._send = None  # it may hold the account that holds this
        self._set_timer()
        return gone

    def close(self) -> list[object]:
        """Drop all callbacks for good: the account was removed."""
        gone = self.clear()
        self._share.close()
        return gone

    def _plan(self, callback: Callback, moment: float) -> None:
        """Have a callback sent at a moment, or at once when the moment has come."""
        callback.next_at, callback.planned = moment, True
        self.waiting += 1
        entry = (moment, next(self._order), callback)
        heapq.heappush(self._planned, entry)
        if self._planned[0] is entry:
            self._send_due()

    def _cancel_plan(self, callback: Callback) -> None:
        """Count a callback as waiting no more, if it was counted. Its entry in the plan stays until its moment."""
        self.waiting -= callback.planned
        callback.planned = False

    def _set_timer(self) -> None:
        """Have what is due sent when the next moment comes."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._clock.call_at(self.next_at, self._send_due) if self._planned else None

    def _send_due(self) -> None:
        """Send callbacks that are due, at most `_STRIDE` in one go."""
        now = self._clock.now()
        for _ in range(_STRIDE):
            if self._send is None or (callback := self.take_due(now)) is None:
                break
            self._send(callback)
        self._set_timer()

    def _end(self, callback: Callback, state: CallbackState) -> None:
        """Set the state of a callback that no push will follow. When too many have ended, the oldest is forgotten."""
        callback.state, callback.next_at = state, None
        self._cancel_plan(callback)
        if callback.number not in self._all:  # forgotten while it was pushed by hand
            return
        self._ended[callback.number] = None
        if len(self._ended) > KEPT:
            self._forget_oldest()

    def _forget_oldest(self) -> bool:
        """Forget the oldest callback that ended, and return whether there was one."""
        if not self._ended:
            return False
        callback = self._all.pop(self._ended.popitem(last=False)[0])
        self._of_tasks.pop(callback.task_id, None)
        self._share.give(callback.size)
        return True
