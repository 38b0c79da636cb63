"""Servers that are no emulator: they refuse, say nothing, or say it drop by drop."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

READY = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status": "ok"}'
DRAINING = b'HTTP/1.1 503 Busy\r\nContent-Length: 22\r\n\r\n{"status": "draining"}'


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """Run a server that gives each caller one of these answers, then hangs up; yield its URL.

    The last answer is given for ever. To an empty one the server keeps the connection and says nothing.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def serve() -> None:
        left = list(answers)
        with suppress(OSError):
            while True:
                caller, _ = listener.accept()
                kept.append(caller)
                answer = left.pop(0) if len(left) > 1 else left[0]
                if answer:
                    with suppress(OSError):  # it may have given up
                        caller.recv(65_536)
                        caller.sendall(answer)
                        caller.shutdown(socket.SHUT_RDWR)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)
        for caller in kept:
            caller.close()


def make_dead_url() -> str:
    """Return a URL at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
