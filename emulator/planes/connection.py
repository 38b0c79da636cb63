"""aiohttp's connections: what comes over them and is no HTTP is answered in our words."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from emulator.vocabulary import WireRequest

Unreadable = Callable[[WireRequest, int], Any]  # the answer, as aiohttp takes it, to what could not be read, by status

log = logging.getLogger("emulator")


class Connection(RequestHandler):
    """One connection; a request that is no HTTP is never repeated in a log.

    A client that ends its own side is taken to have left, even if it still reads: those that give up are many, and
    what they wait for must end with them.
    """

    unreadable: Unreadable

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


class Server(web.Server):
    """Makes the connections of one port; `limits` are those of aiohttp's RequestHandler."""

    def __init__(self, handle: Any, unreadable: Unreadable, **limits: Any) -> None:
        super().__init__(handle, handler_cancellation=True)
        self._connection = type("Connection", (Connection,), {"unreadable": staticmethod(unreadable)})
        self._limits = limits

    def __call__(self) -> RequestHandler:
        connection: RequestHandler = self._connection(self, loop=asyncio.get_running_loop(), **self._limits)
        return connection
