"""Whether a call of this process to a real host leads to the emulator: by a redirection, or by the emulator's proxy.

Functions that tell it of one call take the arguments of the guarded function, by its names for them.
"""

import os
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from emulator.preload.redirection import Redirection

__tracebackhide__ = True

_PORTS = {"https": 443, "http": 80}


def iterate_redirections() -> Iterator[Redirection]:
    """Yield the redirections that are installed in this process, be it by a preload or by `Rerouted`."""
    function: Any = socket.getaddrinfo
    while function is not None:
        if redirection := getattr(function, "redirection", None):
            yield redirection
        function = getattr(function, "__wrapped__", None)


def leads_here(host: object, port: object) -> bool:
    """Return whether a call to a host and port, without a proxy, is redirected."""
    return any(redirection.find_port(host, port) for redirection in iterate_redirections())


def leads_here_by_proxy(proxy: str, host: object, port: object) -> bool:
    """Return whether a proxy is the emulator's own, and leads calls to a host and port there."""
    try:
        redirection = Redirection(os.environ.get("EMULATOR_REROUTE", ""), "")
    except ValueError:
        return False
    return proxy == os.environ.get("EMULATOR_PROXY") and redirection.find_port(host, port) is not None


def is_lookup_led(host: object, port: object = None, *_: object, **__: object) -> bool:
    return leads_here(host, port)


def is_name_led(*_: object, **__: object) -> bool:
    """Return False: an address without a port can be used for a call anywhere."""
    return False


def is_tunnel_led(connection: Any, host: object, port: int | None = None, *_: object, **__: object) -> bool:
    return leads_here_by_proxy(f"http://{connection.host}:{connection.port}", host, port or 443)


def is_request_led(connection: Any, method: str, url: str, *_: object, **__: object) -> bool:  # noqa: ARG001
    """Return whether a request that is sent to a proxy, with a whole URL, leads to the emulator."""
    parts = urlsplit(url)
    proxy = f"http://{connection.host}:{connection.port}"
    return leads_here_by_proxy(proxy, parts.hostname, parts.port or _PORTS.get(parts.scheme))


def is_aiohttp_led(session: Any, method: str, str_or_url: object, proxy: object = None, **_: object) -> bool:  # noqa: ARG001
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(str(str_or_url))
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    proxy = proxy or getattr(session, "_default_proxy", None)
    if not proxy and session.trust_env and not proxy_bypass(host):
        proxy = getproxies().get(parts.scheme)
    return leads_here_by_proxy(str(proxy).rstrip("/"), host, port) if proxy else leads_here(host, port)
