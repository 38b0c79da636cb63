"""Pushes results to their receivers. The outbox of an account decides what becomes of its callbacks."""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain
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

log = logging.getLogger("emulator")

_find_host = re.compile(r"[^:]*://([^/?#]*)").match


class Dispatcher:
    """Sends the callbacks of all accounts."""

    def __init__(
        self, settings: Callbacks, egress: Egress, events: Events | None = None, usual: Paces | None = None
    ) -> None:
        """Begin with nothing to send.

        settings: The pace of pushes, and where they may go.
        egress: Calls the receivers. It must not limit connections, for the workers do.
        events: Where each attempt is published.
        usual: The paces of providers, by provider and profile.
        """
        self._settings = settings
        self._usual = usual or {}
        self._paces: dict[str, Pace] = {}
        self._events = events or Events()
        self._egress = egress
        self.highest = 0
        """The highest number that a callback ever had."""
        self.note_progress: Callable[[Callback], None] = _do_nothing
        """What is told of each callback about which something changed, after it did."""
        self._workers = Workers()
        self._waits: dict[str, list[SettleWait]] = {}

    def make_callback(self, account: Account, delivery: Delivery) -> Callback:
        """Return the callback of a result that is to be pushed."""
        self.highest += 1
        first_push_at = delivery.ready_at + delivery.first_push_delay
        return Callback(
            number=self.highest,
            account=account.id,
            task_id=delivery.task_id,
            data_id=delivery.data_id,
            url=delivery.url,
            body=delivery.encode_body(),
            content_type=delivery.content_type,
            pushes_twice=delivery.mode == "duplicate",
            provider=delivery.provider,
            sign=delivery.make_signer(),
            accepted=delivery.accepted,
            next_at=first_push_at if first_push_at < inf else None,
        )

    def schedule(self, account: Account, callback: Callback) -> None:
        """Take a callback, to be pushed when its next push is due."""
        account.outbox.put(callback, partial(self._queue, account))
        if callback.state == "exhausted":  # there was no room for it
            self.note_progress(callback)

    async def redeliver(self, account: Account, callback: Callback, url: str | None = None) -> None:
        """Push once more by hand, to another `url` if it is given. Only status 200 ends the callback."""
        delivered = await self._post(account, callback, url or callback.url, manual=True)
        account.outbox.finish_manual_push(callback, delivered)
        self.note_progress(callback)

    async def settle(self, account: Account) -> None:
        """Wait until every push that is due by now was made, whatever came of it.

        A push that follows a failed push falls due after its gap, as if the clock had run until then.
        It is made as well when it is due by now.
        """
        wait = self.begin_settling(account)
        try:
            await wait.wait()
        finally:
            self.finish_settling(wait)

    def begin_settling(self, account: Account) -> SettleWait:
        """Begin to wait for the pushes that fall due when the clock of an account is moved.

        Until the wait is finished, a push that follows a failed push is planned as if the clock had run until then.
        """
        wait = SettleWait(account)
        self._waits.setdefault(account.id, []).append(wait)
        if self._workers.closed:
            wait.end()
        return wait

    def finish_settling(self, wait: SettleWait) -> None:
        """Forget a wait that is over."""
        waits = self._waits[wait.account.id]
        waits.remove(wait)
        if not waits:
            del self._waits[wait.account.id]

    def find_pace(self, provider: str) -> Pace:
        """Return the pace at which the results of a provider are pushed now."""
        if provider not in self._paces:
            self._paces[provider] = self._settings.choose_pace(provider, self._usual.get(provider, {}))
        return self._paces[provider]

    def list_paces(self) -> Mapping[str, Pace]:
        """Return the paces of the providers that have a pace of their own, by their documents or by the settings."""
        return {
            name: self.find_pace(name) for name, usual in self._usual.items() if usual or name in self._settings.given
        }

    def apply_settings(self, settings: Callbacks) -> None:
        """Push by other settings from now on. Pushes that are planned keep their moments."""
        self._settings, self._paces = settings, {}
        self._egress.allow(settings.allow, private=True)

    async def close(self) -> None:
        """Stop pushing. Pushes that are under way are cut off."""
        await self._workers.close()
        for wait in chain.from_iterable(self._waits.values()):
            wait.end()
        await self._egress.close()

    def _queue(self, account: Account, callback: Callback) -> None:
        """Queue a callback that is due, in the queue of its host."""
        host = _find_host(callback.url)
        self._workers.queue(host[1].lower() if host else "", partial(self._push, account, callback, perf_counter()))

    async def _push(self, account: Account, callback: Callback, since: float) -> None:
        """Push a callback that fell due at `since`, a moment of `perf_counter`."""
        try:
            delivered = callback.state == "waiting" and await self._post(account, callback, callback.url)
            if delivered and callback.pushes_twice and callback.pushes < self.find_pace(callback.provider).pushes:
                await self._post(account, callback, callback.url)
        except asyncio.CancelledError:  # this worker is stopped, so another worker makes the push
            account.outbox.take_back(callback, again=not self._workers.closed)
            raise
        pace = self.find_pace(callback.provider)
        ended = self._find_end(account, callback, pace, perf_counter() - since)
        account.outbox.finish_push(callback, delivered, pace, ended)
        self.note_progress(callback)
        for wait in self._waits.get(account.id, ()):
            wait.note_push(callback)

    def _find_end(self, account: Account, callback: Callback, pace: Pace, passed: float) -> float:
        """Return the moment from which the gap to the next push counts.

        While somebody waits for a clock that was moved, it is the moment for which the push was planned. The real
        seconds that passed are added, unless the clock is frozen. It is never later than now.
        """
        ended = account.clock.now()
        if any(wait.covers(callback, pace.timeout) for wait in self._waits.get(account.id, ())):
            planned = ended if callback.next_at is None else callback.next_at
            ended = min(ended, planned + (0.0 if account.clock.frozen else passed))
        return ended

    async def _post(self, account: Account, callback: Callback, url: str, manual: bool = False) -> bool:
        """Make one POST, record it, and return whether it was answered with 200."""
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
            error = "unreachable: given up"  # the connection was cancelled, not this worker
        except Exception:
            log.exception("unhandled exception in a push of %s", callback.id)
            error = "a mistake of the emulator; its log has the details"
        attempt = Attempt(at, manual, status, error, perf_counter() - began)
        account.outbox.record_attempt(callback, attempt)
        self._events.publish(CallbackAttempted(account.id, callback.id, url, len(callback.attempts), attempt))
        return status == 200


def _do_nothing(_callback: Callback) -> None:
    pass
