"""aiohttp's connections and requests, which tell what was read, and do not wait for ever for the rest."""

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

AnswerUnreadable = Callable[
    [WireRequest, int], Any
]  # the answer, as aiohttp takes it, to what could not be read, by status

HEAD_SECONDS = 10.0  # from the first byte of a request to the end of its head
_MAX_CACHED_ADDRESS = 8 * 1024  # bytes of a head whose address is not to be kept
_PIECE = 32 * 1024  # bytes parsed in one go: five thousand chunks, or a thousand heads, at most

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

    answer_unreadable: AnswerUnreadable
    budget: Budget
    remote = ""
    unread = 0
    """Bytes of a head that has not ended."""
    _body: StreamReader | None = None  # of the last request
    _head_timer: asyncio.TimerHandle | None = None
    _unparsed = b""  # what came and is not parsed yet: nothing more comes meanwhile
    _next_parse: asyncio.Handle | None = None
    _discarding = False  # what still comes of a request that is refused already

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
        """Parse a little at a time, so that others have their turn. After a pause aiohttp says b"" to go on."""
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
        """Parse the next piece soon, unless the reader of a body is behind."""
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
            message.exc.with_traceback(None)  # the frames of which hold what holds it: this connection
            if self._body is not None and not self._body.is_eof():
                self._body.set_exception(TimeoutError("the body ends as no HTTP"))  # of a kind that aiohttp forgives
            if self._unparsed or isinstance(message.exc, LineTooLong):
                self._discard_rest(message)
        if self.unread:
            self.end_head()

    def _discard_rest(self, refused: Any) -> None:
        """Let more come for aiohttp's lingering time: who still sends would lose the answer if we hung up."""
        self._discarding, self._unparsed = True, b""
        self._parser = None  # and with it the part of a line that it holds
        self._messages[-1] = refused, StreamReader(self, _PIECE, loop=asyncio.get_running_loop())

    def _count_head(self, size: int) -> None:
        """Count a part of a head; too many bytes unread in all end the connection."""
        if not self.budget.take(size):
            self._hang_up()
            return
        self.unread += size
        if self._head_timer is None:
            self._head_timer = asyncio.get_running_loop().call_later(HEAD_SECONDS, self._hang_up)

    def end_head(self) -> None:
        """The head is read, or will never be."""
        if self.unread > _MAX_CACHED_ADDRESS:
            clear_address_caches()
        self.budget.give(self.unread)
        self.unread = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _hang_up(self) -> None:
        """Close, but let a request under way be answered first."""
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
        message: str | None = None,  # noqa: ARG002 - aiohttp calls it so
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
    """Empty the caches in which yarl keeps the last hundred addresses that aiohttp read, however long they are."""
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
    """Makes the connections of one port. `budget` bounds what they hold unread; `limits` are those of aiohttp's
    RequestHandler.
    """

    def __init__(self, handle: Any, answer_unreadable: AnswerUnreadable, budget: Budget, **limits: Any) -> None:
        super().__init__(handle, request_factory=_make_request, handler_cancellation=True)
        attributes = {"answer_unreadable": staticmethod(answer_unreadable), "budget": budget}
        self._connection = type("Connection", (Connection,), attributes)
        self._limits = limits

    def __call__(self) -> RequestHandler:
        connection: RequestHandler = self._connection(self, loop=asyncio.get_running_loop(), **self._limits)
        return connection
