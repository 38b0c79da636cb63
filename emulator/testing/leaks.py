"""A guard against calls that would reach a real provider: it stops the lookup of their hosts."""

import socket
import sys
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import wraps
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from emulator.clients import load_clients
from emulator.testing.led_calls import is_aiohttp_led, is_lookup_led, is_name_led, is_request_led, is_tunnel_led

__tracebackhide__ = True

_NAMES = ("host", "url", "str_or_url")  # of the argument with the host or URL, in the guarded functions


class Leak(AssertionError):
    """A call to a real provider was stopped. It is no OSError, because clients try again after one."""


class _Lookup(NamedTuple):
    """A function that looks a name up, or passes it on.

    owner: Its module or class.
    name: Its name there.
    position: Of the argument with the host or URL.
    is_led: Whether a call of it leads to the emulator, from the same arguments.
    """

    owner: Any
    name: str
    position: int
    is_led: Callable[..., bool]


class LeakGuard:
    """While entered, looking up a real provider's host raises Leak; `leaks` holds all that were raised.

    A call that is led to the emulator, as by `Rerouted`, is none. `hosts` are more patterns to stop. Two kinds of
    clients are not noticed: clients that were given an IP address, and clients that look names up by themselves
    (uvloop, c-ares), except aiohttp's.
    """

    def __init__(self, hosts: Iterable[str] = ()) -> None:
        own = dict.fromkeys(hosts, "point the client to the emulator")
        self._hosts = {pattern: how for clients in load_clients() for pattern, how in clients.hosts.items()} | own
        self._originals: list[tuple[Any, str, Any]] = []
        self.leaks: list[Leak] = []

    def __enter__(self) -> Self:
        for lookup in _list_lookups():
            original = getattr(lookup.owner, lookup.name)
            self._originals.append((lookup.owner, lookup.name, original))
            setattr(lookup.owner, lookup.name, self._guard(original, lookup))
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

    def _guard(self, original: Callable[..., Any], lookup: _Lookup) -> Callable[..., Any]:
        """Return the function, preceded by a check of the host."""

        @wraps(original)
        def check_and_call(*arguments: Any, **named: Any) -> Any:
            given = arguments[lookup.position :] or [named[name] for name in _NAMES if name in named]
            if given and not lookup.is_led(*arguments, **named):
                self.check(given[0])
            return original(*arguments, **named)

        return check_and_call


def _list_lookups() -> list[_Lookup]:
    from http.client import HTTPConnection

    lookups = [
        # create_connection, urllib3, and asyncio's loop in its threads end up here
        _Lookup(socket, "getaddrinfo", 0, is_lookup_led),
        _Lookup(socket, "gethostbyname", 0, is_name_led),
        _Lookup(socket, "gethostbyname_ex", 0, is_name_led),
        _Lookup(HTTPConnection, "set_tunnel", 1, is_tunnel_led),  # through a proxy, which looks the name up
        _Lookup(HTTPConnection, "putrequest", 2, is_request_led),  # likewise: an absolute URL
    ]
    if aiohttp := sys.modules.get("aiohttp"):  # it may use a resolver of its own, or a proxy
        lookups.append(_Lookup(aiohttp.ClientSession, "_request", 2, is_aiohttp_led))
    return lookups
