"""Pushes results to their receivers until one answers 200, or too many pushes were in vain.

A callback that waits is an entry in its account's outbox. When its moment comes it queues up for its host.
"""

import asyncio
import logging
import re
from functools import partial
from itertools import count
from math import inf
from time import perf_counter
from typing import NamedTuple

from emulator.world.accounts import Account
from emulator.world.delivery import Delivery
from emulator.world.events import Events, Pushed
from emulator.world.outbound import Outbound, OutboundError
from emulator.world.outbox import Attempt, Callback
from emulator.world.settings import Callbacks
from emulator.world.workers import Workers

_STRIDE = 250  # callbacks queued in one go, so that a hundred thousand that fall due together stop no request

log = logging.getLogger("emulator")

_host = re.compile(r"[^:]*://([^/?#]*)").match


class Courier:
    """The pushes of all accounts. `outbound` must not limit connections: the workers do so."""

    def __init__(self, settings: Callbacks, outbound: Outbound, events: Events | None = None) -> None:
        self._settings = settings
        self._events = events or Events()
        self._outbound = outbound
        self._numbers = count(1)
        self._workers = Workers()
        self._rounds: list[_Round] = []

    def send(self, account: Account, delivery: Delivery) -> str:
        """Take a result to be pushed; the id of its callback."""
        url, body = delivery.packed()
        callback = Callback(
            number=next(self._numbers),
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
            if not self._workers.closed:
                await mine.over
        finally:
            self._rounds.remove(mine)

    def change(self, settings: Callbacks) -> None:
        """Push by other settings from now on; moments that are planned stay."""
        self._settings = settings
        self._outbound.permit(settings.allow, private=True)

    async def close(self) -> None:
        """Push no more; what is under way is cut off."""
        await self._workers.close()
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
            match = _host(callback.url)
            self._workers.queue(match[1].lower() if match else "", partial(self._push, account, callback))
        return account.outbox.next_at

    async def _push(self, account: Account, callback: Callback) -> None:
        """One push that was planned, and what follows from it."""
        try:
            delivered = callback.state == "waiting" and await self._attempt(account, callback, callback.url)
            if delivered and callback.twice and callback.pushes < self._settings.pushes:
                await self._attempt(account, callback, callback.url)
        except asyncio.CancelledError:  # this worker ends: another one pushes it
            account.outbox.due.discard(callback)
            if callback.state == "waiting" and not self._workers.closed:
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
        attempt = Attempt(at, manual, status, error, perf_counter() - began)
        callback.note(attempt)
        self._events.tell(Pushed(account.id, callback.id, url, len(callback.attempts), attempt))
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
