"""The gateway's own pair of keys, with which it signs its answers."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from stat import S_ISREG
from tempfile import mkstemp
from threading import Lock

from emulator.config.model import Settings
from emulator.signatures import rsa2

log = logging.getLogger("emulator")

FILE = "alipay_gateway_private.pem"

_LONGEST = 65536  # characters of a key
_lock = Lock()


def get_private_key(settings: Settings) -> str:
    """Return the key that was set, else the key that is made on first use and kept for this user.

    It is kept so that clients need to be given the public half only once.
    """
    return settings.sections["alipay"]["gateway_private_key"] or load_key()


def get_public_key(settings: Settings) -> str:
    """Return the public key that clients verify the answers with, as PEM.

    The first time it takes some tenths of a second, so it must not be called in the event loop.
    """
    return rsa2.derive_public_key(get_private_key(settings))


def load_key() -> str:
    """Return the key in the user's folder; where no key can be kept there, a key that lives as long as the process.

    The first time it takes some tenths of a second.
    """
    with _lock:  # of several threads at once, one makes the key and all get the same
        return _load_key()


@cache
def _load_key() -> str:
    try:
        file = choose_folder() / FILE
        if file.exists() and _read(file) is None:
            with _locked_folder(file.parent):
                _move_aside(file)
                _write_new_key(file)
        if not file.exists():
            _write_new_key(file)
        if (key := _read(file)) is not None:
            return key
        reason = f"{file} is damaged"
    except (OSError, RuntimeError) as error:  # a user without home is a RuntimeError
        reason = str(error)
    log.warning("the gateway's key cannot be kept, after the next start it will be another: %s", reason)
    return rsa2.make_key()


def choose_folder() -> Path:
    """Return the folder in which, by the custom of the system, programs keep the files they made for themselves."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "moderation-emulator"


def _read(file: Path) -> str | None:
    """Return the key in a file; None if it holds no RSA key.

    Raises OSError for anything but a regular file, as reading a pipe may never end.
    """
    if not S_ISREG(file.stat().st_mode):
        raise OSError(f"{file} is no regular file")
    with file.open(encoding="ascii", errors="replace") as opened:
        key = opened.read(_LONGEST)
    try:
        rsa2.derive_public_key(key)
    except ValueError:
        return None
    return key


@contextmanager
def _locked_folder(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder, where the system has one, so that one process at a time replaces a damaged key.

    Otherwise a process could move aside the new key of another.
    """
    try:
        from fcntl import LOCK_EX, flock
    except ImportError:  # Windows
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        flock(descriptor, LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _move_aside(file: Path) -> None:
    """Give a damaged file another name, unless another process has replaced it already."""
    renamed = file.with_name(f"{file.name}.damaged")
    with suppress(FileNotFoundError):
        if _read(file) is None:
            file.replace(renamed)
            log.warning(
                "%s held no RSA key and is now %s; clients need the public half of a new one", file, renamed.name
            )


def _write_new_key(file: Path) -> None:
    """Write a new key, unless there is one by now.

    It is written to a temporary file and then linked, so that processes that start at once all read the same key.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = mkstemp(dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write(rsa2.make_key())
        with suppress(FileExistsError):
            file.hardlink_to(temporary)  # once it is closed: Windows links no open file
    finally:
        Path(temporary).unlink()
