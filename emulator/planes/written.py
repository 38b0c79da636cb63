"""Writes our answers as HTTP, each in one go."""

import time
from email.utils import formatdate
from functools import cache, lru_cache
from http import HTTPStatus
from typing import cast

from aiohttp import HttpVersion11

from emulator.planes.connection import Connection, Parsed, Request
from emulator.vocabulary import WireResponse
from emulator.world.budgets import Budget

HEAD = "HEAD"
_BODILESS = (204, 304)
_LARGE = 256 * 1024  # bytes of a body that is not copied to be sent in one go with its head


class Written:
    """An answer that goes out in one write, unless a fault begins it; aiohttp asks no more of a response than
    `keep_alive`, `prepare` and `write_eof`.

    Building aiohttp's own Response costs a third of all that it does for a request.
    """

    def __init__(self, response: WireResponse, close: bool = False) -> None:
        self._response = response
        self._close = close
        self._begun = False
        self.keep_alive = False

    async def begin(self, request: Request) -> None:
        """Send the head alone."""
        self._begun = True
        await request.writer.write(self._head(request.parsed))

    async def prepare(self, request: Request) -> None:
        if self._begun:
            return
        parsed, connection = request.parsed, request.protocol
        bodiless = self._response.status in _BODILESS or parsed.method == HEAD
        head = self._head(parsed)
        if connection.transport is None:
            raise ConnectionResetError
        if len(self._response.body) > _LARGE and not bodiless:
            connection.transport.write(head)
            connection.transport.write(self._response.body)
        else:
            connection.transport.write(head if bodiless else head + self._response.body)
        if connection.writing_paused:
            await self._drained(request, cast(Connection, connection).budget)

    async def _drained(self, request: Request, budget: Budget) -> None:
        """Wait for a slow reader; the answers that wait are counted as the requests are."""
        size = len(self._response.body)
        if not budget.take(size):
            raise ConnectionResetError
        try:
            await request.writer.drain()
        finally:
            budget.give(size)

    async def write_eof(self) -> None:
        """Do nothing: all is written."""

    def _head(self, parsed: Parsed) -> bytes:
        status, headers = self._response.status, self._response.headers
        named = headers.get("Connection")
        self.keep_alive = not (parsed.should_close or self._close or named == "close")
        written = [f"{name}: {value}" for name, value in headers.items()]
        lines = [_status_line(status), *written, _date_line(int(time.time()))]
        if status not in _BODILESS:
            lines.append(f"Content-Length: {len(self._response.body)}")
        if named is None and not self.keep_alive:
            lines.append("Connection: close")
        elif named is None and parsed.version < HttpVersion11:
            lines.append("Connection: keep-alive")
        return "\r\n".join([*lines, "\r\n"]).encode("latin-1", "replace")


@lru_cache(2)
def _date_line(second: int) -> str:
    return f"Date: {formatdate(second, usegmt=True)}"


@cache
def _status_line(status: int) -> str:
    try:
        return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP/1.1 {status} Unknown"
