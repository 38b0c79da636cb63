"""The callbacks of one account: what is pushed where and when, and what came of it."""

import heapq
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import inf
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl

from emulator.masking import masked
from emulator.world.budgets import MIB, Budget, Share
from emulator.world.clock import iso

_NAME = "callback-"
_BY_HAND = 100  # attempts by hand that are remembered of one callback
KEPT = 10_000  # callbacks that are remembered after their end
MOST = 250_000  # callbacks of an account that may wait
_OWN = 1000  # bytes that one takes beside its address and body
_ALONE = 256 * MIB  # of an outbox that shares no budget
_LOT = 2000  # callbacks looked at in one go
FORM = "application/x-www-form-urlencoded; charset=UTF-8"

State = Literal["waiting", "delivered", "exhausted", "dropped"]


class Attempt(NamedTuple):
    """One push: when, on the account's clock; a `status` or an `error`; and how long it took in real time."""

    at: float
    manual: bool
    status: int | None
    error: str | None
    seconds: float


@dataclass(eq=False, slots=True)
class Callback:
    """One result on its way to its receiver. `body` is sent as it is, each time; `twice` if on purpose."""

    number: int
    account: str
    task_id: str
    data_id: str | None
    url: str
    body: bytes
    twice: bool
    content_type: str = FORM
    state: State = "waiting"
    next_at: float | None = None
    planned: bool = False
    attempts: tuple[Attempt, ...] = ()

    @property
    def size(self) -> int:
        """Bytes that it takes in memory, about."""
        return _OWN + len(self.url) + len(self.body)

    @property
    def id(self) -> str:
        return f"{_NAME}{self.number}"

    @property
    def pushes(self) -> int:
        """How many attempts count: not those made by hand."""
        return sum(not attempt.manual for attempt in self.attempts)

    def note(self, attempt: Attempt) -> None:
        """Remember one more attempt; of too many the oldest that were made by hand are forgotten."""
        attempts = [*self.attempts, attempt]
        by_hand = [at for at, each in enumerate(attempts) if each.manual]
        if len(by_hand) > _BY_HAND:
            del attempts[by_hand[0]]
        self.attempts = tuple(attempts)

    def shown_state(self, now: float, frozen: bool) -> str:
        """`held` when it waits for a moment that a frozen clock never reaches."""
        held = frozen and self.state == "waiting" and self.next_at is not None and self.next_at > now
        return "held" if held else self.state

    def listed(self, now: float, frozen: bool) -> dict[str, Any]:
        """The callback as `GET callbacks` shows it; moments in ISO 8601."""
        return {
            "id": self.id,
            "account": self.account,
            "task_id": self.task_id,
            "data_id": self.data_id,
            "url": masked(self.url),
            "state": self.shown_state(now, frozen),
            "pushes": self.pushes,
            "next_at": None if self.next_at is None else iso(self.next_at),
            "attempts": [_attempt(number, attempt) for number, attempt in enumerate(self.attempts, 1)],
            **self._told(),
        }

    def _told(self) -> dict[str, Any]:
        """What is pushed: a form as its pairs, everything else as text. The address of a picture may hold a secret."""
        text = self.body.decode("utf-8", "replace")
        if self.content_type == FORM:
            return {"form": {name: masked(value) for name, value in parse_qsl(text, keep_blank_values=True)}}
        return {"content_type": self.content_type, "body": text}


class Outbox:
    """Callbacks that wait, and the newest of those that ended. A waiting one is a few objects, never a task.

    `due` are those that wait for nothing but a free line to their receiver, or are being pushed. All outboxes share a
    `budget` of bytes; without one this has its own.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self.due: set[Callback] = set()
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
    def next_at(self) -> float:
        """The moment of the first push that is planned, `inf` without one."""
        return self._planned[0][0] if self._planned else inf

    def named(self, name: str) -> Callback | None:
        number = name.removeprefix(_NAME)
        return self._all.get(int(number)) if number.isdecimal() and len(number) < 20 else None

    def of_task(self, task_id: str) -> Callback | None:
        """Return the callback that pushes the result of a task."""
        return self._of_tasks.get(task_id)

    def newest_first(self) -> Iterator[Callback]:
        return reversed(self._all.values())

    def put(self, callback: Callback) -> None:
        """Hold one more; where there is too much, the oldest of those that ended are forgotten."""
        self._all[callback.number] = self._of_tasks[callback.task_id] = callback
        self._share.take(callback.size)

    def plan(self, callback: Callback, moment: float) -> bool:
        """Note that it is to be pushed at `moment`; whether nothing else comes sooner."""
        callback.next_at, callback.planned = moment, True
        self.waiting += 1
        entry = (moment, next(self._order), callback)
        heapq.heappush(self._planned, entry)
        return self._planned[0] is entry

    def take(self, now: float) -> Callback | None:
        """The next callback whose moment has come; it is `due` from now on."""
        if self.next_at > now:
            return None
        callback = heapq.heappop(self._planned)[2]
        self._unplan(callback)
        self.due.add(callback)
        return callback

    def fallen_due(self, now: float) -> Iterator[list[Callback]]:
        """All callbacks that should be pushed by `now`, taken or not, in small lots; what was pushed before its lot is
        read is left out.
        """
        due, planned = [*self.due], self._planned.copy()
        for start in range(0, len(due), _LOT):
            lot = due[start : start + _LOT]
            yield [each for each in lot if each in self.due and each.state == "waiting"]
        for start in range(0, len(planned), _LOT):
            entries = planned[start : start + _LOT]
            yield [each for at, _order, each in entries if at <= now and each.next_at == at and each.state == "waiting"]

    def end(self, callback: Callback, state: State) -> None:
        """Nothing more is planned for it; the oldest of those that ended is forgotten when they are too many."""
        callback.state, callback.next_at = state, None
        self._unplan(callback)
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

    def _unplan(self, callback: Callback) -> None:
        """Count it out, if it was counted; a plan of one that ended meanwhile stays until its moment comes."""
        self.waiting -= callback.planned
        callback.planned = False


def _attempt(number: int, attempt: Attempt) -> dict[str, Any]:
    return {
        "n": number,
        "at": iso(attempt.at),
        "manual": attempt.manual,
        "status": attempt.status,
        "error": attempt.error,
        "duration_ms": round(attempt.seconds * 1000, 3),
    }
