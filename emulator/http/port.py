"""Why a port cannot be used, and what helps."""

import errno
import os
import socket


class NoPort(Exception):
    """Raised when a `port` cannot be used; the text says why, and what helps."""

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(reason)
        self.port = port


def explain_failure(error: OSError, option: str = "--port 8080") -> str:
    """Return why listening fails, in the system's words, and what helps. asyncio's words would repeat the address.

    `option` is the one of `serve` that names the port, with a number that may help.
    """
    if isinstance(error, socket.gaierror) or error.errno is None:
        return f"{error.strerror or error}"
    advice = _ADVICE.get(error.errno, "").format(option=option, flag=option.partition(" ")[0])
    return f"{os.strerror(error.errno).lower()}{advice}"


_ADVICE = {
    errno.EADDRINUSE: ". Try {flag} 0 for a free one",
    errno.EACCES: ". Ports below 1024 may want more rights; try {option}",
    errno.EADDRNOTAVAIL: ". --host takes an address of this machine",
}
