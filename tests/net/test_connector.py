"""What a peer may say before its answer and after it, on a new line and on a kept one that it hangs up."""

import asyncio
import logging
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import chain, repeat
from typing import Any

import pytest

from emulator.net import connector
from emulator.net.egress import Egress, EgressError

FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
INTERIM = {
    "100": CONTINUE,
    "102": b"HTTP/1.1 102 Processing\r\n\r\n",
    "103": b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n",
    "199": b"HTTP/1.1 199 \r\n\r\n",
    "bare": b"HTTP/1.1 100 Continue\n\n",
    "large": b"HTTP/1.1 103 Early Hints\r\n" + b"X: %b\r\n" % (b"x" * 8000) * 100 + b"\r\n",
}
LONG = b"X: %b\r\n" % (b"x" * 1000)

Ask = Callable[[], Awaitable[bytes]]
Script = Callable[[Ask, asyncio.StreamWriter], Awaitable[None]]
Request = Callable[[Egress, str], Awaitable[object]]


class Peer:
    """A server on loopback that plays a script for each connection, the last one again and again.

    `got` are the requests by connection; `said` counts the bytes that were taken from it.
    """

    def __init__(self, *scripts: Script) -> None:
        self._scripts = chain(scripts, repeat(scripts[-1]))
        self.got: list[list[bytes]] = []
        self.url = ""

    async def serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine: list[bytes] = []
        self.got.append(mine)

        async def ask() -> bytes:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next((line[16:] for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")), b"0")
            mine.append(head + await reader.readexactly(int(length)))
            return mine[-1]

        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await next(self._scripts)(ask, writer)
        writer.close()


@asynccontextmanager
async def start_peer(*scripts: Script) -> AsyncIterator[Peer]:
    made = Peer(*scripts)
    listening = await asyncio.start_server(made.serve_connection, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    async with listening:
        yield made


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    made = Egress(private=False)
    yield made
    await made.close()


def answer_with(*parts: bytes, then: Script | None = None) -> Script:
    """Return a script that answers one request with these parts, a packet each, and hangs up."""

    async def script(ask: Ask, writer: asyncio.StreamWriter) -> None:
        await ask()
        for part in parts:
            writer.write(part)
            await writer.drain()
        if then:
            await then(ask, writer)

    return script


def send_endlessly(said: bytes, head: bytes = b"") -> Script:
    async def script(ask: Ask, writer: asyncio.StreamWriter) -> None:
        await ask()
        writer.write(head)
        for _ in range(10_000):
            writer.write(said * (1_000_000 // len(said)))
            await writer.drain()

    return script


async def post(egress: Egress, url: str) -> int:
    return await egress.post(url, b"body", {}, 30)


async def get(egress: Egress, url: str) -> bytes:
    return await egress.get(url, limit=1000, seconds=30)


@pytest.fixture(autouse=True)
def silence(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Check that nothing a peer says ends in an unhandled exception or a warning."""
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


class TestBeforeTheAnswer:
    @pytest.mark.parametrize("call", [post, get])
    @pytest.mark.parametrize("said", INTERIM.values(), ids=INTERIM)
    async def test_interim_answers_without_end(self, egress: Egress, call: Request, said: bytes) -> None:
        async with start_peer(send_endlessly(said)) as talker:
            with pytest.raises(EgressError, match=r"^unreachable: Chatter: more than 10 interim answers"):
                await call(egress, talker.url)
        assert len(talker.got) == 1

    @pytest.mark.parametrize("call", [post, get])
    async def test_interim_answers_in_one_packet(
        self, egress: Egress, call: Request, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parsed: list[object] = []
        whole = connector.Connection.feed_data

        def feed_data(*given: Any) -> None:
            parsed.append(0)
            whole(*given)

        monkeypatch.setattr(connector.Connection, "feed_data", feed_data)
        async with start_peer(answer_with(CONTINUE * 100_000 + FINAL)) as talker:
            with pytest.raises(EgressError, match="Chatter"):
                await call(egress, talker.url)
        assert len(parsed) == 11

    async def test_interim_answers_byte_by_byte(self, egress: Egress) -> None:
        said = CONTINUE * 11 + FINAL
        async with start_peer(answer_with(*(said[n : n + 1] for n in range(len(said))))) as talker:
            with pytest.raises(EgressError, match="Chatter"):
                await post(egress, talker.url)

    @pytest.mark.parametrize("packets", [(CONTINUE * 10 + FINAL,), (*[CONTINUE] * 10, FINAL)])
    async def test_ten_of_them_are_no_harm(self, egress: Egress, packets: tuple[bytes, ...]) -> None:
        async with start_peer(answer_with(*packets)) as talker:
            assert await post(egress, talker.url) == 200
            assert await get(egress, talker.url) == b"ok"

    async def test_ten_for_each_request(self, egress: Egress) -> None:
        async with start_peer(answer_with(CONTINUE * 10 + FINAL, then=answer_with(CONTINUE * 10 + FINAL))) as talker:
            assert await get(egress, talker.url) == b"ok"
            assert await get(egress, talker.url) == b"ok"
        assert [len(requests) for requests in talker.got] == [2]

    @pytest.mark.parametrize("call", [post, get])
    @pytest.mark.parametrize("packet", [1, 100])
    async def test_headers_up_to_a_bound(self, egress: Egress, call: Request, packet: int) -> None:
        long = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
        async with start_peer(answer_with(long, *[LONG * packet] * (100 // packet), b"\r\nok")) as talker:
            with pytest.raises(EgressError, match="Chatter"):
                await call(egress, talker.url)
        async with start_peer(answer_with(long, *[LONG * packet] * (50 // packet), b"\r\nok")) as talker:
            assert await call(egress, talker.url)

    async def test_others_are_served_meanwhile(self, egress: Egress) -> None:
        async with start_peer(send_endlessly(CONTINUE)) as talker, start_peer(answer_with(FINAL)) as good:
            calls = [post(egress, talker.url) for _ in range(20)]
            ended = await asyncio.gather(*calls, post(egress, good.url), return_exceptions=True)
        assert ended[-1] == 200
        assert {type(each) for each in ended[:-1]} == {EgressError}


class TestAfterTheAnswer:
    @pytest.mark.parametrize("said", [FINAL, CONTINUE, b"garbage", b"\r\n"])
    @pytest.mark.parametrize("head", [FINAL, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])
    async def test_what_follows_in_the_same_packet_changes_nothing(
        self, egress: Egress, head: bytes, said: bytes
    ) -> None:
        async with start_peer(answer_with(head + said * 10)) as talker:
            assert await post(egress, talker.url) == 200
            assert await post(egress, talker.url) == 200
        assert [len(requests) for requests in talker.got] == [1, 1]

    @pytest.mark.parametrize("said", [FINAL, CONTINUE, b"garbage"])
    async def test_what_nobody_asked_for_is_no_answer_to_the_next_request(self, egress: Egress, said: bytes) -> None:
        """Not even if it comes on a line that is kept: it is closed."""
        over = asyncio.Event()

        async def script(ask: Ask, writer: asyncio.StreamWriter) -> None:
            await ask()
            writer.write(FINAL)
            await over.wait()
            writer.write(said.replace(b"200 OK", b"500 Oh"))
            await ask()

        async with start_peer(script, answer_with(FINAL)) as talker:
            assert await get(egress, talker.url) == b"ok"
            over.set()
            for _ in range(20):
                await asyncio.sleep(0)
            assert await post(egress, talker.url) == 200
        assert [len(requests) for requests in talker.got] == [1, 1]

    @pytest.mark.parametrize("said", [b"x" * 10_000, FINAL, CONTINUE])
    async def test_a_body_without_end_is_not_read(self, egress: Egress, said: bytes) -> None:
        async with start_peer(send_endlessly(said, b"HTTP/1.1 200 OK\r\n\r\n")) as talker:
            assert await post(egress, talker.url) == 200

    async def test_a_body_that_is_broken_is_reported_at_once(self, egress: Egress) -> None:
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        held = asyncio.Event()

        async def script(ask: Ask, writer: asyncio.StreamWriter) -> None:
            await ask()
            writer.write(chunked)
            await writer.drain()
            await asyncio.sleep(0)
            writer.write(b"zz\r\n")
            await held.wait()

        async with start_peer(script) as talker:
            with pytest.raises(EgressError, match=r"^unreachable: "):
                await get(egress, talker.url)
            held.set()


class TestBodies:
    CONTENT = bytes(range(256)) * 12_000
    CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    @staticmethod
    def encode_chunks(content: bytes, size: int) -> bytes:
        parts = (content[start : start + size] for start in range(0, len(content), size))
        return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"

    @pytest.mark.parametrize("size", [200, 1000, 300_000])
    async def test_a_body_in_chunks_is_read(self, egress: Egress, size: int) -> None:
        async with start_peer(answer_with(self.CHUNKED + self.encode_chunks(self.CONTENT, size))) as host:
            assert await egress.get(host.url, limit=10**7, seconds=30) == self.CONTENT

    @pytest.mark.parametrize("head", [b"", b"Content-Length: 3072000\r\n"])
    async def test_a_body_without_chunks_is_read(self, egress: Egress, head: bytes) -> None:
        async with start_peer(answer_with(b"HTTP/1.1 200 OK\r\n%b\r\n%b" % (head, self.CONTENT))) as host:
            assert await egress.get(host.url, limit=10**7, seconds=30) == self.CONTENT

    async def test_a_large_one_is_no_harm_to_a_push_nor_to_the_next(self, egress: Egress) -> None:
        large = b"HTTP/1.1 200 OK\r\nContent-Length: 250000\r\n\r\n" + bytes(250_000)
        async with start_peer(answer_with(large, then=answer_with(large))) as receiver:
            for _ in range(3):
                assert await post(egress, receiver.url) == 200

    async def test_a_small_one_in_chunks_of_a_byte(self, egress: Egress) -> None:
        async with start_peer(answer_with(self.CHUNKED + self.encode_chunks(self.CONTENT[:2000], 1))) as host:
            assert await egress.get(host.url, limit=10**7, seconds=30) == self.CONTENT[:2000]

    @pytest.mark.parametrize("said", [b"1\r\nx\r\n", b"1;%b\r\nx\r\n" % (b"e" * 100), b"1;%b" % (b"e" * 10_000)])
    async def test_chunks_of_a_byte_without_end(self, egress: Egress, said: bytes) -> None:
        async with start_peer(send_endlessly(said, self.CHUNKED)) as host:
            with pytest.raises(EgressError, match="unreachable: Chatter: chunks of a few bytes"):
                await egress.get(host.url, limit=10**7, seconds=30)
            assert await post(egress, host.url) == 200

    async def test_chunks_of_a_byte_after_one_that_fills_the_buffers(self, egress: Egress) -> None:
        """What is not read yet is not parsed either."""
        first = b"30d40\r\n%b\r\n" % bytes(200_000)
        async with start_peer(answer_with(self.CHUNKED, first + b"1\r\nx\r\n" * 100_000)) as host:
            with pytest.raises(EgressError, match="unreachable: Chatter: chunks of a few bytes"):
                await egress.get(host.url, limit=10**7, seconds=30)


def hang_up_on_next(reset: bool = False, read: bool = True) -> Script:
    """Return a script that answers one request, and hangs up when the next one comes."""

    async def script(ask: Ask, writer: asyncio.StreamWriter) -> None:
        await ask()
        writer.write(FINAL)
        if read:
            await ask()
        if reset:
            plug = writer.get_extra_info("socket")
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    return script


class TestClosedEarly:
    @pytest.mark.parametrize("call", [post, get])
    @pytest.mark.parametrize("reset", [False, True])
    async def test_a_kept_line_is_replaced_by_a_new_one(self, egress: Egress, call: Request, reset: bool) -> None:
        async with start_peer(hang_up_on_next(reset), answer_with(FINAL)) as receiver:
            await call(egress, receiver.url)
            await call(egress, receiver.url)
        assert [len(requests) for requests in receiver.got] == [2, 1]
        first, second, again = (one for requests in receiver.got for one in requests)
        assert first == second == again.replace(b"Connection: close\r\n", b"")

    async def test_a_request_is_repeated_only_once(self, egress: Egress) -> None:
        async with start_peer(hang_up_on_next(), answer_with()) as receiver:
            await post(egress, receiver.url)
            with pytest.raises(EgressError, match="unreachable: ServerDisconnectedError"):
                await post(egress, receiver.url)
        assert [len(requests) for requests in receiver.got] == [2, 1]

    async def test_not_by_way_of_another_kept_line(self, egress: Egress) -> None:
        """Several lines were kept, and the receiver hung up all of them."""
        many = 5
        came = asyncio.Barrier(many)

        async def script(ask: Ask, writer: asyncio.StreamWriter) -> None:
            await ask()
            await came.wait()
            writer.write(FINAL)
            await ask()

        async with start_peer(*[script] * many, answer_with(FINAL)) as receiver:
            assert await asyncio.gather(*(post(egress, receiver.url) for _ in range(many))) == [200] * many
            assert await post(egress, receiver.url) == 200
        assert sorted(len(requests) for requests in receiver.got) == [*[1] * many, 2]

    @pytest.mark.parametrize("part", [b"H", b"HTTP/1.1 200 OK\r\n", CONTINUE])
    async def test_not_if_something_of_an_answer_came(self, egress: Egress, part: bytes) -> None:
        async with start_peer(answer_with(FINAL, then=answer_with(part))) as receiver:
            await post(egress, receiver.url)
            with pytest.raises(EgressError, match="unreachable: "):
                await post(egress, receiver.url)
        assert [len(requests) for requests in receiver.got] == [2]

    async def test_not_on_a_new_line(self, egress: Egress) -> None:
        async with start_peer(answer_with()) as receiver:
            with pytest.raises(EgressError, match="unreachable: "):
                await post(egress, receiver.url)
        assert [len(requests) for requests in receiver.got] == [1]

    async def test_the_time_is_that_of_both(self, egress: Egress) -> None:
        async def stay_silent(ask: Ask, writer: asyncio.StreamWriter) -> None:
            await ask()
            await ask()

        async with start_peer(hang_up_on_next(), stay_silent) as receiver:
            await post(egress, receiver.url)
            with pytest.raises(EgressError, match=r"slow: more than 0\.1 s"):
                await egress.post(receiver.url, b"body", {}, 0.1)
            assert [len(requests) for requests in receiver.got] == [2, 1]
