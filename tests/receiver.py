"""A receiver of callbacks on loopback that answers as its path says, well or badly, and notes what it got."""

import asyncio
import gzip
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import NamedTuple

BOMB = gzip.compress(bytes(10_000_000))
HUGE = 64 * 1024 * 1024

# Complete answers by the last segment of the path; a number answers with that status.
ANSWERS = {
    "closing": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "old": b"HTTP/1.0 200 OK\r\n\r\nok",
    "half-body": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    "huge": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % HUGE,
    "bomb": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(BOMB), BOMB),
    "told-to-wait": b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "fin": b"",
    "half-status": b"HTTP/1.1 20",
    "half-head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "garbage": b"\x00\xffnothing like HTTP\r\n\r\n",
    "bad-length": b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n",
    "two-lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "long-line": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    "no-number": b"HTTP/1.1 OK\r\n\r\n",
}


class Post(NamedTuple):
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """A receiver that notes what it gets.

    `got` are all requests in order; `open` is how many are being answered now, `most` the largest number of them.
    `script` maps a path to the statuses of its next answers; what is not scripted is read from the path itself. Answers
    of paths that end in `hang` come when `release` is set.
    """

    def __init__(self) -> None:
        self.got: list[Post] = []
        self.came = asyncio.Condition()
        self.script: dict[str, Iterator[int]] = {}
        self.release = asyncio.Event()
        self.open = self.most = 0
        self.port = 0
        self._lines: set[asyncio.StreamWriter] = set()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def counts(self) -> Counter[str]:
        """Return how many requests came to each path."""
        return Counter(post.path for post in self.got)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until what came makes it true."""
        async with asyncio.timeout(20), self.came:
            await self.came.wait_for(true)

    async def serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self._lines.add(writer)
        try:
            while await self._serve_request(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._lines.discard(writer)
            writer.close()

    def hang_up(self) -> None:
        """Close every connection, as a server that ends."""
        for writer in tuple(self._lines):
            writer.close()

    async def _serve_request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers["Content-Length"]))
        post = Post(head[0].split(" ")[1].lstrip("/"), headers, body)
        self.open += 1
        self.most = max(self.most, self.open)
        async with self.came:
            self.got.append(post)
            self.came.notify_all()
        try:
            return await self._answer(post.path, writer)
        finally:
            self.open -= 1

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; return whether the connection stays."""
        if path in self.script:
            writer.write(encode_answer(next(self.script[path])))
            return True
        name = path.partition("?")[0].rpartition("/")[2]
        if name == "hang":
            await self.release.wait()
            name = "200"
        if name == "reset":
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        if name == "dribble":
            for byte in encode_answer(200):
                writer.write(bytes([byte]))
                await writer.drain()
            return True
        writer.write(encode_answer(int(name)) if name.isdigit() else ANSWERS[name])
        for _ in range(HUGE // 65536 if name == "huge" else 0):
            writer.write(bytes(65536))
            await writer.drain()
        return name.isdigit()


def encode_answer(status: int) -> bytes:
    """Return an answer with this status; redirects lead to where a 200 would be had."""
    where = "Location: /redirected/200\r\n" if status in (301, 302, 303, 307, 308) else ""
    length = "" if status in (204, 304) else "Content-Length: 2\r\n"
    return f"HTTP/1.1 {status} Told\r\n{where}{length}\r\n{'ok' if length else ''}".encode()


@asynccontextmanager
async def receiving(receiver: Receiver | None = None) -> AsyncIterator[Receiver]:
    """Run a receiver; at the end whatever hangs is let go."""
    receiver = receiver or Receiver()
    server = await asyncio.start_server(receiver.serve_connection, "127.0.0.1", receiver.port)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.release.set()
        server.close()
        receiver.hang_up()
        await server.wait_closed()
