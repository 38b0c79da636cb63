"""Hosts on loopback that the emulator is made to call: receivers of callbacks and hosts of pictures."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

Play = Callable[[socket.socket], None]


@dataclass
class Peer:
    """`calls` counts the requests that came."""

    port: int
    calls: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/x.png"


@contextmanager
def running_peer(play: Play) -> Iterator[Peer]:
    """Run a host that plays the same to everybody who has sent a head; every connection has a thread of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        made, lines = Peer(listening.getsockname()[1]), set[socket.socket]()

        def serve(line: socket.socket) -> None:
            with suppress(OSError):
                while _read_head(line):
                    made.calls += 1
                    play(line)
                line.close()

        def accept() -> None:
            with suppress(OSError):
                while True:
                    line, _ = listening.accept()
                    lines.add(line)
                    threading.Thread(target=serve, args=(line,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield made
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            for line in lines:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)


def _read_head(line: socket.socket) -> bool:
    """Return whether one more request came; a small body is read with it, another is left unread."""
    came = b""
    while b"\r\n\r\n" not in came:
        part = line.recv(65536)
        if not part:
            return False
        came += part
    return True


def send_endlessly(part: bytes, before: bytes = b"") -> Play:
    """Send one thing for ever, as fast as it is taken."""
    many = part * max(1, 65536 // len(part))

    def play(line: socket.socket) -> None:
        line.sendall(before)
        while True:
            line.sendall(many)

    return play


def answer_with(answer: bytes) -> Play:
    """Give one answer."""
    return lambda line: line.sendall(answer)


def encode_answer(body: bytes) -> bytes:
    """Return an answer with a body."""
    return b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
