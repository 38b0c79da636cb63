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
    """Return why listening fails, and what helps. asyncio's words would repeat the address.

    `option` is the one of `serve` that names the port, with a number that may help.
    """
    if isinstance(error, socket.gaierror) or error.errno is None:
        return f"{error.strerror or error}"
    if known := _KNOWN.get(error.errno):
        return known.format(option=option, flag=option.partition(" ")[0])
    return os.strerror(error.errno).lower()


# Windows has no words for the numbers of sockets.
_KNOWN = {
    errno.EADDRINUSE: "address already in use. Try {flag} 0 for a free one",
    errno.EACCES: "permission denied. Ports below 1024 may want more rights; try {option}",
    errno.EADDRNOTAVAIL: "cannot assign requested address. --host takes an address of this machine",
}
