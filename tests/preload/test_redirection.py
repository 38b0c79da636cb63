"""What a redirection decides, and that it leaves nothing behind."""

import re
import socket
import ssl
import sys

import aiohttp.resolver
import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.net.fates import Fates
from emulator.preload.patches import PATCHES
from emulator.preload.redirection import Redirection

LABELS = st.sampled_from(["a", "b", "api", "x-1"])
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
PATTERNS = st.lists(st.one_of(LABELS, st.just("*")), min_size=1, max_size=4).map(".".join)
PORTS = st.sampled_from([443, 80, "443", "80", b"443", "https", "http", 8443, 0, None, "", "x", -1])
LED = {443: 1001, 80: 1002, "443": 1001, "80": 1002, b"443": 1001, "https": 1001, "http": 1002}


def covers(pattern: str, name: str, star: str) -> bool:
    return bool(re.fullmatch(star.join(re.escape(part) for part in pattern.split("*")), name))


@given(NAMES, PORTS, st.lists(PATTERNS), st.lists(PATTERNS), st.lists(PATTERNS))
def test_a_call_goes_where_the_names_say(
    name: str, port: str | bytes | int | None, hosts: list[str], refused: list[str], allowed: list[str]
) -> None:
    words = ["1001,1002", *hosts, *(f"!{each}" for each in refused), *(f"+{each}" for each in allowed)]
    redirection = Redirection(" ".join(words), "")
    if port in LED and any(covers(pattern, name, "[^.]+") for pattern in hosts):
        assert redirection.lead(name.upper() + ".", port) == ("127.0.0.1", LED[port])
        assert redirection.lead(name.encode(), port) == ("127.0.0.1", LED[port])
    elif any(covers(each, name, ".*") for each in refused) and not any(covers(each, name, "[^.]+") for each in allowed):
        with pytest.raises(socket.gaierror, match=re.escape(f"the real {name}")):
            redirection.lead(name, port)
    else:
        assert redirection.lead(name, port) == (name, port)


@given(NAMES, st.sampled_from([443, 80]), st.lists(PATTERNS), st.lists(PATTERNS), st.lists(PATTERNS))
def test_a_preload_and_the_proxy_agree(
    name: str, port: int, hosts: list[str], refused: list[str], allowed: list[str]
) -> None:
    words = ["1001,1002", *hosts, *(f"!{each}" for each in refused), *(f"+{each}" for each in allowed)]
    fate = Fates(hosts, refused, allowed).decide(name, port)
    try:
        led = Redirection(" ".join(words), "").lead(name, port)
    except socket.gaierror:
        assert fate == "refuse"
    else:
        assert fate == ("direct" if led == (name, port) else "emulate")


@pytest.mark.parametrize("host", [None, "", b"", 5, "::1", "127.0.0.1", "\udc80", b"\xff", [], "é"])
def test_a_host_of_any_kind_is_left_to_the_lookup(host: object) -> None:
    assert Redirection("1,2 a.test !*.test", "").lead(host, 443) == (host, 443)


def list_patched() -> list[object]:
    uvloop = pytest.importorskip("uvloop")
    owners = (socket, ssl.SSLContext, uvloop.Loop, anyio, aiohttp.resolver.AsyncResolver)
    return [*(dict(vars(owner)) for owner in owners), list(sys.meta_path)]


def test_everything_is_put_back() -> None:
    before = list_patched()
    outer, inner = Redirection("1,2 a.test", ""), Redirection("3,4 b.test", "")
    outer.install(PATCHES)
    inner.install(PATCHES)
    assert socket.getaddrinfo("a.test", 443)[0][4] == ("127.0.0.1", 1)
    assert socket.getaddrinfo("b.test", 80)[0][4] == ("127.0.0.1", 4)
    inner.remove()
    assert socket.getaddrinfo("a.test", 443)[0][4] == ("127.0.0.1", 1)
    outer.remove()
    assert list_patched() == before


async def test_a_resolver_that_asks_by_itself_is_led() -> None:
    """It is not made as usual, because aiodns may not be installed; what it would ask is not there either."""
    resolver = object.__new__(aiohttp.resolver.AsyncResolver)
    redirection = Redirection("1,2 a.test !b.test", "")
    redirection.install(PATCHES)
    try:
        (found,) = await resolver.resolve("a.test", 443)
        assert (found["hostname"], found["host"], found["port"]) == ("a.test", "127.0.0.1", 1)
        with pytest.raises(OSError, match=r"the real b\.test"):
            await resolver.resolve("b.test", 443)
        with pytest.raises(AttributeError):  # it goes its own way, which leads to aiodns
            await resolver.resolve("c.test", 443)
    finally:
        redirection.remove()
