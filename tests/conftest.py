"""One emulator for the whole run, reset before each test that uses it; others with settings of their own."""

import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, settings

from tests import client_table
from tests.contract.in_process import Ask, prepare_ask
from tests.contract.rendering import gather_answers
from tests.running_server import RunningServer, assert_conform

ROOT = Path(__file__).parents[1]

# The machine may be slow; what counts is what is found.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what the emulator stores for its user in a folder of this run alone."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
            patch.setenv(variable, str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def heeded() -> Iterator[None]:
    """Let the children of this test obey signals that end a process: nohup and a shell's `&` have them ignored."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def _shared() -> Iterator[RunningServer]:
    with RunningServer() as live:
        yield live


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-table", action="store_true", help="write what clients were proved to do into the READMEs")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "client(name): drives this real client; see tests/client_table.py")
    config.addinivalue_line("markers", "whole: repeats a path that another test walks; only in a whole run, -m ''")
    write = config.getoption("--write-table")
    if write or client_table.is_whole_run(config):
        config.pluginmanager.register(client_table.ClientTable(write))


@pytest.fixture
def live(_shared: RunningServer, request: pytest.FixtureRequest) -> Iterator[RunningServer]:
    """Yield the shared emulator with default settings, as new; afterwards hold its answers against the schemas."""
    _shared.reset()
    yield _shared
    client_table.note_calls(request, _shared)
    assert_conform(_shared.list_entries())


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


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Return the wheel: what is shipped to those who do not compile."""
    pytest.importorskip("hatchling", reason="without hatchling no wheel can be built here")
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Iterator[Callable[..., RunningServer]]:
    """Yield a function that starts emulators with settings of their own: `start({"quirks": {...}})`."""
    with ExitStack() as stack:

        def start_server(given: dict[str, Any] | None = None) -> RunningServer:
            live = stack.enter_context(RunningServer(given))
            stack.callback(client_table.note_calls, request, live)
            return live

        yield start_server
