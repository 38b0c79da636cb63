"""What tests of several providers need: pictures to be fetched, an emulator that fetches them, a receiver of pushes."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.gallery import Gallery
from tests.live import Live, assert_conform
from tests.receiver import Receiver


@pytest.fixture(scope="module")
def gallery() -> Iterator[Gallery]:
    with Gallery() as gallery:
        yield gallery


@pytest.fixture(scope="module")
def _fetching() -> Iterator[Live]:
    with Live({"images": {"fetch": True}}) as live:
        yield live


@pytest.fixture
def fetching(_fetching: Live) -> Iterator[Live]:
    """An emulator that looks at pictures, as new."""
    _fetching.reset()
    yield _fetching
    assert_conform(_fetching.entries())


@pytest.fixture
def receiver(live: Live) -> Iterator[Receiver]:
    """A receiver of pushes, on the emulator's own loop."""
    made = Receiver()
    listening = live.run(asyncio.start_server(made.line, "127.0.0.1", 0))
    made.port = listening.sockets[0].getsockname()[1]
    yield made

    async def end() -> None:
        made.release.set()
        listening.close()
        made.hang_up()

    live.run(end())
