"""A relay: what one connection receives is written to another, unread, both ways."""

import asyncio
import re
from typing import cast

from emulator.http.cut import cut

_LINE = 64 * 1024  # bytes without an end, after which it is taken for something else than HTTP
_SWITCHED = b"101"
_find_status = re.compile(rb"^HTTP/1\.[01] ([2-9][0-9][0-9]|%b)[^\n]*\n" % _SWITCHED, re.MULTILINE).search


class End(asyncio.Protocol):
    """One end of a relay.

    An end that cannot take more pauses the other one. Each way is closed by itself, except where one end speaks TLS.

    transport: Its connection.
    other: The other end.
    """

    transport: asyncio.Transport
    other: "End"
    _finished = False  # whether nothing more will come from it

    def data_received(self, data: bytes) -> None:
        self.other.transport.write(data)

    def pause_writing(self) -> None:
        if not self.other.transport.is_closing():
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def eof_received(self) -> bool:
        """Tell the other end. Return whether this one stays open for what is still to be written."""
        self._finished = True
        there = self.other.transport
        if there.is_closing():
            return False
        if self.other._finished or not (self.transport.can_write_eof() and there.can_write_eof()):
            there.close()
            return False
        there.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the other end in order, or cut it as this one was cut: else half an answer would look like a whole."""
        if exc is None:
            self.other.transport.close()
        else:
            cut(self.other.transport)


class FarEnd(End):
    """The end that is connected on behalf of a client. The relay begins as soon as it is.

    client: The connection of the client, which does not read yet.
    to_client: What the client is told first.
    to_host: What the host is told first.
    """

    def __init__(self, client: asyncio.Transport, to_client: bytes, to_host: bytes) -> None:
        self.other = End()
        self.other.transport, self.other.other = client, self
        self._to_client = to_client
        self._to_host = to_host

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport = cast(asyncio.Transport, transport)
        client = self.other.transport
        if client.is_closing():
            transport.abort()
            return
        client.set_protocol(self.other)
        client.resume_reading()  # before anything is written: a host that is slow at once pauses it again
        client.write(self._to_client)
        transport.write(self._to_host)
        self._to_host = b""


class RequestEnd(FarEnd):
    """The far end of a single request. Its answer says that the connection ends, as clients keep it otherwise."""

    _held = b""  # of a line that has not ended
    _told = False

    def data_received(self, data: bytes) -> None:
        """Pass on whole lines up to the status of the answer, which may stand behind interim ones; then everything."""
        if not self._told:
            lines, end, self._held = (self._held + data).rpartition(b"\n")
            data = lines + end
            if status := _find_status(data):
                close = b"" if status[1] == _SWITCHED else b"Connection: close\r\n"
                data = data[: status.end()] + close + data[status.end() :]
            if status or len(self._held) > _LINE:
                data, self._held, self._told = data + self._held, b"", True
        super().data_received(data)

    def eof_received(self) -> bool:
        super().data_received(self._held)
        return super().eof_received()
