"""The callbacks of one account: those that wait for their moment, and the newest of those that ended."""

import heapq
from collections import OrderedDict
from collections.abc import Iterator
from itertools import count
from math import inf

from emulator.resources.budgets import MIB, Budget, Share
from emulator.state.callbacks.callback import NAME, Attempt, Callback, State

KEPT = 10_000  # callbacks that are remembered after their end
MOST = 250_000  # callbacks of an account that may wait
_ALONE = 256 * MIB  # of an outbox that shares no budget
_LOT = 2000  # callbacks looked at in one go


class Outbox:
    """Callbacks that wait, and the newest of those that ended. A waiting one is a few objects, never a task.

    `due` are those that wait for nothing but a free line to their receiver, or are being pushed. All outboxes share a
    `budget` of bytes; without one this has its own.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self.in_flight: set[Callback] = set()
        self._all: dict[int, Callback] = {}
        self._of_tasks: dict[str, Callback] = {}
        self._budget = budget or Budget(_ALONE)
        self._share = Share(self._budget, self._forget_oldest)
        self._ended: OrderedDict[int, None] = OrderedDict()
        self._planned: list[tuple[float, int, Callback]] = []
        self._order = count()
        self.waiting = 0
        """How many callbacks wait for a moment to come."""

    @property
    def full(self) -> bool:
        """Whether no more may wait."""
        return len(self._planned) >= MOST or not self._budget.fits(0)

    @property
    def pending(self) -> int:
        """How many are still to be pushed, now or later."""
        return self.waiting + sum(callback.state == "waiting" for callback in self.in_flight)

    @property
    def next_at(self) -> float:
        """The moment of the first push that is planned, `inf` without one."""
        return self._planned[0][0] if self._planned else inf

    def find(self, name: str) -> Callback | None:
        number = name.removeprefix(NAME)
        return self._all.get(int(number)) if number.isdecimal() and len(number) < 20 else None

    def find_task(self, task_id: str) -> Callback | None:
        """Return the callback that pushes the result of a task."""
        return self._of_tasks.get(task_id)

    def iterate_newest(self) -> Iterator[Callback]:
        return reversed(self._all.values())

    def put(self, callback: Callback) -> None:
        """Hold one more; where there is too much, the oldest of those that ended are forgotten."""
        self._all[callback.number] = self._of_tasks[callback.task_id] = callback
        self._share.take(callback.size)

    def record_attempt(self, callback: Callback, attempt: Attempt) -> None:
        """Remember one more attempt of a callback, and count what it takes."""
        before = callback.size
        callback.add_attempt(attempt)
        if callback.number in self._all:
            self._share.take(callback.size - before)

    def plan(self, callback: Callback, moment: float) -> bool:
        """Note that it is to be pushed at `moment`; whether nothing else comes sooner."""
        callback.next_at, callback.planned = moment, True
        self.waiting += 1
        entry = (moment, next(self._order), callback)
        heapq.heappush(self._planned, entry)
        return self._planned[0] is entry

    def has_due(self, now: float) -> bool:
        """Whether there is anything that should be pushed by `now`."""
        return bool(self.in_flight) or self.next_at <= now

    def take_due(self, now: float) -> Callback | None:
        """The next callback whose moment has come; it is `due` from now on."""
        if self.next_at > now:
            return None
        callback = heapq.heappop(self._planned)[2]
        self._cancel_plan(callback)
        self.in_flight.add(callback)
        return callback

    def iterate_due(self, now: float) -> Iterator[list[Callback]]:
        """All callbacks that should be pushed by `now`, taken or not, in small lots; what was pushed before its lot is
        read, and comes later now, is left out.
        """
        due, planned = [*self.in_flight], self._planned.copy()
        for start in range(0, len(due), _LOT):
            yield [each for each in due[start : start + _LOT] if each.is_due(now)]
        for start in range(0, len(planned), _LOT):
            entries = planned[start : start + _LOT]
            yield [each for at, _order, each in entries if at <= now and each.is_due(now)]

    def end(self, callback: Callback, state: State) -> None:
        """Nothing more is planned for it; the oldest of those that ended is forgotten when they are too many."""
        callback.state, callback.next_at = state, None
        self._cancel_plan(callback)
        if callback.number not in self._all:  # forgotten while it was pushed by hand
            return
        self._ended[callback.number] = None
        if len(self._ended) > KEPT:
            self._forget_oldest()

    def _forget_oldest(self) -> bool:
        """Forget the oldest of those that ended; whether there was one."""
        if not self._ended:
            return False
        callback = self._all.pop(self._ended.popitem(last=False)[0])
        self._of_tasks.pop(callback.task_id, None)
        self._share.give(callback.size)
        return True

    def clear(self) -> list[object]:
        """Drop all callbacks and return them, to be let go; what is on its way arrives, and is not noted."""
        gone: list[object] = [*self._all.values()]
        for callback in self._all.values():
            callback.state = "dropped"
            callback.planned = False
        self._all, self._of_tasks, self._ended, self._planned, self.waiting = {}, {}, OrderedDict(), [], 0
        self._share.give(self._share.used)
        return gone

    def close(self) -> list[object]:
        """The same for good: the account is gone."""
        gone = self.clear()
        self._share.close()
        return gone

    def _cancel_plan(self, callback: Callback) -> None:
        """Count it out, if it was counted; a plan of one that ended meanwhile stays until its moment comes."""
        self.waiting -= callback.planned
        callback.planned = False
