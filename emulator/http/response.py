"""Writes the emulator's answers as HTTP."""

import time
from email.utils import formatdate
from functools import cache, lru_cache
from http import HTTPStatus
from typing import cast

from aiohttp import HttpVersion11

from emulator.http.connection import Connection, Parsed, Request
from emulator.resources.budgets import Budget
from emulator.types import WireResponse

HEAD = "HEAD"
_BODILESS = (204, 304)
_LARGE = 256 * 1024  # bytes; a larger body is written after its head, because joining the two would copy it


class HttpResponse:
    """An answer in place of aiohttp's own Response, which costs a third of all that aiohttp does for a request.

    aiohttp uses only `keep_alive`, `prepare` and `write_eof` of a response. Head and body go out in one write, unless
    the body is large or a fault has sent the head already.
    """

    def __init__(self, response: WireResponse, close: bool = False) -> None:
        self._response = response
        self._close = close
        self._head_sent = False
        self.keep_alive = False

    async def send_head(self, request: Request) -> None:
        """Send the head alone; `prepare` then sends nothing."""
        self._head_sent = True
        await request.writer.write(self._encode_head(request.parsed))

    async def prepare(self, request: Request) -> None:
        if self._head_sent:
            return
        parsed, connection = request.parsed, request.protocol
        bodiless = self._response.status in _BODILESS or parsed.method == HEAD
        head = self._encode_head(parsed)
        if connection.transport is None:
            raise ConnectionResetError
        if len(self._response.body) > _LARGE and not bodiless:
            connection.transport.write(head)
            connection.transport.write(self._response.body)
        else:
            connection.transport.write(head if bodiless else head + self._response.body)
        if connection.writing_paused:
            await self._drain(request, cast(Connection, connection).budget)

    async def _drain(self, request: Request, budget: Budget) -> None:
        """Wait for a slow reader. Answers that wait are counted in the budget, as requests are.

        Raises ConnectionResetError when the budget is used up.
        """
        size = len(self._response.body)
        if not budget.take(size):
            raise ConnectionResetError
        try:
            await request.writer.drain()
        finally:
            budget.give(size)

    async def write_eof(self) -> None:
        """Do nothing: everything is written already."""

    def _encode_head(self, parsed: Parsed) -> bytes:
        status, headers = self._response.status, self._response.headers
        connection = headers.get("Connection")
        self.keep_alive = not (parsed.should_close or self._close or connection == "close")
        header_lines = [f"{name}: {value}" for name, value in headers.items()]
        lines = [_format_status_line(status), *header_lines, _format_date_line(int(time.time()))]
        if status not in _BODILESS:
            lines.append(f"Content-Length: {len(self._response.body)}")
        if connection is None and not self.keep_alive:
            lines.append("Connection: close")
        elif connection is None and parsed.version < HttpVersion11:
            lines.append("Connection: keep-alive")
        return "\r\n".join([*lines, "\r\n"]).encode("latin-1", "replace")


@lru_cache(2)
def _format_date_line(second: int) -> str:
    return f"Date: {formatdate(second, usegmt=True)}"


@cache
def _format_status_line(status: int) -> str:
    try:
        return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP/1.1 {status} Unknown"
