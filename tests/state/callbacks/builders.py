"""A dispatcher at work, accounts whose clocks stand still, and receivers by the hundred."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from emulator.config.model import Callbacks
from emulator.net.egress import Egress
from emulator.signatures.callback import compute_checksum
from emulator.state.accounts import Account
from emulator.state.callbacks.callback import Callback
from emulator.state.callbacks.delivery import Delivery
from emulator.state.callbacks.dispatcher import Dispatcher
from emulator.state.events import Events
from tests.receiver import Receiver
from tests.state.builders import make_default_account

UID, SEED = "1234567890", "a seed"
CONTENT = json.dumps(
    {"code": 200, "msg": "OK", "dataId": "图 1&2=%+", "taskId": "t-1", "results": []}, ensure_ascii=False
)
GAP = 10.0
FAST = Callbacks(timeout=5, gaps=(GAP,))


def make_form(content: str = CONTENT) -> tuple[tuple[str, str], ...]:
    return ("checksum", compute_checksum(UID, SEED, content)), ("content", content)


def make_account(name: str = "acc-1") -> Account:
    """An account whose clock stands still."""
    made = make_default_account(name)
    made.id = name
    made.clock.freeze(True)
    return made


def send(dispatcher: Dispatcher, to: Account, url: str, mode: str | float | None = None, **given: Any) -> Callback:
    """Send something that is ready now."""
    delivery = {"task_id": "t-1", "data_id": "d-1", "form": make_form(), "ready_at": to.clock.now(), **given}
    callback = dispatcher.make_callback(to, Delivery(url=url, mode=mode, **delivery))
    dispatcher.schedule(to, callback)
    return callback


async def play(dispatcher: Dispatcher, of: Account, rounds: int = 20) -> None:
    """Move the clock past the gap so many times; each move ends when what fell due was pushed once."""
    await dispatcher.settle(of)
    for _ in range(rounds):
        of.clock.advance(GAP)
        await dispatcher.settle(of)


def callback_to_dict(callback: Callback, of: Account) -> dict[str, Any]:
    return callback.to_dict(of.clock.now(), of.clock.frozen)


@asynccontextmanager
async def working_dispatcher(
    settings: Callbacks = FAST,
    lookup: Callable[[str], Awaitable[Sequence[str]]] | None = None,
    events: Events | None = None,
) -> AsyncIterator[Dispatcher]:
    egress = Egress(settings.allow, private=True, lookup=lookup, connections=(0, 0))
    dispatcher = Dispatcher(settings, egress, events)
    try:
        yield dispatcher
    finally:
        await dispatcher.close()


@asynccontextmanager
async def running_receivers(number: int) -> AsyncIterator[list[Receiver]]:
    made = [Receiver() for _ in range(number)]
    ports = [await asyncio.start_server(each.serve_connection, "127.0.0.1", 0) for each in made]
    for each, port in zip(made, ports, strict=True):
        each.port = port.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        for each, port in zip(made, ports, strict=True):
            each.release.set()
            port.close()
            each.hang_up()
