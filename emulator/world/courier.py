"""Pushes results to their receivers until one answers 200, or too many pushes were in vain.

A callback that waits is an entry in its account's outbox. When its moment comes it queues up for its host, and a few
workers a host push what is queued. So a slow receiver holds up nobody else, and only pushes under way cost a task.
"""

import asyncio
import logging
import re
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from math import inf
from time import perf_counter
from typing import NamedTuple

from emulator.world.accounts import Account
from emulator.world.delivery import Delivery
from emulator.world.outbound import Outbound, OutboundError
from emulator.world.outbox import Attempt, Callback
from emulator.world.settings import Callbacks

_PER_HOST = 16  # pushes under way to one host
# Pushes under way in all, above which a host has but one: hosts that never answer must leave room for others.
_CROWD = 128
_MOST = 256  # pushes under way in all
_STRIDE = 250  # callbacks queued in one go, so that a hundred thousand that fall due together stop no request

log = logging.getLogger("emulator")

_host = re.compile(r"[^:]*://([^/?#]*)").match


@dataclass(slots=True)
class _Host:
    queue: deque[tuple[Account, Callback]] = field(default_factory=deque)
    workers: int = 0


class Courier:
    """The pushes of all accounts. `outbound` must not limit connections: the courier does so itself."""

    def __init__(self, settings: Callbacks, outbound: Outbound) -> None:
        self._settings = settings
        self._outbound = outbound
        self._numbers = count(1)
        self._hosts: dict[str, _Host] = {}
        self._starved: deque[str] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self._rounds: list[_Round] = []
        self._closed = False

    def send(self, account: Account, delivery: Delivery) -> str:
        """Take a result to be pushed; the id of its callback."""
        url, body = delivery.packed()
        callback = Callback(
            id=f"callback-{next(self._numbers)}",
            account=account.id,
            task_id=delivery.task_id,
            data_id=delivery.data_id,
            url=url,
            body=body,
            content_type=delivery.content_type,
            twice=delivery.mode == "duplicate",
        )
        account.outbox.put(callback)
        moment = delivery.ready + delivery.wait
        if moment == inf:
            account.outbox.end(callback, "waiting")
        elif account.outbox.full:
            callback.attempts = (Attempt(account.clock.now(), False, None, "no room: too many others wait", 0.0),)
            account.outbox.end(callback, "exhausted")
        else:
            self._plan(account, callback, moment)
        return callback.id

    async def redeliver(self, account: Account, callback: Callback, url: str | None = None) -> None:
        """Push once more by hand, to another `url` if one is given; a 200 ends the callback, else nothing changes."""
        if await self._attempt(account, callback, url or callback.url, manual=True) and callback.state != "dropped":
            account.outbox.end(callback, "delivered")

    async def settle(self, account: Account) -> None:
        """Wait until every callback that is due by now was pushed once, whatever came of it."""
        mine = _Round({None}, asyncio.get_running_loop().create_future())
        self._rounds.append(mine)
        try:
            for some in account.outbox.fallen_due(account.clock.now()):
                mine.left.update(some)
                await asyncio.sleep(0)
            mine.note(None)
            if not self._closed:
                await mine.over
        finally:
            self._rounds.remove(mine)

    def change(self, settings: Callbacks) -> None:
        """Push by other settings from now on; moments that are planned stay."""
        self._settings = settings
        self._outbound.permit(settings.allow, private=True)

    async def close(self) -> None:
        """Push no more; what is under way is cut off."""
        self._closed = True
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        for settling in self._rounds:
            settling.end()
        await self._outbound.close()

    def _plan(self, account: Account, callback: Callback, moment: float) -> None:
        account.clock.bell = partial(self._collect, account)
        if account.outbox.plan(callback, moment):
            account.clock.wake()

    def _collect(self, account: Account) -> float:
        """Queue what fell due; the moment at which to collect again."""
        now = account.clock.now()
        for _ in range(_STRIDE):
            callback = account.outbox.take(now)
            if callback is None:
                break
            self._queue(account, callback)
        return account.outbox.next_at

    def _queue(self, account: Account, callback: Callback) -> None:
        match = _host(callback.url)
        name = match[1].lower() if match else ""
        host = self._hosts.setdefault(name, _Host())
        host.queue.append((account, callback))
        self._staff(name)
        if not host.workers and len(host.queue) == 1:
            self._starved.append(name)

    def _staff(self, name: str) -> None:
        """Put one more worker on a host, if there is work for it and room."""
        host = self._hosts[name]
        room = _CROWD if host.workers else _MOST
        if host.queue and host.workers < _PER_HOST and len(self._workers) < room and not self._closed:
            worker = asyncio.create_task(self._work(name, host))
            worker.add_done_callback(partial(self._leave, name, host))
            self._workers.add(worker)
            host.workers += 1

    async def _work(self, name: str, host: _Host) -> None:
        """Push what is queued for one host, and leave when others need the room."""
        while host.queue and (host.workers == 1 or len(self._workers) <= _CROWD):
            await self._push(*host.queue.popleft())
            self._staff(name)

    def _leave(self, name: str, host: _Host, worker: asyncio.Task[None]) -> None:
        """Count a worker out, whatever ended it, and give its room to hosts that have none."""
        self._workers.discard(worker)
        host.workers -= 1
        if not worker.cancelled() and (mistake := worker.exception()):
            log.error("our own mistake in a push", exc_info=mistake)
        if not host.workers:
            if host.queue:
                self._starved.append(name)
            else:
                del self._hosts[name]
        while self._starved and len(self._workers) < _MOST and not self._closed:
            self._staff(self._starved.popleft())

    async def _push(self, account: Account, callback: Callback) -> None:
        """One push that was planned, and what follows from it."""
        try:
            delivered = callback.state == "waiting" and await self._attempt(account, callback, callback.url)
            if delivered and callback.twice and callback.pushes < self._settings.pushes:
                await self._attempt(account, callback, callback.url)
        except asyncio.CancelledError:  # this worker ends: another one pushes it
            account.outbox.due.discard(callback)
            if callback.state == "waiting" and not self._closed:
                self._plan(account, callback, account.clock.now())
            raise
        account.outbox.due.discard(callback)
        if callback.state == "waiting":
            self._follow_up(account, callback, delivered)
        for settling in self._rounds:
            settling.note(callback)

    def _follow_up(self, account: Account, callback: Callback, delivered: bool) -> None:
        """End it, or plan the next push."""
        if delivered:
            account.outbox.end(callback, "delivered")
        elif callback.pushes >= self._settings.pushes:
            account.outbox.end(callback, "exhausted")
        else:
            gaps = self._settings.gaps
            self._plan(account, callback, account.clock.now() + gaps[min(callback.pushes, len(gaps)) - 1])

    async def _attempt(self, account: Account, callback: Callback, url: str, manual: bool = False) -> bool:
        """One POST, noted; whether it was answered with 200."""
        at, began = account.clock.now(), perf_counter()
        status: int | None = None
        error: str | None = None
        try:
            headers = {"Content-Type": callback.content_type}
            status = await self._outbound.post(url, callback.body, headers, self._settings.timeout)
        except OutboundError as failed:
            error = str(failed)[:300]
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            error = "unreachable: given up"  # something below us was cancelled, not we
        except Exception:
            log.exception("our own mistake in a push of %s", callback.id)
            error = "a mistake of the emulator; its log has the details"
        callback.attempts += (Attempt(at, manual, status, error, perf_counter() - began),)
        return status == 200


class _Round(NamedTuple):
    """The callbacks that somebody waits for, to be pushed once; None among them until all are known."""

    left: set[Callback | None]
    over: asyncio.Future[None]

    def note(self, callback: Callback | None) -> None:
        self.left.discard(callback)
        if not self.left:
            self.end()

    def end(self) -> None:
        if not self.over.done():
            self.over.set_result(None)
