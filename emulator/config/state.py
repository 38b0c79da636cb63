"""The settings of the state: where it is kept, and what they must not contradict."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.types import Problem, Problems

MEMORY = "memory"


def locate_state(form: dict[str, Any], folder: Path) -> None:
    """Have a file that a configuration file names lie beside that, in its `folder`."""
    if form.get("state", MEMORY) != MEMORY:
        form["state"] = str(folder / form["state"])


def check_state(given: Mapping[str, Any]) -> None:
    """Raise Problems for a state that is no file, or beside which there must be no seed."""
    state = given.get("state", MEMORY)
    if "://" in state:
        scheme = state.partition("://")[0][:20]
        raise Problems([Problem("$.state", "memory, or the name of a file", f"an address ({scheme}://...)")])
    if state != MEMORY and given.get("seed") is not None:
        reason = "no seed beside a state in a file: ids that repeat would name what earlier starts have kept"
        raise Problems([Problem("$.seed", reason, str(given["seed"]))])
