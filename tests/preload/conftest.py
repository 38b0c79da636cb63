"""One stand-in for the emulator, and commands whose calls lead to it."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator.preload import NODE_FILE, PYTHON_FOLDER
from tests.stand_in import StandIn, standing_in

REROUTED = ("api.example.test", "*.wild.example.test")
REFUSED = ("!*.example.test", "+free.example.test", "+*.open.example.test")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with standing_in(tmp_path_factory.mktemp("with a space"), REROUTED) as running:
        yield running


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    return tmp_path / "stopped"


@pytest.fixture
def run(stand_in: StandIn, stopped: Path) -> Run:
    """Return a function that runs a command with the preloads. Variables are added; None takes one away."""

    def run_command(*command: str | Path, **variables: str | None) -> subprocess.CompletedProcess[str]:
        proxies = {name for name in os.environ if name.lower().endswith("_proxy")}
        given = {
            **{name: value for name, value in os.environ.items() if name not in proxies},
            "PYTHONPATH": str(PYTHON_FOLDER),
            "NODE_OPTIONS": f'--require="{NODE_FILE}"',
            "NODE_EXTRA_CA_CERTS": str(stand_in.ca),
            "EMULATOR_CA": str(stand_in.ca),
            "EMULATOR_REROUTE": " ".join([f"{stand_in.tls_port},{stand_in.plain_port}", *REROUTED, *REFUSED]),
            "EMULATOR_STOPPED": str(stopped),
            **variables,
        }
        environment = {name: value for name, value in given.items() if value is not None}
        return subprocess.run(
            list(map(str, command)), env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    return run_command
