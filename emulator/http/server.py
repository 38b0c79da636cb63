"""Serves a port, and one with TLS: turns aiohttp's requests into `WireRequest`, each `WireResponse` into an answer."""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from time import perf_counter
from typing import Any, cast

from aiohttp import web

from emulator.faults import Fault
from emulator.http.connection import HEAD_SECONDS, Connection, Request, Server
from emulator.http.line import HttpLine
from emulator.http.response import HttpResponse
from emulator.resources.budgets import MIB, Budget
from emulator.resources.turns import TURN
from emulator.types import WireRequest, WireResponse

Answer = Callable[[WireRequest], Awaitable[WireResponse]]
AnswerUnreadable = Callable[[WireRequest, int], WireResponse]

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
    """Serves one port without TLS, and where it is wanted another with TLS. Both answer the same.

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
        self._runner: web.ServerRunner | None = None
        self._server: Server | None = None
        self._tls: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen, and return the address really taken (port 0 takes a free one). Raises OSError if that fails."""
        runner = await self._set_up()
        await web.TCPSite(runner, host, port, backlog=1024).start()
        taken = runner.addresses[0]
        return str(taken[0]), int(taken[1])

    async def start_tls(self, host: str, port: int, context: ssl.SSLContext) -> int:
        """Listen on another port, with TLS, and return the port really taken. Raises OSError if that fails."""
        await self._set_up()
        # Its sockets are a tuple, but with uvloop a list: this module, compiled, would refuse one of them.
        server: Any = await asyncio.get_running_loop().create_server(
            self.make_connection, host, port, ssl=context, backlog=1024, ssl_handshake_timeout=HEAD_SECONDS
        )
        self._tls = server
        return int(server.sockets[0].getsockname()[1])

    def make_connection(self) -> asyncio.Protocol:
        """Return the protocol of one more connection, for whoever has accepted it elsewhere.

        Its `connection_made` takes the transport, also one that `start_tls` of the loop made. The server must listen.
        """
        assert self._server is not None  # noqa: S101 - it listens
        return self._server()

    def abort(self) -> None:
        """End all connections, whatever they wait for."""
        for connection in self._server.connections if self._server is not None else ():
            if connection.transport is not None:
                connection.transport.abort()

    async def stop(self) -> None:
        """Take no more connections, let calls under way end, then close."""
        if self._tls is not None:
            self._tls.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _set_up(self) -> web.ServerRunner:
        """Return what holds the connections of all ports."""
        if self._runner is None:
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
        return self._runner

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
        line = HttpLine(request, response.fault.sleep)
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
