from collections.abc import AsyncIterator

import pytest

from emulator.world.courier import Courier
from tests.receiver import Receiver, receiving
from tests.world.courier_kit import working


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def courier() -> AsyncIterator[Courier]:
    async with working() as made:
        yield made
