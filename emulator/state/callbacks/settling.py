"""Waiting until every callback that fell due is pushed, after the clock of an account was moved."""

import asyncio

from emulator.state.accounts import Account
from emulator.state.callbacks.callback import Callback


class SettleWait:
    """Waits for the pushes of one account that fall due when its clock is moved.

    It is made before the clock is moved. Pushes that follow a failed push are waited for as well.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self._until = account.clock.now()
        self._remaining: set[Callback] = set()
        self._is_complete = False
        self._ended = asyncio.get_running_loop().create_future()

    async def wait(self) -> None:
        """Wait until no push is left that is due by now, or until `end` is called."""
        self._until = self.account.clock.now()
        for some in self.account.outbox.iterate_due(self._until):
            self._remaining.update(some)
            await asyncio.sleep(0)
        self._is_complete = True
        self._end_if_settled()
        await self._ended

    def note_push(self, callback: Callback) -> None:
        """Take note that a callback was pushed, or that nothing more is planned for it."""
        if callback in self._remaining and callback.state == "dropped":  # a reset drops all callbacks of the account
            self._remaining.clear()
        elif not callback.is_due(self._until):
            self._remaining.discard(callback)
        self._end_if_settled()

    def end(self) -> None:
        """End the wait."""
        if not self._ended.done():
            self._ended.set_result(None)

    def covers(self, callback: Callback, seconds: float) -> bool:
        """Return whether the push that follows a failed push is part of this wait, as if the clock had run until then.

        It is not once the receiver has made this wait last for `seconds` in all. Then it gets the next push later.
        """
        return sum(attempt.seconds for attempt in callback.attempts if attempt.at >= self._until) < seconds

    def _end_if_settled(self) -> None:
        if self._is_complete and not self._remaining:
            self.end()
