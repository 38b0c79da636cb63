"""The only room that knows aiohttp's server: turns its requests into ours, and our answers into its."""

import asyncio
import logging
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from emulator.faults import Fault
from emulator.vocabulary import WireRequest, WireResponse

Answer = Callable[[WireRequest], Awaitable[WireResponse]]
Unreadable = Callable[[WireRequest, bool], WireResponse]
Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Sleep = Callable[[float], Awaitable[None]]

# 10 000 Chinese characters in a query are 90 kB; a megabyte must still be refused in the provider's own words.
LINE_LIMIT = 4 * 1024 * 1024
BODY_LIMIT = 16 * 1024 * 1024
BODY_SECONDS = 20

log = logging.getLogger("emulator")


class HttpServer:
    """One port. `answer` gets every request that could be read; `unreadable` answers those that could not, and is told
    whether the fault is ours.

    `faults` are the known disturbances; `sleep` is how slow ones wait.
    """

    def __init__(self, answer: Answer, unreadable: Unreadable, faults: Mapping[str, Fault], sleep: Sleep) -> None:
        self._answer = answer
        self._unreadable = unreadable
        self._faults = faults
        self._sleep = sleep
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; the address really taken (port 0 takes a free one). Raises OSError when it cannot be had."""
        connection = type("Connection", (_Handler,), {"unreadable": staticmethod(self._unreadable)})
        server = _Server(
            self._handle,
            connection,
            access_log=None,
            keepalive_timeout=75,
            lingering_time=2,
            max_line_size=LINE_LIMIT,
            auto_decompress=False,
        )
        self._runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=5)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, backlog=1024).start()
        taken = self._runner.addresses[0]
        return str(taken[0]), int(taken[1])

    async def stop(self) -> None:
        """Take no more connections, let calls under way end, close."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = b""
        if request.can_read_body:
            try:
                body = await _body(request)
            except (TimeoutError, web.HTTPException, ConnectionError):
                return _written(self._unreadable(_request(request, b""), False), close=True)
        response = await self._answer(_request(request, body))
        if response.fault is None:
            return _written(response)
        fault = self._faults[response.fault.name]
        line = _HttpLine(request, self._sleep)
        await fault.play(response, line, {**fault.parameters, **response.fault.parameters})
        return line.response or _written(response, close=True)


def _request(request: web.BaseRequest, body: bytes) -> WireRequest:
    return WireRequest(request.method, request.raw_path, request.headers, body)


def _written(response: WireResponse, close: bool = False) -> web.Response:
    written = web.Response(status=response.status, headers=response.headers, body=response.body)
    if close:
        written.force_close()
    return written


async def _body(request: web.BaseRequest) -> bytes:
    """The whole body within its limits; TimeoutError for one that dribbles, an HTTPException for one too large."""
    parts = []
    size = 0
    async with asyncio.timeout(BODY_SECONDS):
        async for part in request.content.iter_any():
            size += len(part)
            if size > BODY_LIMIT:
                raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, size)
            parts.append(part)
    return b"".join(parts)


class _Handler(RequestHandler):
    """aiohttp's connection, but a request that is no HTTP is answered in our words and never repeated in a log."""

    unreadable: Unreadable

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp calls it so
    ) -> web.StreamResponse:
        if status >= 500:
            log.error("our own mistake in the plane", exc_info=exc)
        else:
            log.debug("unreadable request: %s", type(exc).__name__)
        if request.writer.output_size:
            raise ConnectionError("a part of the answer is sent already")
        return _written(type(self).unreadable(WireRequest("GET", "/", request.headers, b""), status >= 500), close=True)


class _Server(web.Server):
    def __init__(self, handle: Handle, connection: type[_Handler], **limits: Any) -> None:
        super().__init__(handle, handler_cancellation=True)
        self._connection = connection
        self._limits = limits

    def __call__(self) -> RequestHandler:
        return self._connection(self, loop=asyncio.get_running_loop(), **self._limits)


class _HttpLine:
    def __init__(self, request: web.BaseRequest, sleep: Sleep) -> None:
        self._request = request
        self.sleep = sleep
        self.response: web.StreamResponse | None = None

    async def send(self, response: WireResponse) -> None:
        self.response = _written(response)

    async def begin(self, response: WireResponse) -> None:
        self.response = web.StreamResponse(status=response.status, headers=response.headers)
        self.response.content_length = len(response.body)
        self.response.force_close()
        await self.response.prepare(self._request)

    async def write(self, part: bytes) -> None:
        if self.response is not None:
            await self.response.write(part)

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
