"""What tests of several providers need: pictures to be fetched, an emulator that fetches them, a receiver of pushes."""

import asyncio
from collections.abc import Iterator

import pytest

from moderation_emulator.contract.running_server import RunningServer, assert_conform
from tests.picture_host import PictureHost
from tests.receiver import Receiver


@pytest.fixture(scope="module")
def gallery() -> Iterator[PictureHost]:
    with PictureHost() as gallery:
        yield gallery


@pytest.fixture(scope="module")
def _fetching() -> Iterator[RunningServer]:
    with RunningServer({"images": {"fetch": True}}) as live:
        yield live


@pytest.fixture
def fetching(_fetching: RunningServer) -> Iterator[RunningServer]:
    """Yield an emulator that fetches pictures, as new."""
    _fetching.reset()
    yield _fetching
    assert_conform(_fetching.list_entries())


@pytest.fixture
def receiver(live: RunningServer) -> Iterator[Receiver]:
    """Run a receiver of pushes on the emulator's own loop."""
    made = Receiver()
    listening = live.run(asyncio.start_server(made.serve_connection, "127.0.0.1", 0))
    made.port = listening.sockets[0].getsockname()[1]
    yield made

    async def end() -> None:
        made.release.set()
        listening.close()
        made.hang_up()

    live.run(end())
