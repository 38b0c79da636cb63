"""Turns aiohttp's requests into ours, and our answers into its."""

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from email.utils import formatdate
from functools import cache, lru_cache
from http import HTTPStatus
from typing import cast

from aiohttp import HttpVersion11, web

from emulator.faults import Fault
from emulator.planes.connection import Connection, Parsed, Request, Server
from emulator.vocabulary import WireRequest, WireResponse

Answer = Callable[[WireRequest], Awaitable[WireResponse]]
Unreadable = Callable[[WireRequest, int], WireResponse]
Sleep = Callable[[float], Awaitable[None]]

# 10 000 Chinese characters in a query are 90 kB; a megabyte must still be refused in the provider's own words.
LINE_LIMIT = 4 * 1024 * 1024
BODY_LIMIT = 16 * 1024 * 1024
BODY_SECONDS = 20.0


class HttpServer:
    """One port. `answer` gets every request that could be read; `unreadable` answers those that could not, and is told
    why by a status: 400, 413 or 500.

    `faults` are the known disturbances.
    """

    def __init__(self, answer: Answer, unreadable: Unreadable, faults: Mapping[str, Fault]) -> None:
        self._answer = answer
        self._unreadable = unreadable
        self._faults = faults
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; the address really taken (port 0 takes a free one). Raises OSError when it cannot be had."""
        server = Server(
            self._handle,
            lambda request, status: _Written(self._unreadable(request, status), close=True),
            access_log=None,
            keepalive_timeout=75,
            lingering_time=2,
            max_line_size=LINE_LIMIT,
            auto_decompress=False,
        )
        self._runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=2)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, backlog=1024).start()
        taken = self._runner.addresses[0]
        return str(taken[0]), int(taken[1])

    async def stop(self) -> None:
        """Take no more connections, let calls under way end, close."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: Request) -> "_Written":
        body = b""
        if request.can_read_body:
            if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
                request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            try:
                body = await _body(request)
            except (TimeoutError, web.HTTPException, ConnectionError) as failed:
                told = 413 if isinstance(failed, web.HTTPException) else 400
                return _Written(self._unreadable(_wire_request(request, b""), told), close=True)
        response = await self._answer(_wire_request(request, body))
        if response.fault is None:
            return _Written(response)
        fault = self._faults[response.fault.name]
        line = _HttpLine(request, response.fault.sleep)
        with suppress(ConnectionError):  # the client has left
            await fault.play(response, line, {**fault.parameters, **response.fault.parameters})
        return line.response or _Written(response, close=True)


def _wire_request(request: Request, body: bytes) -> WireRequest:
    parsed, connection = request.parsed, cast(Connection, request.protocol)
    return WireRequest(parsed.method, parsed.path, parsed.headers, body, connection.remote)


class _Written:
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
        bodiless = self._response.status in _BODILESS or parsed.method == _HEAD
        head = self._head(parsed)
        if connection.transport is None:
            raise ConnectionResetError
        connection.transport.write(head if bodiless else head + self._response.body)
        if connection.writing_paused:
            await request.writer.drain()

    async def write_eof(self) -> None:
        """All is written."""

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


_BODILESS = (204, 304)
_HEAD = "HEAD"


@lru_cache(2)
def _date_line(second: int) -> str:
    return f"Date: {formatdate(second, usegmt=True)}"


@cache
def _status_line(status: int) -> str:
    try:
        return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP/1.1 {status} Unknown"


async def _body(request: web.BaseRequest) -> bytes:
    """The whole body within its limits; TimeoutError for one that dribbles, an HTTPException for one too large."""
    parts = []
    if (declared := request.content_length or 0) > BODY_LIMIT:
        raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, declared)
    size = 0
    async with asyncio.timeout(BODY_SECONDS):
        async for part in request.content.iter_any():
            size += len(part)
            if size > BODY_LIMIT:
                raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, size)
            parts.append(part)
    return b"".join(parts)


class _HttpLine:
    def __init__(self, request: Request, sleep: Sleep) -> None:
        self._request = request
        self.sleep = sleep
        self.response: _Written | None = None

    async def send(self, response: WireResponse) -> None:
        self.response = _Written(response)

    async def begin(self, response: WireResponse) -> None:
        self.response = _Written(response)
        await self.response.begin(self._request)

    async def write(self, part: bytes) -> None:
        if self._request.parsed.method != _HEAD:
            await self._request.writer.write(part)

    async def gone(self) -> None:
        await asyncio.get_running_loop().create_future()  # ended by aiohttp when the client hangs up

    def close(self) -> None:
        if self._request.transport is not None:
            self._request.transport.close()

    def reset(self) -> None:
        transport = self._request.transport
        if transport is not None:
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
