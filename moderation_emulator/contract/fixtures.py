"""The fixtures of the suite: an emulator for all tests, reset before each that uses it, and looks at what it kept."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import requests

from moderation_emulator.contract.in_process import Ask, prepare_ask
from moderation_emulator.contract.rendering import gather_answers
from moderation_emulator.contract.running_server import RunningServer, assert_conform


@pytest.fixture(scope="session", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what the emulator stores for its user in a folder of this run alone."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
            patch.setenv(variable, str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def shared_server() -> Iterator[RunningServer]:
    """Run an emulator with default settings for the whole run."""
    with RunningServer() as live:
        yield live


@contextmanager
def lend(live: RunningServer) -> Iterator[None]:
    """Reset an emulator; afterwards hold its answers against the schemas."""
    live.reset()
    yield
    assert_conform(live.list_entries())


@pytest.fixture
def live(shared_server: RunningServer) -> Iterator[RunningServer]:
    """Yield the shared emulator, as new."""
    with lend(shared_server):
        yield shared_server


@pytest.fixture
def ask(live: RunningServer, caplog: pytest.LogCaptureFixture) -> Iterator[Ask]:
    """Yield a function that answers requests in process; afterwards look at what was kept of them."""
    with prepare_ask(live, caplog) as ask:
        yield ask


@pytest.fixture
def answers(live: RunningServer) -> Iterator[list[requests.Response]]:
    """Gather every answer that comes in a test; none may hold a tag of the caller's that a browser renders."""
    with gather_answers(live) as came:
        yield came


@pytest.fixture
def start() -> Iterator[Callable[..., RunningServer]]:
    """Yield a function that starts emulators with settings of their own: `start({"quirks": {...}})`."""
    with ExitStack() as stack:

        def start_server(given: Mapping[str, Any] | None = None) -> RunningServer:
            return stack.enter_context(RunningServer(given))

        yield start_server
