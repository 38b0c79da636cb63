"""Connections to other hosts: only to addresses that were checked, and no peer can send without end.

Any peer may send anything, and aiohttp buffers whatever comes before an answer: so each connection counts what it
receives. Imports aiohttp, so it is imported on first use.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiohttp import ClientError, ClientOSError, ServerDisconnectedError, StreamReader, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage

_INTERIM = 10  # 1xx answers to one request; servers send one or two
_HEAD = 64 * 1024  # bytes up to the end of the final head
_FRAMES = 16 * 1024  # bytes around the chunks of a body, beside one for each 32 bytes of content
_SLICE = 8 * 1024  # bytes parsed at once: even if they hold only tiny answers or chunks, this takes a few milliseconds

Addresses = Callable[[str], Awaitable[list[str]]]


class Chatter(ClientError):
    """The peer sends much more than an answer."""


class ClosedEarly(ClientError):
    """A kept connection was closed before any byte of an answer came: the peer may never have read the request."""


class Connection(ResponseHandler):
    """One connection, with limits on what the peer may send.

    Limited are the bytes before the final head of an answer, and the bytes around the chunks of its body. Bytes after
    the answer end the connection.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._requests = 0
        self._interim = self._before = self._after = 0  # 1xx answers; bytes before and after the end of the final head
        self._body: StreamReader | None = None  # set once the final head was read
        self._chunked = False
        self._held = b""  # data that is not parsed yet, as the reader is behind

    def set_response_params(self, **given: Any) -> None:
        """Prepare for the answer to one more request."""
        self._requests += 1
        self._interim = self._before = self._after = 0
        self._body = None
        super().set_response_params(**given)

    def data_received(self, data: bytes) -> None:
        """Parse head by head and in small slices, so that limits are checked before much was parsed."""
        if not data:  # the reader wants more
            super().data_received(data)
        data, self._held = self._held + data, b""
        start = 0
        while start < len(data) and self.is_connected():
            if self._reading_paused:
                self._held = data[start:]
                return
            if self._body is not None and self._body.is_eof():
                self.abort()
                return
            end = self._find_end(data, start)
            if self._body is None:
                self._before += end - start
            else:
                self._after += end - start
            super().data_received(data[start:end])
            self._limit()
            start = end

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """Pass on the head of an answer, or close the connection if no request is open."""
        message, body = data
        if self._body is not None:
            self.force_close()
            return
        if 100 <= message.code < 200 and message.code != 101:
            self._interim += 1
        else:
            self._body, self._chunked = body, message.chunked
        super().feed_data(data, size)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Fail the open request, and whoever reads the body of its answer."""
        lost = isinstance(exc, ClientOSError | ServerDisconnectedError)
        if lost and self._requests > 1 and self._body is None and not self._before:
            exc = ClosedEarly(*exc.args)
        super().set_exception(exc, *cause)
        if self._body is not None and not self._body.is_eof() and self._body.exception() is None:
            self._body.set_exception(exc, *cause)

    def _find_end(self, data: bytes, start: int) -> int:
        """Return the end of the slice that is parsed next."""
        if self._body is not None and not self._chunked:
            return len(data)
        end = min(start + _SLICE, len(data))
        head = data.find(b"\r\n\r\n", start, end) if self._body is None else -1
        return end if head < 0 else head + 4

    def _limit(self) -> None:
        """End the connection if the peer sends much that does not belong to an answer."""
        body = self._body
        if body is None and (self._interim > _INTERIM or self._before > _HEAD):
            refused = f"more than {_INTERIM} interim answers or {_HEAD // 1024} kB before the answer"
        elif body is not None and not self._reading_paused and self._after - body.total_bytes * 33 / 32 > _FRAMES:
            refused = "chunks of a few bytes each"
        else:
            return
        self.set_exception(Chatter(refused))
        if self.transport is not None:
            self.transport.abort()


class Connector(TCPConnector):
    """Connects to the addresses that `addresses` returns for a name, and asks again for every connection.

    `most` is the number of connections at a time, in all and to one host; 0 for no limit. Unless connections are
    `kept`, each call has its own.
    """

    def __init__(self, addresses: Addresses, most: tuple[int, int], *, kept: bool) -> None:
        super().__init__(
            resolver=GuardedResolver(addresses),
            use_dns_cache=False,
            limit=most[0],
            limit_per_host=most[1],
            force_close=not kept,
            keepalive_timeout=1 if kept else None,  # less than in most servers: a call on a closed one is made twice
        )
        self._factory = partial(Connection, asyncio.get_running_loop())  # type: ignore[assignment]


class GuardedResolver(AbstractResolver):
    """Resolves a name to the addresses that `addresses` returns, and to no others."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    async def resolve(  # the connector asks for both families
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002
    ) -> list[ResolveResult]:
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": socket.IPPROTO_TCP,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in await self._addresses(host)
        ]

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""
