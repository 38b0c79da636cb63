"""How the command is typed here: its name, unless a shell would not find it."""

import os
import sys

NAME = "moderation-emulator"

_FILE = f"{NAME}.exe" if os.name == "nt" else NAME


def find_command() -> str:
    """Return the command as a shell here finds it: its name, else the file that was started, else `python -m`."""
    if any(os.access(f"{folder}{os.sep}{_FILE}", os.X_OK) for folder in os.get_exec_path()):
        return NAME
    from pathlib import Path
    from shlex import quote

    started = Path(sys.argv[0]).absolute()
    return quote(str(started)) if started.name == _FILE and started.exists() else f"{quote(sys.executable)} -m emulator"
