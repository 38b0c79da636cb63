"""Waits: what has to pass before a call that was decided about is answered."""

import asyncio

from emulator.config.model import Latency
from emulator.operation import Operation
from emulator.rules.decision import PASSED, Decisions
from emulator.state import State
from emulator.state.accounts import Account


def needs_fake_data(decisions: Decisions) -> bool:
    """Return whether something was found that is told with made-up data."""
    for _item, decision in decisions.items:  # noqa: SIM110 - a generator would cost more than the rest
        if decision is not PASSED and decision.has_findings:
            return True
    return False


async def wait_for_answer(
    latency: Latency, decisions: Decisions, operation: Operation, account: Account, state: State
) -> None:
    """Wait for the latency of the settings in real time, and for delays of rules on the account's clock. Delays of
    asynchronous work hold up its result instead.
    """
    if latency:
        await asyncio.sleep(state.ids.draw_latency(latency))
    if decisions.delay and (not operation.asynchronous or decisions.call.outcome is not None):
        await account.clock.sleep(decisions.delay)
