"""A guard against calls that would reach a real provider: it stops the lookup of their hosts."""

import socket
import sys
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import wraps
from typing import Any, Self
from urllib.parse import urlsplit

from emulator.clients import load_clients

__tracebackhide__ = True

_NAMES = ("host", "url", "str_or_url")  # of the argument with the host or URL, in the guarded functions


class Leak(AssertionError):
    """A call to a real provider was stopped. It is no OSError, because clients try again after one."""


class LeakGuard:
    """While entered, looking up a real provider's host raises Leak; `leaks` holds all that were raised.

    `hosts` are more patterns to stop. Two kinds of clients are not noticed: clients that were given an IP address, and
    clients that look names up by themselves (uvloop, c-ares), except aiohttp's.
    """

    def __init__(self, hosts: Iterable[str] = ()) -> None:
        own = dict.fromkeys(hosts, "point the client to the emulator")
        self._hosts = {pattern: how for clients in load_clients() for pattern, how in clients.hosts.items()} | own
        self._originals: list[tuple[Any, str, Any]] = []
        self.leaks: list[Leak] = []

    def __enter__(self) -> Self:
        for owner, name, position in _list_lookups():
            original = getattr(owner, name)
            self._originals.append((owner, name, original))
            setattr(owner, name, self._guard(original, position))
        return self

    def __exit__(self, *_: object) -> None:
        while self._originals:
            setattr(*self._originals.pop())

    def check(self, host: object) -> None:
        """Raise Leak if `host`, a name or a URL, must not be reached."""
        text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        name = (urlsplit(text).hostname or "") if "://" in text else text
        name = name.rstrip(".").lower()
        for pattern, how in self._hosts.items():
            if fnmatchcase(name, pattern):
                leak = Leak(f"this test calls the real {name}; {how}")
                self.leaks.append(leak)
                raise leak

    def _guard(self, original: Callable[..., Any], position: int) -> Callable[..., Any]:
        """Return the function, preceded by a check of the host, which is the argument at `position`."""

        @wraps(original)
        def check_and_call(*arguments: Any, **named: Any) -> Any:
            given = arguments[position : position + 1] or [named[name] for name in _NAMES if name in named]
            self.check(given[0] if given else "")
            return original(*arguments, **named)

        return check_and_call


def _list_lookups() -> list[tuple[Any, str, int]]:
    """Return the functions that look a name up, or pass it on: owner, name, and position of the argument with it."""
    from http.client import HTTPConnection

    lookups: list[tuple[Any, str, int]] = [
        (socket, "getaddrinfo", 0),  # create_connection, urllib3, and asyncio's loop in its threads end up here
        (socket, "gethostbyname", 0),
        (socket, "gethostbyname_ex", 0),
        (HTTPConnection, "set_tunnel", 1),  # through a proxy, which looks the name up
        (HTTPConnection, "putrequest", 2),  # likewise: an absolute URL
    ]
    if aiohttp := sys.modules.get("aiohttp"):  # it may use a resolver of its own, or a proxy
        lookups.append((aiohttp.ClientSession, "_request", 2))
    return lookups
