"""Serves one port: turns aiohttp's requests into `WireRequest`, and each `WireResponse` into aiohttp's answer."""

import asyncio
import re
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from time import perf_counter
from typing import cast

from aiohttp import web

from emulator.faults import Fault
from emulator.http.connection import Connection, Request, Server
from emulator.http.response import HEAD, HttpResponse
from emulator.resources.budgets import MIB, Budget
from emulator.resources.turns import TURN
from emulator.types import WireRequest, WireResponse

Answer = Callable[[WireRequest], Awaitable[WireResponse]]
AnswerUnreadable = Callable[[WireRequest, int], WireResponse]
Sleep = Callable[[float], Awaitable[None]]

# Bytes of an address. Ten texts of 10 000 Chinese characters are 900 kB in a query. A provider must be able to read an
# even longer query, in order to refuse it in its own words.
LINE_LIMIT = 2 * MIB
# A hundred texts of 10 000 characters are 6 MB of JSON with escapes.
BODY_LIMIT = 8 * MIB
UPLOAD_LIMIT = 16 * MIB  # of a multipart body: photographs straight from a camera are larger than BODY_LIMIT
BODY_SECONDS = 20.0
MAX_ELEMENTS = 300_000  # of JSON, counted by commas: parsing blocks the loop, as it cannot be interrupted
_PIECE = 32 * 1024  # bytes of a body that are read at a time; each may come as a chunk of its own
_SMALL = 16 * 1024  # bytes; a shorter address is not counted in the budget

_is_json = re.compile(rb"\s*+[{\[]").match  # never matches a picture, whose bytes may look like commas


class HttpServer:
    """Serves one port.

    `answer` gets every request that could be read. `answer_unreadable` gets each request that could not, with a status
    that says why: 400 (not HTTP, or too late), 413 (too large) or 500 (unhandled exception).
    `faults` are the known faults by name. `budget` limits the bytes of all requests that are not answered yet.
    """

    def __init__(
        self, answer: Answer, answer_unreadable: AnswerUnreadable, faults: Mapping[str, Fault], budget: Budget
    ) -> None:
        self._answer = answer
        self._answer_unreadable = answer_unreadable
        self._faults = faults
        self._budget = budget
        self._server: Server
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen, and return the address really taken (port 0 takes a free one). Raises OSError if that fails."""
        self._server = Server(
            self._serve,
            lambda request, status: HttpResponse(self._answer_unreadable(request, status), close=True),
            self._budget,
            access_log=None,
            keepalive_timeout=75,
            lingering_time=2,
            max_line_size=LINE_LIMIT,
            auto_decompress=False,
        )
        self._runner = web.ServerRunner(self._server, handle_signals=False, shutdown_timeout=2)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, backlog=1024).start()
        taken = self._runner.addresses[0]
        return str(taken[0]), int(taken[1])

    def make_connection(self) -> asyncio.Protocol:
        """Return the protocol of one more connection, which somebody else accepted after the start."""
        return self._server()

    async def stop(self) -> None:
        """Take no more connections, let calls under way end, then close."""
        if self._runner is not None:
            await self._runner.cleanup()

    def _serve(self, request: Request) -> Awaitable[HttpResponse]:
        small = len(request.parsed.path) < _SMALL and not request.can_read_body
        return self._respond(request, b"") if small else self._read_and_respond(request)

    async def _read_and_respond(self, request: Request) -> HttpResponse:
        """Return the answer to a request whose size is counted in the budget."""
        with _Reservation(self._budget) as reservation:
            try:
                reservation.take(len(request.parsed.path))
                body = await _read_body(request, reservation) if request.can_read_body else b""
            except (TimeoutError, web.HTTPException, ConnectionError) as failed:
                status = 413 if isinstance(failed, web.HTTPException) else 400
                return HttpResponse(self._answer_unreadable(_build_wire_request(request, b""), status), close=True)
            return await self._respond(request, body)

    async def _respond(self, request: Request, body: bytes) -> HttpResponse:
        response = await self._answer(_build_wire_request(request, body))
        if response.fault is None:
            return HttpResponse(response)
        fault = self._faults[response.fault.name]
        line = _HttpLine(request, response.fault.sleep)
        with suppress(ConnectionError):  # the client has left
            await fault.play(response, line, {**fault.parameters, **response.fault.parameters})
        return line.response or HttpResponse(response, close=True)


def _build_wire_request(request: Request, body: bytes) -> WireRequest:
    parsed, connection = request.parsed, cast(Connection, request.protocol)
    return WireRequest(parsed.method, parsed.path, parsed.headers, body, connection.remote)


class _Reservation:
    """The bytes of the budget that one request holds until it is answered."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._size = 0

    def __enter__(self) -> "_Reservation":
        return self

    def __exit__(self, *_: object) -> None:
        self._budget.give(self._size)

    def take(self, size: int) -> None:
        """Count `size` more bytes. Raises HTTPRequestEntityTooLarge when all requests together hold too many."""
        if not self._budget.take(size):
            raise web.HTTPRequestEntityTooLarge(self._budget.most, self._budget.used + size)
        self._size += size


async def _read_body(request: Request, reservation: _Reservation) -> bytes:
    """Return the whole body.

    Raises TimeoutError for a body that comes too slowly, HTTPRequestEntityTooLarge for one that is too large.
    """
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    parts = []
    limit = UPLOAD_LIMIT if request.headers.get("Content-Type", "").lower().startswith("multipart/") else BODY_LIMIT
    if (declared := request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(limit, declared)
    size, began = 0, perf_counter()
    async with asyncio.timeout(BODY_SECONDS):
        while part := await request.content.read(_PIECE):
            size += len(part)
            if size > limit:
                raise web.HTTPRequestEntityTooLarge(limit, size)
            reservation.take(len(part))
            parts.append(part)
            if perf_counter() - began > TURN:
                await asyncio.sleep(0)
                began = perf_counter()
    body = b"".join(parts)
    if size > MAX_ELEMENTS and _is_json(body) and body.count(b",") > MAX_ELEMENTS:
        raise web.HTTPRequestEntityTooLarge(limit, size)
    return body


class _HttpLine:
    """The connection of one request, as a fault may use it (`emulator.faults.Line`)."""

    def __init__(self, request: Request, sleep: Sleep) -> None:
        self._request = request
        self.sleep = sleep
        self.response: HttpResponse | None = None

    async def send(self, response: WireResponse) -> None:
        self.response = HttpResponse(response)

    async def send_head(self, response: WireResponse) -> None:
        self.response = HttpResponse(response)
        await self.response.send_head(self._request)

    async def write(self, part: bytes) -> None:
        if self._request.parsed.method != HEAD:
            await self._request.writer.write(part)

    async def wait_for_hangup(self) -> None:
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
