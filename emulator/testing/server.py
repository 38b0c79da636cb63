"""Starts and stops an emulator: a process on a free port of this machine."""

import os
import queue
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import emulator

__tracebackhide__ = True

_START_SECONDS, _STOP_SECONDS = 60, 15  # seconds that a slow machine may take to start, and to end
_LAST_BYTES = 4000  # bytes of its output that an error repeats
_STATE = "MODERATION_EMULATOR_STATE"
_ROOT = str(Path(emulator.__file__).parents[1])


class Crashed(RuntimeError):
    """The server did not start, or ended on its own; the text holds the end of its output."""


class Server:
    """The process `python -m emulator serve --port 0`; `arguments` are added, such as `["--profile", "documented"]`.

    With `tls` it takes calls with TLS, too. While it runs, `tls_port` and `ca` tell where, and whom to trust.
    """

    def __init__(self, arguments: Iterable[str] = (), tls: bool = False) -> None:
        self._arguments = tuple(arguments)
        self._tls = tls
        self._trust: tempfile.TemporaryDirectory[str] | None = None
        self.tls_port: int | None = None
        self._process: subprocess.Popen[str] | None = None
        self._output: IO[bytes] | None = None

    def start(self) -> str:
        """Start the process, and return its URL once it takes calls. Raises Crashed."""
        # -P: nothing in the working directory may be imported, least of all a folder named emulator.
        command = [sys.executable, "-P", "-m", "emulator", "serve", "--host", "127.0.0.1", "--port", "0"]
        if self._tls:
            self._trust = tempfile.TemporaryDirectory(prefix="moderation-emulator-")
            command += ["--tls", "0", "--tls-out", self._trust.name]
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [*command, *self._arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._output,
            env=_build_environment(),
            encoding="utf-8",
        )
        url = self._read_address(self._process)
        if self._tls:
            self.tls_port = int(self._read_address(self._process).rpartition(":")[2])
        return url

    @property
    def ca(self) -> Path:
        """Return the file with the authority that signed its certificate. It exists while a server with TLS runs."""
        return Path(self._trust.name if self._trust else "") / "ca.pem"

    def check(self, timeout: float = 0) -> None:
        """Raise Crashed if the process has ended, or ends within `timeout` seconds."""
        if self._process is None:
            return
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return
        raise Crashed(f"the emulator ended with status {status}\n{self._end()}")

    def stop(self) -> None:
        """End the process in order. Raises Crashed if it had ended before, except with status 0, as after Ctrl-C."""
        if self._process is not None and self._process.poll() == 0:
            self._end()
        self.check()
        self._end()

    def _read_address(self, process: subprocess.Popen[str]) -> str:
        """Return the address that the next line of its output tells. Raises Crashed for another line."""
        line = self._read_line(process)
        if not line.startswith("Listening on "):
            output = "\n".join(filter(None, [line.strip(), self._end().strip()]))
            raise Crashed(f"the emulator did not start: {output or 'it said nothing'}")
        return line.removeprefix("Listening on ").strip()

    def _read_line(self, process: subprocess.Popen[str]) -> str:
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        stdout = process.stdout
        assert stdout is not None  # noqa: S101 - it is a pipe
        threading.Thread(target=lambda: lines.put(stdout.readline()), daemon=True).start()
        try:
            return lines.get(timeout=_START_SECONDS)
        except queue.Empty:
            return f"nothing within {_START_SECONDS} seconds"

    def _end(self) -> str:
        """End the process if it still runs, and return the end of its output."""
        process, output = self._process, self._output
        if process is None or output is None:
            return ""
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        with output:
            output.seek(0)
            text = output.read()[-_LAST_BYTES:].decode("utf-8", "replace")
        if self._trust is not None:
            self._trust.cleanup()
        self._process = self._output = self._trust = self.tls_port = None
        return text


def _build_environment() -> dict[str, str]:
    """Return the environment of this process; if this package is not installed, PYTHONPATH leads to it.

    The file of another server's state stays with that server.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_STATE)}
    if _ROOT in sysconfig.get_paths().values():
        return environment
    folders = [*environment.get("PYTHONPATH", "").split(os.pathsep), _ROOT]
    return {**environment, "PYTHONPATH": os.pathsep.join(folder for folder in folders if folder)}
