"""Bytes over a bare socket, for what no HTTP client would send or forgive."""

import asyncio
import json
import socket
import struct
from types import TracebackType
from typing import Any, NamedTuple, Self

from moderation_emulator.contract.running_server import RunningServer


class Answer(NamedTuple):
    """One HTTP answer as it came.

    version: The version of HTTP.
    status: The status.
    headers: The headers; names in lower case.
    body: The body.
    """

    version: str
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """A connection to the emulator, closed at the end of its `with`. Waits at most `timeout` seconds for anything.

    `port` is another one that the emulator's loop serves.
    """

    def __init__(self, live: RunningServer, timeout: float = 10.0, port: int | None = None) -> None:
        self._live = live
        self._timeout = timeout
        self._socket = socket.create_connection(("127.0.0.1", port or live.port), timeout)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def send(self, *parts: bytes, wait: bool = True) -> "Connection":
        """Send the parts, each read by the server before the next; one that has hung up is no error."""
        for part in parts:
            try:
                self._socket.sendall(part)
            except ConnectionError:
                break
            if wait:
                self._live.run(settle())
        return self

    def finish(self) -> "Connection":
        """Say that nothing more will come (FIN), and keep listening."""
        self._socket.shutdown(socket.SHUT_WR)
        return self

    def read_answer(self, head: bool = False) -> Answer:
        """Return the next answer; `head` says that it answers a HEAD request."""
        version, status = self._file.readline().decode().split(" ")[:2]
        headers = {}
        while line := self._file.readline().decode().rstrip("\r\n"):
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        body = b"" if head else self._file.read(int(headers.get("content-length", "0")))
        return Answer(version, int(status), headers, body)

    def read_available(self) -> bytes:
        """Return what has come and was not read yet, without waiting for more."""
        self._live.run(settle())
        self._socket.settimeout(0)
        try:
            return self._file.read() or b""
        finally:
            self._socket.settimeout(self._timeout)

    def reset(self) -> None:
        """Hang up without ado (RST)."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def read_rest(self) -> bytes:
        """Return everything until the server closes.

        Raises ConnectionResetError when it cuts, TimeoutError when it waits.
        """
        return self._file.read()


async def settle() -> None:
    """Let the loop read what lies in its sockets and run what follows from it."""
    for _ in range(30):
        await asyncio.sleep(0)


def ask(live: RunningServer, *parts: bytes, head: bool = False) -> Answer:
    """Send some bytes on a connection of their own; return the first answer."""
    with Connection(live) as connection:
        return connection.send(*parts).read_answer(head)


def encode_request(
    method: str = "GET", target: str = "/", body: bytes | None = None, host: str = "localhost", **headers: str
) -> bytes:
    """Return the bytes of a request; `X_Name="value"` adds a header, a body its length."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")
