"""What is refused, repeated or over leaves nothing behind: neither bytes of a budget nor objects."""

import asyncio
import gc

import pytest

from emulator.resources.budgets import MIB, Budget
from emulator.state.callbacks.callback import Attempt, Callback
from emulator.state.callbacks.dispatcher import Dispatcher
from emulator.state.memory import Memory
from moderation_emulator.contract.running_server import RunningServer
from tests.state.callbacks.builders import make_account


def make_attempt(number: int, manual: bool) -> Attempt:
    return Attempt(float(number), manual, 200, None, 0.0)


@pytest.mark.parametrize("planned", [0, 1, 16])
def test_a_hundred_attempts_by_hand_are_remembered(planned: int) -> None:
    """The newest of them, and all that were not made by hand: those are counted."""
    callback = Callback(1, "acc-1", "t-1", None, "http://a.test/", b"", False)
    for number in range(planned):
        callback.add_attempt(make_attempt(number, manual=False))
    for number in range(250):
        callback.add_attempt(make_attempt(1000 + number, manual=True))
    assert callback.pushes == planned
    assert [each.at for each in callback.attempts if each.manual] == [1150.0 + number for number in range(100)]
    assert len(callback.attempts) == planned + 100


def test_a_key_that_is_remembered_anew_is_counted_once() -> None:
    """Its time is over, but something that lasts longer stands before it, so that it was not swept."""
    budget = Budget(MIB)
    store = Memory(None, budget)
    (long, short) = find_shard_pair()
    store.add_once(long, 0.0, 100_000)
    store.add_once(short, 0.0, 1)
    for turn in range(1, 1000):  # far more than is counted before it comes
        assert store.add_once(short, 10.0 * turn, 1)
    held = budget.used
    store.close()
    assert held <= 2 * 64 * 16


def find_shard_pair() -> tuple[str, str]:
    """Return two keys that lie one after the other in a store."""
    seen: dict[int, str] = {}
    for number in range(100_000):
        key = f"nonce {number}"
        shard = (hash(key) & 0xFFFF_FFFF_FFFF_FFFF) % 4096
        if shard in seen:
            return seen[shard], key
        seen[shard] = key
    raise AssertionError("no two keys lie together")


def test_an_account_for_which_there_is_no_room_leaves_nothing(
    live: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    budgets = live.state.budgets
    monkeypatch.setattr(budgets.accounts, "most", 100)
    before = {name: len(budget.shares) for name, budget in budgets.iterate()}
    for _ in range(3):
        assert live.control("POST", "accounts", {"name": "b"}).status_code == 409
    assert {name: len(budget.shares) for name, budget in budgets.iterate()} == before
    assert budgets.accounts.used == 0
    assert live.state.accounts.find("b") is None


async def test_whoever_waited_for_pushes_is_forgotten(dispatcher: Dispatcher) -> None:
    """Each turn of a clock over the control API waits so."""
    mine = make_account()

    async def count_objects() -> int:
        for _ in range(300):
            await dispatcher.settle(mine)
        await asyncio.sleep(0)
        gc.collect()
        return len(gc.get_objects())

    await count_objects()
    before = await count_objects()
    assert await count_objects() - before < 100
