"""Servers of the test, to which a proxy leads: one that speaks HTTP, and one that does as it is told."""

import hashlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MEGABYTE = 1024 * 1024
CONTENT = bytes(range(256)) * (5 * MEGABYTE // 256)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(CONTENT if self.path == "/large" else self.path.encode())

    def do_POST(self) -> None:
        received = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(hashlib.sha256(received).hexdigest().encode())

    def _answer(self, body: bytes) -> None:
        self.server.heads.append(f"{self.requestline}\r\n{self.headers}")  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Origin:
    """A server of the test: where it listens, and the heads of the requests that it got."""

    def __init__(self, port: int, heads: list[str]) -> None:
        self.port = port
        self.heads = heads


@contextmanager
def serve_http(context: ssl.SSLContext | None = None) -> Iterator[Origin]:
    """Yield a server that keeps connections: /large is 5 MB, any other path answers itself, a POST its digest."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.daemon_threads = True
    server.heads = []  # type: ignore[attr-defined]
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Origin(server.server_address[1], server.heads)  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def serve_once(play: Callable[[socket.socket], Any]) -> Iterator[int]:
    """Yield the port of a server that takes one connection and plays with it. A failed play fails the test."""
    failed: list[BaseException] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def take() -> None:
            try:
                connection, _peer = listening.accept()
                with connection:
                    connection.settimeout(10)
                    play(connection)
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join(10)
    assert not thread.is_alive()
    if failed:
        raise failed[0]


def read_head(connection: socket.socket) -> bytes:
    """Return what comes up to the end of a head, byte by byte: nothing behind it is taken."""
    received = b""
    while not received.endswith(b"\r\n\r\n") and (byte := connection.recv(1)):
        received += byte
    return received


def read_all(connection: socket.socket) -> bytes:
    """Return what comes until the other side ends its way."""
    parts = []
    while part := connection.recv(MEGABYTE):
        parts.append(part)
    return b"".join(parts)


def fill(connection: socket.socket, part: bytes, most: int) -> int:
    """Send until nobody takes more, but at most so many bytes. Return how many were taken."""
    connection.settimeout(0.3)
    sent = 0
    with suppress(TimeoutError):
        while sent < most:
            sent += connection.send(part)
    connection.settimeout(10)
    return sent
