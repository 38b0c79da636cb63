from collections.abc import AsyncIterator

import pytest

from emulator.state.callbacks.dispatcher import Dispatcher
from tests.receiver import Receiver, receiving
from tests.state.callbacks.builders import working_dispatcher


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def dispatcher() -> AsyncIterator[Dispatcher]:
    async with working_dispatcher() as made:
        yield made
