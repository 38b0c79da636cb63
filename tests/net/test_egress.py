"""Calls to other hosts: who may be called, and that every failure is one of five."""

import asyncio
import gzip
import itertools
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.net.egress import Egress, EgressError, Lookup
from emulator.net.networks import classify

LIMIT = 1000
BOMB = gzip.compress(bytes(10_000_000))


class PictureHost:
    """A host on loopback; it notes the requests it `got` and holds some answers back until the `end`."""

    def __init__(self) -> None:
        self.got: list[web.Request] = []
        self.port = 0
        self.asked = asyncio.Event()
        self.end = asyncio.Event()
        self.app = web.Application(middlewares=[self.note])
        for name in ("ok", "here", "inside", "zip", "sized", "streamed", "endless", "hang", "stall", "once", "status"):
            self.app.router.add_get(f"/{name}", getattr(self, name))
            self.app.router.add_get(f"/{name}/{{number:[0-9]+}}", getattr(self, name))

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @web.middleware
    async def note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.got.append(request)
        self.asked.set()
        return await handler(request)

    async def ok(self, _: web.Request) -> web.Response:
        return web.Response(body=b"picture", headers={"Set-Cookie": "seen=1"})

    async def here(self, _: web.Request) -> web.Response:
        raise web.HTTPFound("/ok")

    async def inside(self, _: web.Request) -> web.Response:
        raise web.HTTPFound("http://169.254.169.254/latest")

    async def status(self, request: web.Request) -> web.Response:
        return web.Response(status=int(request.match_info["number"]))

    async def zip(self, _: web.Request) -> web.Response:
        return web.Response(body=BOMB, headers={"Content-Encoding": "gzip"})

    async def once(self, _: web.Request) -> web.Response:
        response = web.Response(body=b"once")
        response.force_close()
        return response

    async def sized(self, request: web.Request) -> web.Response:
        return web.Response(body=bytes(int(request.match_info["number"])))

    async def streamed(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(bytes(int(request.match_info["number"])))
        return response

    async def endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while not self.end.is_set():
            await response.write(bytes(65536))
        return response

    async def hang(self, _: web.Request) -> web.Response:
        await self.end.wait()
        return web.Response()

    async def stall(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "10"})
        await response.prepare(request)
        await response.write(b"half ")
        await self.end.wait()
        return response


@pytest.fixture
async def site(aiohttp_server: Callable[..., Awaitable[TestServer]]) -> AsyncIterator[PictureHost]:
    host = PictureHost()
    host.port = (await aiohttp_server(host.app, host="127.0.0.1")).port or 0
    yield host
    host.end.set()


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    client = Egress(private=False)
    yield client
    await client.close()


