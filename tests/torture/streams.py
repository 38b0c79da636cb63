"""F10: standard output closed, full, or a pipe that nobody reads."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from tests.bench.servers import OWN_SETTINGS, ROOT
from tests.torture.attack import EMULATOR, Attack, Attacks
from tests.torture.neighbour import REQUEST
from tests.torture.siege import Siege

# Each is what a shell makes of a started server's streams.
CLOSED, NONE, FULL = ">&-", "<&- >&- 2>&-", ">/dev/full"
ERRORS_FULL, ERRORS_CLOSED = "2>/dev/full", "2>&-"


def start_redirected(siege: Siege, streams: str) -> None:
    """Start one more server whose streams are as a shell writes it; note whether it serves."""
    port = _find_free_port()
    with _start_redirected(port, streams) as (process, said):
        serves = (
            siege.wait_until(lambda: process.poll() is not None or _is_healthy(port), 10) and process.poll() is None
        )
        output = os.pread(said, 1000, 0).decode(errors="replace").strip().rpartition("\n")[2]
        siege.note("serves" if serves else f"ended with {process.poll()}")
        siege.fail_if(not serves, f"it does not serve: {output[:100] or 'and says nothing'}")


def start_without_reader(siege: Siege) -> None:
    """Start a server whose reader of output is gone before it says anything."""
    port = _find_free_port()
    with _start_redirected(port, "2>&1 | true") as (process, _said):
        up = siege.wait_until(lambda: _is_healthy(port), 10)
        siege.fail_if(not up, "it does not serve once nobody reads")
        siege.note("serves" if up else f"ended with {process.poll()}")


def _find_free_port() -> int:
    """Return a port that nobody listens on, from where no system takes those of its outgoing connections."""
    for port in range(20_000, 32_000):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no port is free")


@contextmanager
def _start_redirected(port: int, streams: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    words = [sys.executable, "-m", *EMULATOR[:-1], str(port)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
    with tempfile.TemporaryFile() as said:
        started = ["sh", "-c", f'exec "$@" {streams}' if "|" not in streams else f'"$@" {streams}', "sh", *words]
        process = subprocess.Popen(
            started, cwd=ROOT, env=inherited, stdout=said, stderr=said, stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            yield process, said.fileno()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _is_healthy(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as line:
            line.settimeout(1)
            line.sendall(REQUEST)
            return line.recv(100).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False


ATTACKS: Attacks = (
    Attack("F10 standard output closed", partial(start_redirected, streams=CLOSED)),
    Attack("F10 all three streams closed", partial(start_redirected, streams=NONE)),
    Attack("F10 standard output full", partial(start_redirected, streams=FULL)),
    Attack("F10 standard error full", partial(start_redirected, streams=ERRORS_FULL)),
    Attack("F10 standard error closed", partial(start_redirected, streams=ERRORS_CLOSED)),
    Attack("F10 whoever read its output is gone", start_without_reader),
)
