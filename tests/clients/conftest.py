"""Drivers of the languages whose clients are tested, each started once and only when it is needed."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from emulator.media.card import draw_card
from tests.clients.driver import Driver
from tests.exec.led import EXEC, build_environment, can_leave_network

ROOT = Path(__file__).parents[2]
GO_CLIENTS = ROOT / ".venv" / "go" / "clients"
NODE = ROOT / "tests" / "node"
OFFLINE = (sys.executable, str(ROOT / "tests" / "exec" / "offline.py"))

# How a driver is run: as it is, or by exec, with the preloads or with the variables alone.
WAYS = {
    "plain": (),
    "preload": (*EXEC, "--"),
    "variables": (*OFFLINE, *EXEC, "--no-preload", "--"),
}

OpenDriver = Callable[[str, str], Driver]


def find_command(language: str) -> list[str]:
    """Return the command of a driver; the test is skipped where it cannot be had."""
    tool, needed, command = {
        "go": ("go", GO_CLIENTS, [str(GO_CLIENTS)]),
        "node": ("node", NODE / "node_modules", ["node", str(NODE / "clients.cjs")]),
    }[language]
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    if not needed.exists():
        pytest.skip(f"{needed.relative_to(ROOT)} is missing: `make test` makes it")
    return command


@pytest.fixture(scope="session")
def open_driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenDriver]:
    """Yield a function that returns the driver of a language, run in one of the ways."""
    with ExitStack() as stack:

        @cache
        def start_driver(language: str, way: str) -> Driver:
            command = find_command(language)
            if way == "variables" and not can_leave_network():
                pytest.skip("how a client arrives is not measured: no network namespace can be had here")
            folder = tmp_path_factory.mktemp(language)
            (folder / "blocked.png").write_bytes(draw_card([], 64, 64, comment="emu-block "))
            return stack.enter_context(Driver([*WAYS[way], *command], folder, build_environment()))

        yield start_driver
