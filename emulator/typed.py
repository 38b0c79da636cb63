"""How the command is typed here: its name, unless a shell would not find it."""

import shlex
import shutil
import sys
from pathlib import Path

NAME = "moderation-emulator"


def typed() -> str:
    """Return the command as a shell here finds it: its name, else the file that was started, else through Python."""
    if shutil.which(NAME):
        return NAME
    started = Path(sys.argv[0]).absolute()
    if started.stem == NAME and started.exists():
        return shlex.quote(str(started))
    return f"{shlex.quote(sys.executable)} -m emulator"
