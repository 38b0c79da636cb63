"""Another client of the same server: asks for its health again and again, and notes how long it waited.

`python -m tests.torture.neighbour HOST PORT` says `ready` after its first answer, and when its standard input ends what
it saw, as one line of JSON.
"""

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median

from tests.bench.servers import ROOT, Server, StartError, choose_cores

GAP = 0.01  # seconds between one wish and the next
TIMEOUT = 60.0  # seconds after which an answer is given up
REQUEST = b"GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass
class Sight:
    """What a neighbour saw.

    longest: The longest wait from the moment it wanted to ask, in milliseconds.
    usual: The usual wait, in milliseconds.
    late: How late the machine woke it, in milliseconds.
    asked: How often it asked.
    lost: How often it got no answer, or another than `ok`.
    """

    longest: float = 0.0
    usual: float = 0.0
    late: float = 0.0
    asked: int = 0
    lost: int = 0


class Watch:
    """The sight of a neighbour, once it has looked away."""

    sight = Sight()


@contextmanager
def run_neighbour(server: Server) -> Iterator[Watch]:
    """Run a neighbour in a process of its own that asks for as long as this lasts."""
    command = [sys.executable, "-m", "tests.torture.neighbour", server.host, str(server.port)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    watch = Watch()
    try:
        if process.stdout is None or process.stdout.readline() != b"ready\n":
            raise StartError("the neighbour got no first answer")
        yield watch
        output, _ = process.communicate(timeout=TIMEOUT + 5)
        watch.sight = Sight(**json.loads(output))
    finally:
        process.kill()
        process.wait()


class Neighbour:
    """One kept connection; it is opened again when the server closes it."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._socket: socket.socket | None = None
        self._waits: list[float] = []
        self.sight = Sight()

    def ask(self, wanted: float) -> None:
        """Ask once; the wait counts from the moment when the question was wanted."""
        self.sight.asked += 1
        self.sight.late = max(self.sight.late, (time.perf_counter() - wanted) * 1000)
        try:
            good = self._exchange()
        except OSError:  # no answer in time, or none at all
            good, self._socket = False, None
        self.sight.lost += not good
        self._waits.append((time.perf_counter() - wanted) * 1000)

    def sum_up(self) -> Sight:
        self.sight.longest, self.sight.usual = max(self._waits), median(self._waits)
        return self.sight

    def _exchange(self) -> bool:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, TIMEOUT)
        self._socket.sendall(REQUEST)
        answer = b""
        while b"ok" not in answer:
            part = self._socket.recv(4096)
            if not part:
                raise ConnectionResetError
            answer += part
        return answer.startswith(b"HTTP/1.1 200 ")


def main(host: str, port: str) -> None:
    """Ask until standard input ends."""
    os.sched_setaffinity(0, choose_cores()[1])
    neighbour = Neighbour(host, int(port))
    neighbour.ask(time.perf_counter())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    wanted = time.perf_counter() + GAP
    while not select.select([sys.stdin], [], [], max(0.0, wanted - time.perf_counter()))[0]:
        neighbour.ask(wanted)
        wanted = max(wanted + GAP, time.perf_counter())
    sys.stdout.write(json.dumps(asdict(neighbour.sum_up())))


if __name__ == "__main__":
    main(*sys.argv[1:])
