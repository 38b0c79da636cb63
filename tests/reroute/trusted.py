"""The variables by which a client trusts what `--tls-out` writes, and nothing that leads it."""

import re
from pathlib import Path

from emulator.reroute import Reroute, build_variables


def list_trust_variables(folder: Path) -> dict[str, str]:
    """Return those of all that `exec` and `env --exec` set."""
    built = build_variables({}, Reroute("", None, 443, 80, (), (), (), folder, preload=False))
    written = re.compile(rf"{re.escape(str(folder))}/(ca\.pem|bundle\.pem|trust\.p12)")
    return {name: value for name, value in built.items() if written.search(value) and name != "EMULATOR_CA"}
