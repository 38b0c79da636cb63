"""Runs a client by `exec`, and notes how it arrived at the emulator."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

import emulator

CLIENTS = Path(__file__).parent / "clients"
PACKAGE_ROOT = Path(emulator.__file__).parents[1]
EXEC = (sys.executable, "-m", "emulator", "exec")
TIMEOUT = 240  # seconds; Go compiles its own library first, where that was never done

_OFFLINE = (sys.executable, str(Path(__file__).parent / "offline.py"))
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")

Way = Literal["variables", "preload", "host names"]


class Led(NamedTuple):
    """What became of a client: the JSON that it printed (text that is none as it is), its errors, its exit code."""

    got: Any
    stderr: str
    code: int


def build_environment(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a user that knows of no proxy and no certificate, and what is given beside it."""
    own = {name: os.environ[name] for name in _KEPT if name in os.environ}
    own |= given or {}
    return {**own, "PYTHONPATH": os.pathsep.join(filter(None, [own.get("PYTHONPATH"), str(PACKAGE_ROOT)]))}


def run_led(
    command: Sequence[str], *, preload: bool = True, env: Mapping[str, str] | None = None, options: Sequence[str] = ()
) -> Led:
    """Return what a client got that was run by `exec`.

    Without preloads it may not be led, and would call the real service: so there it has no network. Where that cannot
    be had, the test is skipped.
    """
    line = [*EXEC, *options, *(() if preload else ("--no-preload",)), "--", *command]
    if not preload:
        if not can_leave_network():
            pytest.skip("how a client arrives is not measured: no network namespace can be had here")
        line = [*_OFFLINE, *line]
    done = subprocess.run(
        line, env=build_environment(env), capture_output=True, text=True, encoding="utf-8", timeout=TIMEOUT, check=False
    )
    return Led(_parse(done.stdout), done.stderr, done.returncode)


def find_way(
    command: Sequence[str], expected: Any, *, env: Mapping[str, str] | None = None, options: Sequence[str] = ()
) -> Way:
    """Return how a client arrives that gets what is expected with the preloads: also without them, or not."""
    led = run_led(command, preload=False, env=env, options=options)
    return "variables" if (led.got, led.code) == (expected, 0) else "preload"


def note_arrival(request: pytest.FixtureRequest, client: str, version: str, how: Way) -> None:
    """Note for the table of docs/clients.md how a client arrived."""
    request.node.user_properties.append(("arrived", [(client, version, how)]))


@cache
def can_leave_network() -> bool:
    """Return whether a process here can have no network."""
    return subprocess.run([*_OFFLINE, "true"], capture_output=True, timeout=30, check=False).returncode == 0


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
