"""The entrance of the forward proxy: reads where a client wants to go, and hands its connection on."""

import asyncio
import os
import re
import socket
import ssl
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from emulator.http.proxy_head import ESTABLISHED, REST_LIMIT, Head, Unreadable, read_head
from emulator.http.relay import FarEnd, RequestEnd
from emulator.http.server import LINE_LIMIT
from emulator.net.fates import PLAIN_PORT

if TYPE_CHECKING:
    from emulator.http.proxy import Proxy

HEAD_SECONDS = 10.0  # from the connection to the end of a head, and again for a handshake of TLS
CONNECT_SECONDS = 60.0  # until a host that is led to takes the connection
LINGER_SECONDS = 2.0  # in which a client that still sends can read that it was refused

_TUNNEL = b"CONNECT "
_find_end = re.compile(rb"\n\r?\n").search


class Entrance(asyncio.Protocol):
    """A connection of a client, until it is known where it leads. Then another protocol takes its place.

    Nothing that a client sends is written to a log.
    """

    def __init__(self, proxy: "Proxy") -> None:
        self._proxy = proxy
        self._received = bytearray()  # of a head; then what comes through a new tunnel before its protocol is there
        self._led = False  # whether the head is read
        self._answered = False
        self._lost = False
        self._heir: asyncio.Protocol | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._proxy.clients.add(self._transport)
        self._timer = asyncio.get_running_loop().call_later(HEAD_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._timer.cancel()
        if self._heir is not None:  # the loop had planned this call before the heir was there
            self._heir.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._answered:
            return
        searched = max(0, len(self._received) - 2)
        self._received += data
        if self._led:
            return
        if not self._received[:1].isalpha():
            self._answer(400, "This is a forward proxy; it speaks HTTP without TLS.")
        elif end := _find_end(self._received, searched):
            self._read(bytes(self._received[: end.end()]), bytes(self._received[end.end() :]))
        elif len(self._received) > REST_LIMIT + (0 if self._received.startswith(_TUNNEL) else LINE_LIMIT):
            self._answer(400, "The head is too long.")

    def _read(self, head: bytes, rest: bytes) -> None:
        self._led = True
        self._timer.cancel()
        self._received = bytearray()
        try:
            self._lead(read_head(head), rest)
        except Unreadable as error:
            self._answer(400, str(error))

    def _lead(self, head: Head, rest: bytes) -> None:
        """Do with a request as was decided. `rest` came behind its head."""
        place = f"[{head.host}]:{head.port}" if ":" in head.host else f"{head.host}:{head.port}"
        fate = self._proxy.decide(head.host, head.port)
        if fate == "refuse":
            self._proxy.stop_call(head)
            self._answer(403, f"{place} is a real service that is not emulated; --allow {head.host} would lead there.")
        elif fate == "direct":
            self._transport.pause_reading()
            self._proxy.run(self._lead_through(head, place, rest))
        elif head.path:
            self._hand_on(self._transport, head.encode_for_host(), rest)
        elif rest:  # a handshake of TLS that has begun already would be lost in part
            self._answer(400, "A tunnel is open when it is answered; nothing may be sent before.")
        elif head.port == PLAIN_PORT:
            self._transport.write(ESTABLISHED)
            self._hand_on(self._transport)
        else:
            self._transport.pause_reading()
            self._proxy.run(self._start_tls())

    def _hand_on(self, transport: asyncio.Transport, *parts: bytes) -> None:
        """Have the emulator serve the connection; `parts` are what it must read first."""
        self._heir = self._proxy.make_connection()
        transport.set_protocol(self._heir)
        self._heir.connection_made(transport)
        for part in filter(None, parts):
            self._heir.data_received(part)

    async def _start_tls(self) -> None:
        """Open a tunnel that ends here. A client that fails in the handshake is hung up on."""
        self._transport.write(ESTABLISHED)
        if self._transport.is_closing():
            return
        try:
            transport = await asyncio.get_running_loop().start_tls(
                self._transport, self, self._proxy.context, server_side=True, ssl_handshake_timeout=HEAD_SECONDS
            )
        except OSError:
            return
        if transport is not None and not self._lost:
            self._hand_on(transport, bytes(self._received))

    async def _lead_through(self, head: Head, place: str, rest: bytes) -> None:
        """Connect the client with where it wants to go."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                route = await self._proxy.find_route(head)
                kind = RequestEnd if head.path else FarEnd
                _transport, end = await asyncio.get_running_loop().create_connection(
                    lambda: kind(self._transport, route.to_client, route.to_host + rest),
                    route.host,
                    route.port,
                    ssl=route.context,
                )
                self._proxy.far_ends.add(end)
        except TimeoutError:
            self._answer(504, f"{place} cannot be reached: it takes too long.")
        except (OSError, UnicodeError) as error:  # a name that no look-up takes is a UnicodeError
            self._answer(502, f"{place} cannot be reached: {_explain(error)}.")

    def _answer(self, status: int, sentence: str) -> None:
        """Answer by a sentence, and close once the client has read it."""
        transport = self._transport
        if self._answered or transport.is_closing() or transport.get_protocol() is not self:
            return
        self._answered = True
        self._received = bytearray()
        self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(LINGER_SECONDS, transport.abort)
        body = f"moderation-emulator: {sentence}\n".encode()
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        transport.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        transport.write_eof()
        transport.resume_reading()

    def _give_up(self) -> None:
        """End a connection whose head takes too long; one that has sent nothing expects no answer."""
        if self._received:
            self._answer(408, "The head took too long.")
        else:
            self._transport.close()


def _explain(error: Exception) -> str:
    """Return why a connection failed, in the system's words."""
    foreign = isinstance(error, socket.gaierror | ssl.SSLError) or sys.platform == "win32"  # numbers of its own
    if isinstance(error, OSError) and error.errno and not foreign:
        return os.strerror(error.errno).lower()
    return str(getattr(error, "strerror", None) or error)
