"""Why a port cannot be used, and what helps."""

import errno
import os
import socket


class NoPort(Exception):
    """Raised when the port cannot be used; the text says why, and what helps."""


def explain_failure(error: OSError) -> str:
    """Return why listening fails, in the system's words, and what helps. asyncio's words would repeat the address."""
    if isinstance(error, socket.gaierror) or error.errno is None:
        return f"{error.strerror or error}"
    return f"{os.strerror(error.errno).lower()}{_ADVICE.get(error.errno, '')}"


_ADVICE = {
    errno.EADDRINUSE: ". Try --port 0 for a free one",
    errno.EACCES: ". Ports below 1024 may want more rights; try --port 8080",
    errno.EADDRNOTAVAIL: ". --host takes an address of this machine",
}
