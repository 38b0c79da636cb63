"""The gateway's own pair of keys, with which it signs its answers."""

import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from emulator.signatures import rsa2
from emulator.world.settings import Settings

FILE = "alipay_gateway_private.pem"


def private_key(settings: Settings) -> str:
    """The one that was set, else one that is made on first use and kept for this user, so that clients need to be told
    the public half only once.
    """
    return settings.gateway_private_key or kept()


def public_key(settings: Settings) -> str:
    """What clients verify the answers with, as PEM."""
    return rsa2.public_of(private_key(settings))


@cache
def kept() -> str:
    """The key in the user's folder; where none can be kept there, one that lives as long as the process."""
    try:
        file = folder() / FILE
        if not file.exists():
            _make(file)
        key = file.read_text(encoding="ascii")
        rsa2.public_of(key)
    except (OSError, RuntimeError, ValueError):  # a user without home is a RuntimeError
        return rsa2.make()
    return key


def folder() -> Path:
    """Where programs keep what they made for themselves, by the custom of the system."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "moderation-emulator"


def _make(file: Path) -> None:
    """Written apart and then named, so that of several processes that start at once all read the same."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=file.parent) as apart:
        apart.write(rsa2.make())
        apart.flush()
        with suppress(FileExistsError):
            file.hardlink_to(apart.name)
