"""Rounds: somebody moves an account's clock, and waits until everything that so fell due was pushed."""

import asyncio

from emulator.state.accounts import Account
from emulator.state.callbacks.callback import Callback


class SettleWait:
    """Begun before the clock is moved, it waits for the pushes of one account that fall due by then, those that follow
    a failed one among them.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self._until = account.clock.now()
        self._left: set[Callback] = set()
        self._known = False
        self._over = asyncio.get_running_loop().create_future()

    async def wait(self) -> None:
        """Return when nothing is left that falls due by now, or the round was ended."""
        self._until = self.account.clock.now()
        for some in self.account.outbox.iterate_due(self._until):
            self._left.update(some)
            await asyncio.sleep(0)
        self._known = True
        self._end_if_settled()
        await self._over

    def note_push(self, callback: Callback) -> None:
        """Hear that a callback was pushed, or nothing more is planned for it."""
        if callback in self._left and callback.state == "dropped":  # and with it all that waited there
            self._left.clear()
        elif not callback.is_due(self._until):
            self._left.discard(callback)
        self._end_if_settled()

    def end(self) -> None:
        """Let go whoever waits."""
        if not self._over.done():
            self._over.set_result(None)

    def covers(self, callback: Callback, seconds: float) -> bool:
        """Return whether the gap after a push that failed is spent in this round, as if the clock had run there. A
        receiver that let the round wait for `seconds` in all gets the next push later.
        """
        return sum(attempt.seconds for attempt in callback.attempts if attempt.at >= self._until) < seconds

    def _end_if_settled(self) -> None:
        if self._known and not self._left:
            self.end()
