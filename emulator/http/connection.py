"""aiohttp's connections and requests, extended: unfinished requests are limited in time and memory."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import yarl
from aiohttp import HttpVersion, StreamReader, web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.http_parser import RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from emulator.resources.budgets import Budget
from emulator.types import WireRequest

# Makes the answer, in aiohttp's form, to a request that could not be read, and to the status that says why.
AnswerUnreadable = Callable[[WireRequest, int], Any]

HEAD_SECONDS = 10.0  # allowed from the first byte of a request to the end of its head
_MAX_CACHED_ADDRESS = 8 * 1024  # bytes; the caches of addresses are emptied after a longer address or head
_PIECE = 32 * 1024  # bytes parsed at a time: at most five thousand chunks, or a thousand heads

log = logging.getLogger("emulator")


class Parsed(Protocol):
    """The head of a request as aiohttp's parser returns it; only what is used here.

    method: The method as it was sent.
    path: The target of the request line, with its query.
    version: The version of HTTP.
    headers: The headers; names are compared without case.
    should_close: Whether the client wants the connection closed after the answer.
    """

    method: str
    path: str
    version: HttpVersion
    headers: Mapping[str, str]
    should_close: bool


class Request(web.BaseRequest):
    """A request whose head is read as `parsed`: each of aiohttp's own properties costs ten times as much."""

    parsed: Parsed


class Connection(RequestHandler):
    """One connection, which limits its unfinished requests in time and memory.

    A request that cannot be parsed as HTTP is never repeated in a log.
    A client that closes its sending side counts as gone, even if it still reads. Clients often give up, and the work
    that they waited for must then end.

    answer_unreadable: Make the answer to a request that could not be read.
    budget: Limits the bytes that all requests hold which are not answered yet.
    remote: IP address of the client; empty where it is unknown.
    unread: Bytes of a head that has not ended.
    """

    answer_unreadable: AnswerUnreadable
    budget: Budget
    remote = ""
    unread = 0
    _body: StreamReader | None = None  # of the last request
    _head_timer: asyncio.TimerHandle | None = None
    _unparsed = b""  # received, but not parsed yet; reading pauses until it is
    _next_parse: asyncio.Handle | None = None
    _discarding = False  # whether data is dropped, because its request is refused already

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self.remote = str(peer[0]) if peer else ""

    def connection_lost(self, exc: BaseException | None) -> None:
        self.end_head()
        self._unparsed = b""
        self._body = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse `data` a piece at a time, so that the loop serves other connections in between.

        aiohttp passes b"" to resume after a pause.
        """
        if self._discarding:
            return
        if data and (self._unparsed or len(data) > _PIECE):
            self._unparsed += data
            self._pause_transport_reading()
        else:
            self._parse(data)
        if self._unparsed:
            self._schedule_parse()

    def _schedule_parse(self) -> None:
        """Schedule the next piece for parsing, unless the reader of a body is behind."""
        if self._next_parse is None and not self._reading_paused:
            self._next_parse = asyncio.get_running_loop().call_soon(self._parse_piece)

    def _parse_piece(self) -> None:
        self._next_parse = None
        data, self._unparsed = self._unparsed[:_PIECE], self._unparsed[_PIECE:]
        if not data:
            return
        self._parse(data)
        if self._unparsed:
            self._schedule_parse()
        elif not self._reading_paused and not self._buffer_paused:
            self._resume_transport_reading()

    def _resume_transport_reading(self) -> None:
        if not self._unparsed:
            super()._resume_transport_reading()

    def _parse(self, data: bytes) -> None:
        requests = self._request_count
        super().data_received(data)
        if self._request_count == requests:
            if data and (self._body is None or self._body.is_eof()):
                self._count_head(len(data))
            return
        message, body = self._messages[-1]
        if isinstance(message, RawRequestMessage):
            self._body = body
            if len(message.path) > _MAX_CACHED_ADDRESS:
                clear_address_caches()
        else:
            message.exc.with_traceback(None)  # its frames refer to this connection, which holds the exception
            if self._body is not None and not self._body.is_eof():
                self._body.set_exception(TimeoutError("the body ends as no HTTP"))  # aiohttp ignores this class
            if self._unparsed or isinstance(message.exc, LineTooLong):
                self._discard_rest(message)
        if self.unread:
            self.end_head()

    def _discard_rest(self, refused: Any) -> None:
        """Accept and drop further data for aiohttp's lingering time.

        A client that is still sending would lose the answer if the connection were closed at once.
        """
        self._discarding, self._unparsed = True, b""
        self._parser = None  # frees the part of a line that the parser holds
        self._messages[-1] = refused, StreamReader(self, _PIECE, loop=asyncio.get_running_loop())

    def _count_head(self, size: int) -> None:
        """Count `size` bytes of an unfinished head, and limit its time. If the budget is used up, close."""
        if not self.budget.take(size):
            self._hang_up()
            return
        self.unread += size
        if self._head_timer is None:
            self._head_timer = asyncio.get_running_loop().call_later(HEAD_SECONDS, self._hang_up)

    def end_head(self) -> None:
        """Stop counting and timing a head, because it is complete or will never be."""
        if self.unread > _MAX_CACHED_ADDRESS:
            clear_address_caches()
        self.budget.give(self.unread)
        self.unread = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _hang_up(self) -> None:
        """Close the connection; a request under way is answered first."""
        self.end_head()
        if self._current_request is None:
            self.force_close()
        else:
            self.close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - part of aiohttp's signature
    ) -> Any:
        if status >= 500:
            log.error("unhandled exception while a request was read", exc_info=exc)
        else:
            log.debug("unreadable request: %s", type(exc).__name__)
        if request.writer.output_size:
            raise ConnectionError("a part of the answer is sent already")
        unread = WireRequest("GET", "/", request.headers, b"")
        return type(self).answer_unreadable(unread, 500 if status >= 500 else 400)


def clear_address_caches() -> None:
    """Empty yarl's caches, which keep the last hundred addresses that aiohttp read, however long these are."""
    for cache in _CACHES:
        cache.cache_clear()


def _iterate_caches() -> Iterator[Any]:
    for value in vars(yarl._url).values():
        if hasattr(value, "cache_clear"):
            yield value


_CACHES = tuple(_iterate_caches())


def _make_request(parsed: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> Request:
    request = Request(parsed, payload, protocol, writer, task, asyncio.get_running_loop())
    request.parsed = parsed
    return request


class Server(web.Server):
    """Makes the connections of one port.

    `budget` limits the bytes that they hold unread. `limits` are arguments of aiohttp's RequestHandler.
    """

    def __init__(self, handle: Any, answer_unreadable: AnswerUnreadable, budget: Budget, **limits: Any) -> None:
        super().__init__(handle, request_factory=_make_request, handler_cancellation=True)
        attributes = {"answer_unreadable": staticmethod(answer_unreadable), "budget": budget}
        self._connection = type("Connection", (Connection,), attributes)
        self._limits = limits

    def __call__(self) -> RequestHandler:
        connection: RequestHandler = self._connection(self, loop=asyncio.get_running_loop(), **self._limits)
        return connection
