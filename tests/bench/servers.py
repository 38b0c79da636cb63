"""Servers under measurement: a process of its own on one CPU, its clocks and its memory (Linux)."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
READY = b"Listening on http://"
TIMEOUT = 60  # seconds a server may take to say that it listens
OWN_SETTINGS = "MODERATION_EMULATOR_"


class StartError(Exception):
    """The server ended, or said nothing, instead of listening."""


@dataclass(frozen=True)
class Reading:
    """Clocks at one moment, in seconds.

    wall: The wall clock.
    server: CPU time of the server.
    load: CPU time of this process.
    machine: CPU time of the machine.
    """

    wall: float
    server: float
    load: float
    machine: float

    def subtract(self, start: "Reading") -> "Reading":
        return Reading(
            self.wall - start.wall, self.server - start.server, self.load - start.load, self.machine - start.machine
        )

    @property
    def others(self) -> float:
        """Return the number of CPUs that everything else kept busy in this span."""
        return max(0.0, self.machine - self.server - self.load) / self.wall


@dataclass(frozen=True)
class Server:
    """A server that listens.

    process: Its process.
    output: All that it says.
    host: Where it listens.
    port: Where it listens.
    spawned: The wall clock when it was started, in seconds.
    ready: The wall clock when it said that it listens, in seconds.
    """

    process: "subprocess.Popen[bytes]"
    output: IO[bytes]
    host: str
    port: int
    spawned: float
    ready: float

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def netloc(self) -> str:
        return f"{self.host}:{self.port}"

    def read(self) -> Reading:
        """Read all clocks. The one of another process is Linux's CPU clock of a pid: nanoseconds, every thread."""
        return Reading(
            time.perf_counter(), time.clock_gettime((~self.pid << 3) | 2), time.process_time(), _read_machine_seconds()
        )

    def read_resident(self) -> float:
        """Return resident memory (VmRSS) in MB."""
        return self._read_memory("VmRSS:")

    def read_peak(self) -> float:
        """Return the most resident memory (VmHWM) in MB since the start, or since the peak was forgotten."""
        return self._read_memory("VmHWM:")

    def reset_peak(self) -> None:
        """Let the peak be what is resident now."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def read_output(self) -> str:
        """Return what the server wrote so far, on standard output and standard error."""
        return os.pread(self.output.fileno(), os.fstat(self.output.fileno()).st_size, 0).decode(errors="replace")

    def _read_memory(self, name: str) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
        raise StartError("the server has ended")


@contextmanager
def running_emulator(*options: str, loop: str = "asyncio") -> Iterator[Server]:
    """Run the emulator on a free port."""
    command = ["emulator", "serve", "--port", "0", *options]
    with running(command, {f"{OWN_SETTINGS}SERVER__LOOP": loop}) as server:
        yield server


@contextmanager
def running_bare_server(answer: Path, loop: str = "asyncio") -> Iterator[Server]:
    """Run an aiohttp server that does nothing but give the captured answer."""
    with running(["tests.bench.bare", str(answer), loop], {}) as server:
        yield server


@contextmanager
def running_with_callbacks(callbacks: int, loop: str = "asyncio") -> Iterator[Server]:
    """Run the emulator with so many callbacks that wait."""
    with running(["tests.bench.waiting", str(callbacks), loop], {}) as server:
        yield server


@contextmanager
def running(command: Sequence[str], settings: dict[str, str]) -> Iterator[Server]:
    """Run a module of Python with its words until it says where it listens; end it afterwards.

    `settings` are variables of its environment.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
    with tempfile.TemporaryFile() as output:
        spawned = time.perf_counter()
        with _pinned_to(choose_cores()[0]):
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=inherited | settings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            host, port = _wait_until_listening(process, output)
            yield Server(process, output, host, port, spawned, time.perf_counter())
        finally:
            _stop(process)


def _wait_until_listening(process: "subprocess.Popen[bytes]", output: IO[bytes]) -> tuple[str, int]:
    deadline = time.perf_counter() + TIMEOUT
    while time.perf_counter() < deadline:
        said = os.pread(output.fileno(), 1 << 16, 0)
        for line in said.splitlines(keepends=True):
            if line.startswith(READY) and line.endswith(b"\n"):
                host, _, port = line.removeprefix(READY).decode().strip().rpartition(":")
                return host, int(port)
        if process.poll() is not None:
            break
        time.sleep(0.001)
    raise StartError(f"{process.args!r} did not listen:\n{said.decode(errors='replace')}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@cache
def choose_cores() -> tuple[set[int], set[int]]:
    """Return the CPU of the servers and the CPU of the load; the same one where no second is allowed."""
    allowed = sorted(os.sched_getaffinity(0))
    return {allowed[0]}, {allowed[min(1, len(allowed) - 1)]}


@contextmanager
def _pinned_to(core: set[int]) -> Iterator[None]:
    """Pin children to a CPU: they inherit it, so that a server is on its own from its first instruction."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _read_machine_seconds() -> float:
    user, nice, system, _idle, _wait, irq, softirq, steal = Path("/proc/stat").read_text().split()[1:9]
    ticks = sum(map(int, (user, nice, system, irq, softirq, steal)))
    return ticks / os.sysconf("SC_CLK_TCK")
