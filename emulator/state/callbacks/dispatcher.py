"""Pushes results to their receivers until one takes them with a 200, or too many pushes were in vain.

A callback that waits is an entry in its account's outbox. When its moment comes it queues up for its host.
"""

import asyncio
import logging
import re
from collections.abc import Mapping
from functools import partial
from itertools import chain, count
from math import inf
from time import perf_counter

from emulator.config.model import Callbacks, Pace
from emulator.net.egress import Egress, EgressError
from emulator.state.accounts import Account
from emulator.state.callbacks.callback import Attempt, Callback
from emulator.state.callbacks.delivery import Delivery
from emulator.state.callbacks.settling import SettleWait
from emulator.state.callbacks.workers import Workers
from emulator.state.events import CallbackAttempted, Events

Paces = Mapping[str, Mapping[str, Pace]]

_STRIDE = 250  # callbacks queued in one go, so that a hundred thousand that fall due together stop no request

log = logging.getLogger("emulator")

_host = re.compile(r"[^:]*://([^/?#]*)").match


class Dispatcher:
    """The pushes of all accounts. `outbound` must not limit connections: the workers do so. `usual` are the paces of
    providers, by profile.
    """

    def __init__(
        self, settings: Callbacks, egress: Egress, events: Events | None = None, usual: Paces | None = None
    ) -> None:
        self._settings = settings
        self._usual = usual or {}
        self._paces: dict[str, Pace] = {}
        self._events = events or Events()
        self._egress = egress
        self._numbers = count(1)
        self._workers = Workers()
        self._waits: dict[str, list[SettleWait]] = {}

    def schedule(self, account: Account, delivery: Delivery) -> str:
        """Take a result to be pushed; the id of its callback."""
        callback = Callback(
            number=next(self._numbers),
            account=account.id,
            task_id=delivery.task_id,
            data_id=delivery.data_id,
            url=delivery.url,
            body=delivery.encode_body(),
            content_type=delivery.content_type,
            twice=delivery.mode == "duplicate",
            provider=delivery.provider,
            sign=delivery.make_signer(),
            accepted=delivery.accepted,
        )
        account.outbox.put(callback)
        moment = delivery.ready + delivery.wait
        if moment == inf:
            account.outbox.end(callback, "waiting")
        elif account.outbox.full:
            no_room = Attempt(account.clock.now(), False, None, "no room: too many others wait", 0.0)
            account.outbox.record_attempt(callback, no_room)
            account.outbox.end(callback, "exhausted")
        else:
            self._plan(account, callback, moment)
        return callback.id

    async def redeliver(self, account: Account, callback: Callback, url: str | None = None) -> None:
        """Push once more by hand, to another `url` if one is given; a 200 ends the callback, else nothing changes."""
        if await self._post(account, callback, url or callback.url, manual=True) and callback.state != "dropped":
            account.outbox.end(callback, "delivered")

    async def settle(self, account: Account) -> None:
        """Wait until every push that is due by now was made, whatever came of it: what follows one that failed falls
        due by the gaps, as if the clock had run there, and is made as well.
        """
        mine = self.begin_settling(account)
        try:
            await mine.wait()
        finally:
            self.finish_settling(mine)

    def begin_settling(self, account: Account) -> SettleWait:
        """The round of somebody who is about to move a clock; in it, what follows a push that fails now is planned by
        the gaps already. It must be finished.
        """
        mine = SettleWait(account)
        self._waits.setdefault(account.id, []).append(mine)
        if self._workers.closed:
            mine.end()
        return mine

    def finish_settling(self, mine: SettleWait) -> None:
        """Nobody waits for this round any more."""
        rounds = self._waits[mine.account.id]
        rounds.remove(mine)
        if not rounds:
            del self._waits[mine.account.id]

    def find_pace(self, provider: str) -> Pace:
        """How the results of a provider are pushed now."""
        if provider not in self._paces:
            self._paces[provider] = self._settings.choose_pace(provider, self._usual.get(provider, {}))
        return self._paces[provider]

    def list_paces(self) -> Mapping[str, Pace]:
        """The same of all providers with a pace of their own, by their documents or by the settings."""
        return {
            name: self.find_pace(name) for name, usual in self._usual.items() if usual or name in self._settings.given
        }

    def apply_settings(self, settings: Callbacks) -> None:
        """Push by other settings from now on; moments that are planned stay."""
        self._settings, self._paces = settings, {}
        self._egress.allow(settings.allow, private=True)

    async def close(self) -> None:
        """Push no more; what is under way is cut off."""
        await self._workers.close()
        for settling in chain.from_iterable(self._waits.values()):
            settling.end()
        await self._egress.close()

    def _plan(self, account: Account, callback: Callback, moment: float) -> None:
        account.clock.bell = partial(self._queue_due, account)
        if account.outbox.plan(callback, moment):
            account.clock.wake()

    def _queue_due(self, account: Account) -> float:
        """Queue what fell due; the moment at which to collect again."""
        now = account.clock.now()
        for _ in range(_STRIDE):
            callback = account.outbox.take_due(now)
            if callback is None:
                break
            match = _host(callback.url)
            push = partial(self._push, account, callback, perf_counter())
            self._workers.queue(match[1].lower() if match else "", push)
        return account.outbox.next_at

    async def _push(self, account: Account, callback: Callback, since: float) -> None:
        """One push that was planned and fell due at a moment of `perf_counter`, and what follows from it."""
        try:
            delivered = callback.state == "waiting" and await self._post(account, callback, callback.url)
            if delivered and callback.twice and callback.pushes < self.find_pace(callback.provider).pushes:
                await self._post(account, callback, callback.url)
        except asyncio.CancelledError:  # this worker ends: another one pushes it
            account.outbox.in_flight.discard(callback)
            if callback.state == "waiting" and not self._workers.closed:
                self._plan(account, callback, account.clock.now())
            raise
        account.outbox.in_flight.discard(callback)
        if callback.state == "waiting":
            self._follow_up(account, callback, delivered, perf_counter() - since)
        for settling in self._waits.get(account.id, ()):
            settling.note_push(callback)

    def _follow_up(self, account: Account, callback: Callback, delivered: bool, passed: float) -> None:
        """End it, or plan the next push."""
        pace = self.find_pace(callback.provider)
        if delivered:
            account.outbox.end(callback, "delivered")
        elif callback.pushes >= pace.pushes:
            account.outbox.end(callback, "exhausted")
        else:
            ended = account.clock.now()
            if any(each.covers(callback, pace.timeout) for each in self._waits.get(account.id, ())):
                planned = ended if callback.next_at is None else callback.next_at
                ended = min(ended, planned + (0.0 if account.clock.frozen else passed))
            self._plan(account, callback, ended + pace.choose_gap(callback.pushes))

    async def _post(self, account: Account, callback: Callback, url: str, manual: bool = False) -> bool:
        """One POST, noted; whether it was answered with 200."""
        at, began = account.clock.now(), perf_counter()
        url = callback.sign_url(url, at)
        status: int | None = None
        error: str | None = None
        try:
            headers = {"Content-Type": callback.content_type}
            seconds = self.find_pace(callback.provider).timeout
            status = await self._egress.post(url, callback.body, headers, seconds, callback.accepted)
        except EgressError as failed:
            error = str(failed)[:300]
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            error = "unreachable: given up"  # something below us was cancelled, not we
        except Exception:
            log.exception("our own mistake in a push of %s", callback.id)
            error = "a mistake of the emulator; its log has the details"
        attempt = Attempt(at, manual, status, error, perf_counter() - began)
        account.outbox.record_attempt(callback, attempt)
        self._events.publish(CallbackAttempted(account.id, callback.id, url, len(callback.attempts), attempt))
        return status == 200
