"""Leads the calls of this process to real hosts to an emulator, whatever client makes them."""

import socket
from pathlib import Path
from typing import Any, Self

from emulator.preload.patches import PATCHES
from emulator.preload.redirection import Redirection

__tracebackhide__ = True

_SECONDS = 10  # that an emulator on this machine may take for a handshake


class NoReroute(RuntimeError):
    """Calls cannot be led to this emulator; the text says why."""


class Rerouted:
    """While entered, calls to the names of the emulator's certificate reach it: with TLS from 443, without from 80.

    Clients may have been made before, and none is changed. Not led are clients that were given an IP address, other
    processes, and calls through a proxy. `ca` is the file with the emulator's certificate authority.
    """

    def __init__(self, tls_port: int, plain_port: int, ca: Path) -> None:
        self._tls_port, self._plain_port, self._ca = tls_port, plain_port, ca
        self._redirection: Redirection | None = None

    def __enter__(self) -> Self:
        names = " ".join(read_names(self._tls_port, self._ca))
        self._redirection = Redirection(f"{self._tls_port},{self._plain_port} {names}", str(self._ca))
        self._redirection.install(PATCHES)
        return self

    def __exit__(self, *_: object) -> None:
        if self._redirection is not None:
            self._redirection.remove()
            self._redirection = None


def read_names(port: int, ca: Path) -> list[str]:
    """Return the names that the certificate at a port of this machine is for. Raises NoReroute."""
    import ssl

    try:
        context = ssl.create_default_context(cafile=ca)
        context.check_hostname = False  # the authority has signed it; whose it is will be read from it
        with socket.create_connection(("127.0.0.1", port), _SECONDS) as plain, context.wrap_socket(plain) as secure:
            certificate: Any = secure.getpeercert()
    except OSError as error:
        raise NoReroute(f"no emulator takes TLS at port {port} with a certificate of {ca}: {error}") from None
    names = [value for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"]
    return [name for name in names if name != "localhost"]
