"""Moves, sets and freezes the clocks of accounts, and waits for what falls due by that."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from emulator.app import App
from emulator.resources.turns import take_turns
from emulator.state.accounts import Account
from emulator.state.clock import Clock
from emulator.state.store.row import Row

_MAX_OFFSET = 100 * 365.25 * 86400  # seconds from real time that a clock may stand


class ClockChange(NamedTuple):
    """What is to be done to a clock. Freezing comes first.

    freeze: Whether time is to stand still; None leaves that as it is.
    advance: Seconds to move forward.
    moment: Unix seconds to set it to, where it is not moved forward.
    """

    freeze: bool | None = None
    advance: float | None = None
    moment: float | None = None

    def goes_too_far(self, clock: Clock) -> bool:
        """Return whether the change would set the clock more than 100 years from real time.

        Within these years every date can be written.
        """
        moment = clock.now() + (self.advance or 0) if self.moment is None else self.moment
        return abs(moment - clock.wall()) > _MAX_OFFSET


async def change_clocks(app: App, accounts: Sequence[Account], change: ClockChange) -> None:
    """Change the clocks of some accounts, and return when everything that falls due by that is done.

    Pushes that follow a failed push are waited for as well.
    """
    dispatcher = app.state.dispatcher
    waits = [dispatcher.begin_settling(account) for account in accounts]
    try:
        async with app.changing:
            turns = [(each, each.clock.plan_turn(*change)) async for each in take_turns(accounts)]
            await app.state.store.keep([Row("clock", account.id, "", tuple(face)) for account, face in turns])
            async for account, face in take_turns(turns):
                account.clock.turn(face)
        due = [wait for wait in waits if wait.account.outbox.has_due(wait.account.clock.now())]
        await asyncio.gather(*(wait.wait() for wait in due))
        await app.state.store.sync()
    finally:
        for wait in waits:
            dispatcher.finish_settling(wait)
