"""Connections that play shots: what must be answered is waited for, after all else the connection is ended."""

import asyncio
import re
from collections.abc import Sequence
from typing import NamedTuple, cast

from tests.fuzz.shots import HOST, Shot

TIMEOUT = 10.0  # seconds after which a server that says nothing hangs

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) [ -~\x80-\xff]*")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t -~\x80-\xff]*)")
_BODILESS = (204, 304)
_HEALTH = f"GET /_emulator/health HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()


class BadAnswerError(Exception):
    """Bytes that are no answer of HTTP/1.1."""


class Answer(NamedTuple):
    """One answer; names of headers in small letters."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


def parse_answer(data: bytes, head: bool = False) -> tuple[Answer, int] | None:
    """Return the answer that `data` begins with and where it ends; None while it is not whole.

    `head` says that it answers a HEAD.
    """
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    line, *lines = data[:end].split(b"\r\n")
    status = _STATUS.fullmatch(line)
    if status is None:
        raise BadAnswerError(f"{line[:200]!r} is no status line")
    headers = {}
    for each in lines:
        parts = _HEADER.fullmatch(each)
        if parts is None:
            raise BadAnswerError(f"{each[:200]!r} is no header")
        headers[parts[1].lower()] = parts[2]
    number, start = int(status[1]), end + 4
    if head or number in _BODILESS or number < 200:
        return Answer(number, headers, b""), start
    length = headers.get(b"content-length", b"")
    if not length.isdigit():
        raise BadAnswerError(f"Content-Length is {length!r}")
    whole = start + int(length)
    return (Answer(number, headers, data[start:whole]), whole) if len(data) >= whole else None


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self.came = b""
        self.ended = self.cut = False
        self._news: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self.came += data
        self._tell()

    def eof_received(self) -> None:
        self.ended = True
        self._tell()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended, self.cut = True, self.cut or exc is not None
        self._tell()

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def wait_for_news(self) -> None:
        """Wait until something came, or the connection ended."""
        if not self.ended:
            self._news = asyncio.get_running_loop().create_future()
            await self._news

    async def read_answers(self, methods: Sequence[bytes]) -> list[Answer]:
        """Return so many answers; fewer when the server ends the connection before."""
        found: list[Answer] = []
        while len(found) < len(methods):
            read = parse_answer(self.came, methods[len(found)] == b"HEAD")
            if read is not None:
                self.came = self.came[read[1] :]
                if read[0].status >= 200:
                    found.append(read[0])
            elif self.ended:
                break
            else:
                await self.wait_for_news()
        return found

    def read_rest(self, head: bool) -> list[Answer]:
        """Return what else came, as far as it is whole; `head` says that some of it may have no body."""
        found: list[Answer] = []
        try:
            while (read := parse_answer(self.came, head and not found)) is not None:
                if read[0].status >= 200:
                    found.append(read[0])
                self.came = self.came[read[1] :]
        except BadAnswerError:
            if not head:
                raise
        return found


class Lane:
    """A place for one connection at a time; another is opened when it cannot be used again."""

    def __init__(self, host: str, port: int, fence: "Fence | None") -> None:
        self._address = host, port
        self._fence = fence
        self._line: Line | None = None

    async def play(self, shot: Shot) -> list[Answer]:
        """Play a shot and return the answers.

        Raises BadAnswerError, and TimeoutError when the server neither answers nor hangs up.
        """
        line = await self._open()
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._play(line, shot)
        except BaseException:
            self._line = None
            line.transport.abort()
            raise

    def close(self) -> None:
        if self._line is not None:
            self._line.transport.abort()

    async def _open(self) -> Line:
        if self._line is None or self._line.ended:
            loop = asyncio.get_running_loop()
            _, self._line = await loop.create_connection(Line, *self._address)
        return self._line

    async def _play(self, line: Line, shot: Shot) -> list[Answer]:
        if shot.pause and self._fence is not None:
            line.transport.write(shot.data[: shot.pause])
            await self._fence.wait_until_read()
        if not line.ended:
            line.transport.write(shot.data[shot.pause if self._fence is not None else 0 :])
        if shot.methods is not None:
            found = await line.read_answers(shot.methods)
            if not found and not line.cut and shot.methods:
                raise BadAnswerError("hung up without an answer")
            if not found or found[-1].headers.get(b"connection") == b"close":
                self._line = None
                line.transport.abort()
            return found
        if self._fence is not None:
            await self._fence.wait_until_read()
        self._line = None
        if not line.ended:
            line.transport.write_eof()
        while not line.ended:
            await line.wait_for_news()
        return line.read_rest(b"HEAD" in shot.data)


class Fence:
    """A connection of its own: when its question is answered, the server has read what was sent before."""

    def __init__(self, host: str, port: int) -> None:
        self._lane = Lane(host, port, None)
        self._lock = asyncio.Lock()
        self.longest = 0.0  # seconds that an answer took

    async def wait_until_read(self) -> None:
        await self.ask(_HEALTH)

    async def ask(self, data: bytes) -> Answer:
        """Return the answer to one whole request."""
        async with self._lock:
            loop = asyncio.get_running_loop()
            began = loop.time()
            found = await self._lane.play(Shot(-1, data, [b"GET"]))
            self.longest = max(self.longest, loop.time() - began)
            return found[0]

    def close(self) -> None:
        self._lane.close()
