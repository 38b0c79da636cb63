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
from hypothesis import HealthCheck, settings

from moderation_emulator.contract.fixtures import answers, ask, lend, own_state, shared_server
from moderation_emulator.contract.running_server import RunningServer
from tests import client_table
from tests.java.jvm import call, class_path, java

__all__ = ["answers", "ask", "call", "class_path", "java", "own_state", "shared_server"]

ROOT = Path(__file__).parents[1]

# The machine may be slow; what counts is what is found.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def heeded() -> Iterator[None]:
    """Let the children of this test obey signals that end a process: nohup and a shell's `&` have them ignored."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-table",
        action="store_true",
        help="write what clients were proved to do into the READMEs and docs/clients.md",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "client(name): drives this real client; see tests/client_table.py")
    config.addinivalue_line("markers", "led: sees how a client arrives that exec runs; see tests/exec/led.py")
    config.addinivalue_line("markers", "whole: repeats a path that another test walks; only in a whole run, -m ''")
    write = config.getoption("--write-table")
    if write or client_table.is_whole_run(config):
        config.pluginmanager.register(client_table.ClientTables(write))


@pytest.fixture
def live(shared_server: RunningServer, request: pytest.FixtureRequest) -> Iterator[RunningServer]:
    """Yield the shared emulator with default settings, as new; afterwards hold its answers against the schemas."""
    with lend(shared_server):
        yield shared_server
        client_table.note_calls(request, shared_server)


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