@asynccontextmanager
async def open_egress(*allow: str, private: bool = False, lookup: Lookup | None = None) -> AsyncIterator[Egress]:
    client = Egress(allow, private=private, lookup=lookup)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def start_raw_server(reply: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """Run a loopback server that waits for a request's head and does as `reply` says; yield its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reply(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


def make_lookup(**addresses: Sequence[str]) -> Callable[[str], Awaitable[Sequence[str]]]:
    """Return a look-up that knows these names, with `_` for a dot."""
    known = {name.replace("_", "."): found for name, found in addresses.items()}

    async def lookup(host: str) -> Sequence[str]:
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return known[host]

    return lookup


async def fail_lookup(host: str) -> Sequence[str]:
    pytest.fail(f"{host} was looked up")


async def get_reason(client: Egress, url: str, seconds: float = 5) -> str:
    with pytest.raises(EgressError) as caught:
        await client.get(url, limit=LIMIT, seconds=seconds)
    assert caught.value.reason in str(caught.value)
    assert caught.value.detail
    return caught.value.reason


class TestGet:
    async def test_brings_the_body(self, site: PictureHost, egress: Egress) -> None:
        assert await egress.get(site.url("/ok"), limit=LIMIT, seconds=5) == b"picture"

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("/status/401", "denied"),
            ("/status/403", "denied"),
            ("/status/404", "missing"),
            ("/status/410", "missing"),
            ("/status/500", "missing"),
            ("/status/503", "missing"),
            ("/status/204", "missing"),
            ("/status/206", "missing"),
            ("/status/304", "missing"),
            ("/endless", "large"),
        ],
    )
    async def test_each_failure_has_its_reason(
        self, site: PictureHost, egress: Egress, path: str, expected: str
    ) -> None:
        assert await get_reason(egress, site.url(path)) == expected

    @pytest.mark.parametrize("way", ["sized", "streamed"])
    @pytest.mark.parametrize("size", [0, 1, LIMIT - 1, LIMIT])
    async def test_up_to_the_limit(self, site: PictureHost, egress: Egress, way: str, size: int) -> None:
        assert await egress.get(site.url(f"/{way}/{size}"), limit=LIMIT, seconds=5) == bytes(size)

    @pytest.mark.parametrize("way", ["sized", "streamed"])
    @pytest.mark.parametrize("size", [LIMIT + 1, 50 * LIMIT])
    async def test_over_the_limit(self, site: PictureHost, egress: Egress, way: str, size: int) -> None:
        assert await get_reason(egress, site.url(f"/{way}/{size}")) == "large"

    async def test_a_limit_of_nothing(self, site: PictureHost, egress: Egress) -> None:
        assert await egress.get(site.url("/sized/0"), limit=0, seconds=5) == b""
        with pytest.raises(EgressError, match="large"):
            await egress.get(site.url("/streamed/1"), limit=0, seconds=5)

    @pytest.mark.parametrize("path", ["/hang", "/stall"])
    async def test_a_slow_host_is_given_up(self, site: PictureHost, egress: Egress, path: str) -> None:
        assert await get_reason(egress, site.url(path), seconds=0.05) == "slow"

    async def test_a_slow_look_up_counts(self) -> None:
        async def hang_lookup(host: str) -> Sequence[str]:
            await asyncio.Event().wait()
            return []

        async with open_egress(lookup=hang_lookup) as client:
            assert await get_reason(client, "http://pictures.test/", seconds=0.05) == "slow"

    @pytest.mark.parametrize("path", ["/here", "/inside"])
    async def test_redirects_are_not_followed(self, site: PictureHost, egress: Egress, path: str) -> None:
        assert await get_reason(egress, site.url(path)) == "missing"
        assert [request.path for request in site.got] == [path]

    async def test_nothing_is_unpacked(self, site: PictureHost, egress: Egress) -> None:
        assert await egress.get(site.url("/zip"), limit=len(BOMB), seconds=5) == BOMB
        assert site.got[0].headers["Accept-Encoding"] == "identity"

    async def test_no_cookie_is_kept(self, site: PictureHost) -> None:
        async with open_egress(lookup=make_lookup(pictures_test=["127.0.0.1"])) as client:
            for _ in range(2):
                await client.get(f"http://pictures.test:{site.port}/ok", limit=LIMIT, seconds=5)
        assert ["Cookie" in request.headers for request in site.got] == [False, False]

    async def test_the_environment_names_no_proxy(
        self, site: PictureHost, egress: Egress, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert await egress.get(site.url("/ok"), limit=LIMIT, seconds=5) == b"picture"

    async def test_failed_tls_is_unreachable(self, site: PictureHost, egress: Egress) -> None:
        assert await get_reason(egress, site.url("/ok").replace("http:", "https:")) == "unreachable"

    async def test_a_refused_connection_is_unreachable(self, egress: Egress, unused_tcp_port: int) -> None:
        assert await get_reason(egress, f"http://127.0.0.1:{unused_tcp_port}/") == "unreachable"

    async def test_a_reset_connection_is_unreachable(self, egress: Egress) -> None:
        async def reset(writer: asyncio.StreamWriter) -> None:
            plug = writer.get_extra_info("socket")
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

        async with start_raw_server(reset) as url:
            assert await get_reason(egress, url) == "unreachable"

    @pytest.mark.parametrize(
        "said",
        [
            b"",
            b"\x00\xff\r\n\r\n",
            b"HTTP/1.1 200",
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut",
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        ],
    )
    async def test_an_answer_of_garbage_is_unreachable(self, egress: Egress, said: bytes) -> None:
        async def reply(writer: asyncio.StreamWriter) -> None:
            writer.write(said)

        async with start_raw_server(reply) as url:
            assert await get_reason(egress, url) == "unreachable"

    async def test_cancelling_is_no_failure(self, site: PictureHost, egress: Egress) -> None:
        call = asyncio.create_task(egress.get(site.url("/hang"), limit=LIMIT, seconds=5))
        await site.asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    async def test_opens_again_after_close(self, site: PictureHost, egress: Egress) -> None:
        await egress.close()
        await egress.get(site.url("/ok"), limit=LIMIT, seconds=5)
        await egress.close()
        assert await egress.get(site.url("/ok"), limit=LIMIT, seconds=5) == b"picture"


class TestPermittedAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "http://169.254.169.254/latest/meta-data",
            "http://169.254.169.254./",
            "http://１６９.254.169.254/",
            "http://169。254。169。254/",
            "http://[::ffff:169.254.169.254]/",
            "http://[::ffff:a9fe:a9fe]/",
            "http://[fd00:ec2::254]/",
            "http://100.100.100.200/",
            "http://[fe80::1]/",
            "http://[fe80::1%25eth0]/",
            "http://[::1%25eth0]/",
            "http://0.0.0.0/",
            "http://[::]/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://[ff02::1]/",
            "http://240.0.0.1/",
            "http://203.0.113.8/",  # public, and not listed
            "http://[2001:db8::8]/",
            "http://2130706433/",
            "http://2852039166/",
            "http://017700000001/",
            "http://0177.0.0.1/",
            "http://0x7f.1/",
            "http://0x7f000001/",
            "http://127.1/",
            "http://127.0.0.1./",
            "http://127.0.0.1。/",
            "http://0/",
            "http://someone@127.0.0.1/",
            "http://someone:word@127.0.0.1/",
            "http://@127.0.0.1/",
            "http://127.0.0.1\\@listed.test/",
            "http://listed.test@169.254.169.254/",
            "ftp://127.0.0.1/",
            "file:///etc/hostname",
            "gopher://127.0.0.1/",
            "data:image/png;base64,AAAA",
            "//127.0.0.1/",
            "127.0.0.1/picture.png",
            "http://",
            "http:///picture.png",
            "http://[::1/",
            "http://127.0.0.1:65536/",
            "http://127.0.0.1:port/",
            "http://\udc80.test/",
            "http://a\r\nHost: b/",
            "",
        ],
    )
    async def test_forbidden_without_a_look_up(self, url: str) -> None:
        allow = ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "0.0.0.0", "listed.test", "*.254", "*.test"]
        async with open_egress(*allow, private=True, lookup=fail_lookup) as client:
            assert await get_reason(client, url) == "forbidden"

    @pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://[fd12::1]/", "http://[::ffff:192.168.0.1]/"])
    async def test_private_networks_need_the_flag(self, url: str) -> None:
        async with open_egress("10.0.0.1", "fd12::1", lookup=fail_lookup) as client:
            assert await get_reason(client, url) == "forbidden"

    @pytest.mark.parametrize(
        "found", [["169.254.169.254"], ["::ffff:169.254.169.254"], ["fe80::1%2", "100.100.100.200"], ["0.0.0.0"]]
    )
    async def test_a_listed_name_does_not_reach_metadata(self, found: list[str]) -> None:
        async with open_egress("listed.test", "*.test", private=True, lookup=make_lookup(listed_test=found)) as client:
            assert await get_reason(client, "http://listed.test/") == "forbidden"

    async def test_a_public_address_needs_a_listed_name(self) -> None:
        async with open_egress(
            "*.listed.test", private=True, lookup=make_lookup(listed_test=["203.0.113.8"])
        ) as client:
            assert await get_reason(client, "http://listed.test/") == "forbidden"

    @pytest.mark.parametrize("host", ["pictures.test", "PICTURES.test", "localhost"])
    async def test_any_name_may_lead_to_loopback(self, site: PictureHost, host: str) -> None:
        lookup = None if host == "localhost" else make_lookup(pictures_test=["127.0.0.1"])
        async with open_egress(lookup=lookup) as client:
            assert await client.get(f"http://{host}:{site.port}/ok", limit=LIMIT, seconds=5) == b"picture"

    async def test_a_second_answer_of_the_name_server_is_checked_too(self, site: PictureHost) -> None:
        answers = itertools.chain([["127.0.0.1"]], itertools.repeat(["169.254.169.254"]))
        asked: list[str] = []

        async def rebind(host: str) -> Sequence[str]:
            asked.append(host)
            return next(answers)

        async with open_egress("pictures.test", private=True, lookup=rebind) as client:
            url = f"http://pictures.test:{site.port}/once"
            assert await client.get(url, limit=LIMIT, seconds=5) == b"once"
            assert len(asked) == 1  # checked and connected to on one look-up
            assert await get_reason(client, url) == "forbidden"

    async def test_only_the_allowed_of_several_addresses_is_called(self, site: PictureHost) -> None:
        found = ["169.254.169.254", "203.0.113.8", "127.0.0.1"]
        async with open_egress(lookup=make_lookup(pictures_test=found)) as client:
            url = f"http://pictures.test:{site.port}/ok"
            assert await client.get(url, limit=LIMIT, seconds=5) == b"picture"
        assert site.got[0].host == f"pictures.test:{site.port}"

    @pytest.mark.parametrize(
        "host", ["nowhere.test", "a..b", "a b", "%31%32%37.0.0.1", "x" * 64 + ".test", "empty.test"]
    )
    async def test_no_such_name(self, host: str) -> None:
        async with open_egress("*.test", private=True, lookup=make_lookup(empty_test=[])) as client:
            assert await get_reason(client, f"http://{host}/") == "unreachable"

    async def test_a_broken_look_up_is_a_failure(self) -> None:
        async def look_up_garbage(host: str) -> Sequence[str]:
            return ["not an address"]

        async with open_egress(lookup=look_up_garbage) as client:
            assert await get_reason(client, "http://pictures.test/") == "unreachable"

    @settings(max_examples=300, deadline=None)
    @given(st.sampled_from(["", "http:", "http://", "https://h", "http://[", "http://h:"]), st.text(max_size=30))
    def test_any_text_is_a_forbidden_or_unreachable_address(self, start: str, rest: str) -> None:
        async def ask() -> None:
            async with open_egress(lookup=make_lookup()) as client:
                assert await get_reason(client, start + rest) in ("forbidden", "unreachable")

        asyncio.run(ask())


class TestKind:
    @pytest.mark.parametrize(
        ("expected", "addresses"),
        [
            ("loopback", "127.0.0.1 127.255.255.255 ::1 ::ffff:127.0.0.1"),
            ("private", "10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255"),
            ("private", "fc00:: fdff::1 ::ffff:10.0.0.1"),
            ("public", "9.255.255.255 11.0.0.0 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 8.8.8.8"),
            ("public", "126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0 223.255.255.255 1.0.0.0"),
            ("public", "100.100.100.199 100.100.100.201 198.18.0.1 2000:: 2400:3200::1 3fff::1 ::ffff:8.8.8.8"),
            ("never", "0.0.0.0 0.255.255.255 169.254.0.0 169.254.255.255 100.100.100.200 168.63.129.16 192.0.0.192"),
            ("never", "224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.255 ::ffff:0.0.0.0 ::ffff:100.100.100.200"),
            ("never", ":: ::2 ::7f00:1 fd00:ec2::254 fd20:ce::254 fe80::1 febf::1 fec0::1 ff02::1 fe80::1%eth0"),
            ("never", "64:ff9b::a9fe:a9fe 2002:a9fe:a9fe:: 2001:0:1::1 1fff:: 4000::"),
        ],
    )
    def test_each_address_is_of_its_kind(self, expected: str, addresses: str) -> None:
        assert {address: classify(address) for address in addresses.split()} == dict.fromkeys(
            addresses.split(), expected
        )


class TestPermits:
    @pytest.mark.parametrize(
        ("allow", "host", "expected"),
        [
            ("pictures.test", "pictures.test", True),
            ("Pictures.Test.", "pictures.test", True),
            ("pictures.test", "PICTURES.test.", True),
            ("pictures.test", "a.pictures.test", False),
            ("pictures.test", "notpictures.test", False),
            ("*.pictures.test", "a.pictures.test", True),
            ("*.pictures.test", "a.b.pictures.test.", True),
            ("*.pictures.test", "pictures.test", False),
            ("*.pictures.test", "notpictures.test", False),
            ("*.pictures.test", "a.pictures.test.example", False),
            ("图片.例子", "xn--wcsw84d.xn--fsqu00a", True),
            ("*.例子", "a.xn--fsqu00a", True),
            ("203.0.113.8", "203.0.113.8", True),
            ("2001:DB8:0::8", "2001:db8::8", True),
            ("203.0.113.8", "203.0.113.9", False),
            ("*", "pictures.test", False),
        ],
    )
    def test_the_list_permits_hosts_and_addresses(self, allow: str, host: str, expected: bool) -> None:
        assert Egress([allow], private=True).is_allowed(host, "203.0.113.8") is expected

    def test_an_empty_list_opens_nothing_public(self) -> None:
        assert not Egress(private=True).is_allowed("pictures.test", "203.0.113.8")

    @pytest.mark.parametrize("private", [True, False])
    def test_private_addresses_need_their_setting(self, private: bool) -> None:
        client = Egress(["pictures.test"], private=private)
        assert client.is_allowed("pictures.test", "192.168.1.5") is private
        assert client.is_allowed("unlisted.test", "192.168.1.5") is private
        assert client.is_allowed("unlisted.test", "::1")
        assert not client.is_allowed("pictures.test", "169.254.169.254")

    def test_a_name_that_cannot_be_is_refused_at_the_start(self) -> None:
        with pytest.raises(UnicodeError):
            Egress(["a..b"], private=False)


def test_what_may_be_called_can_change() -> None:
    egress = Egress(["a.test"], private=True)
    egress.allow(["*.b.test"], private=False)
    assert not egress.is_allowed("a.test", "93.184.216.34")
    assert egress.is_allowed("c.b.test", "93.184.216.34")
    assert not egress.is_allowed("10.0.0.1", "10.0.0.1")
    assert egress.is_allowed("localhost", "127.0.0.1")
