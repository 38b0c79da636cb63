"""Clients of Node that were told nothing: `exec` leads each to an emulator. The SDKs are in tests/clients."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.client_table import find_version
from tests.exec.led import CLIENTS, find_way, note_arrival, run_led

NODE = shutil.which("node")
MODULES = Path(__file__).parents[1] / "node" / "node_modules"
# The clients lie where no application would look, and 1.x of the cloud's SDK takes its secrets from variables alone.
ENVIRONMENT = {
    "NODE_PATH": str(MODULES),
    "NODE_NO_WARNINGS": "1",
    "TENCENTCLOUD_SECRETID": "any",
    "TENCENTCLOUD_SECRETKEY": "any",
}

TEXT_BLOCKED = {"expires_in": 7200, "errcode": 87014}
CLOUD_BLOCKED = {"errcode": 87014}
BUILT_IN = ("https", "fetch")
EXPECTED: dict[str, dict[str, Any]] = {
    **dict.fromkeys((*BUILT_IN, "undici", "node-fetch", "got", "axios", "request"), TEXT_BLOCKED),
    **{f"wx-server-sdk-{line}": CLOUD_BLOCKED for line in (1, 2, 3, 4)},
}

pytestmark = [
    pytest.mark.led,
    pytest.mark.skipif(NODE is None, reason="node is not installed"),
    pytest.mark.skipif(not MODULES.is_dir(), reason="tests/node/node_modules is missing: npm ci there"),
]


@cache
def find_node_version() -> str:
    done = subprocess.run([str(NODE), "--version"], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.strip().lstrip("v").partition(".")[0]


def describe(client: str) -> tuple[str, str]:
    """Return the name of a client in the table, and its version, with that of Node, on which its way depends."""
    if client in BUILT_IN:
        return f"Node.js: {client}", find_node_version()
    name = f"Node.js: {client}" if EXPECTED.get(client) is TEXT_BLOCKED else re.sub(r"-([0-9])$", r", \1.x", client)
    return name, f"{find_version(client)}, Node.js {find_node_version()}"


@pytest.mark.parametrize("client", EXPECTED)
def test_a_client_gets_the_verdict_of_the_emulator(request: pytest.FixtureRequest, client: str) -> None:
    command = [str(NODE), str(CLIENTS / "node.cjs"), client]
    led = run_led(command, env=ENVIRONMENT)
    assert (led.got, led.stderr, led.code) == (EXPECTED[client], "", 0)
    note_arrival(request, *describe(client), find_way(command, EXPECTED[client], env=ENVIRONMENT))


def test_an_entry_point_that_is_a_module() -> None:
    led = run_led([str(NODE), str(CLIENTS / "node.mjs")], env=ENVIRONMENT)
    assert (led.got, led.stderr, led.code) == (TEXT_BLOCKED, "", 0)


def test_tests_by_jest(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A test runs in a sandbox of Jest's, with modules of its own."""
    jest = MODULES / ".bin" / "jest"
    folders = [f"--rootDir={CLIENTS}", f"--cacheDirectory={tmp_path}"]
    command = [str(NODE), str(jest), "--json", "--config={}", *folders]
    led = run_led(command, env=ENVIRONMENT)
    assert led.code == 0, led.stderr
    assert (led.got["numPassedTests"], led.got["numTotalTests"]) == (3, 3)
    unled = run_led(command, preload=False, env=ENVIRONMENT)
    note_arrival(request, *describe("jest"), "preload" if unled.code else "variables")
