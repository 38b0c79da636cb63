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

    started = Path(sys.argv[0]).absolute()
    file = started.with_name(_FILE)  # Windows tells it without its ending
    return _quote(str(file)) if started.stem == NAME and file.exists() else f"{_quote(sys.executable)} -m emulator"


def _quote(path: str) -> str:
    """Return a path as one word of the shell here."""
    if os.name == "nt":
        from subprocess import list2cmdline

        return list2cmdline([path])
    from shlex import quote

    return quote(path)
