"""aiohttp's connections and requests: they tell what was read, and answer in our words what is no HTTP."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aiohttp import HttpVersion, web
from aiohttp.web_protocol import RequestHandler

from emulator.vocabulary import WireRequest

Unreadable = Callable[[WireRequest, int], Any]  # the answer, as aiohttp takes it, to what could not be read, by status

log = logging.getLogger("emulator")


class Parsed(Protocol):
    """What aiohttp's parser makes of the head of a request, as far as we ask it."""

    method: str
    path: str
    version: HttpVersion
    headers: Mapping[str, str]
    should_close: bool


class Request(web.BaseRequest):
    """A request that tells what was `parsed` of it at once: each of aiohttp's properties costs ten times as much."""

    parsed: Parsed


class Connection(RequestHandler):
    """One connection; a request that is no HTTP is never repeated in a log.

    A client that ends its own side is taken to have left, even if it still reads: those that give up are many, and
    what they wait for must end with them.
    """

    unreadable: Unreadable
    remote = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self.remote = str(peer[0]) if peer else ""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp calls it so
    ) -> Any:
        if status >= 500:
            log.error("our own mistake in the plane", exc_info=exc)
        else:
            log.debug("unreadable request: %s", type(exc).__name__)
        if request.writer.output_size:
            raise ConnectionError("a part of the answer is sent already")
        unread = WireRequest("GET", "/", request.headers, b"")
        return type(self).unreadable(unread, 500 if status >= 500 else 400)


def _request(parsed: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> Request:
    request = Request(parsed, payload, protocol, writer, task, asyncio.get_running_loop())
    request.parsed = parsed
    return request


class Server(web.Server):
    """Makes the connections of one port; `limits` are those of aiohttp's RequestHandler."""

    def __init__(self, handle: Any, unreadable: Unreadable, **limits: Any) -> None:
        super().__init__(handle, request_factory=_request, handler_cancellation=True)
        self._connection = type("Connection", (Connection,), {"unreadable": staticmethod(unreadable)})
        self._limits = limits

    def __call__(self) -> RequestHandler:
        connection: RequestHandler = self._connection(self, loop=asyncio.get_running_loop(), **self._limits)
        return connection
