"""An emulator of one's own: a process on a free port of this machine."""

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

_READY, _DRAINED = 60, 15  # seconds a slow machine may take to start, and to end
_LAST = 4000  # bytes of what it said
_ROOT = str(Path(emulator.__file__).parents[1])


class Crashed(RuntimeError):
    """The server ended though nobody asked; the text holds what it said last."""


class Server:
    """`python -m emulator serve --port 0` with more `arguments`, such as `["--profile", "documented"]`."""

    def __init__(self, arguments: Iterable[str] = ()) -> None:
        self._arguments = tuple(arguments)
        self._process: subprocess.Popen[str] | None = None
        self._said: IO[bytes] | None = None

    def start(self) -> str:
        """The URL, once calls are taken; raises Crashed."""
        # -P: what lies in the working directory must not pass for a module, least of all a folder named emulator.
        command = [sys.executable, "-P", "-m", "emulator", "serve", "--host", "127.0.0.1", "--port", "0"]
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [*command, *self._arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=_environment(),
            encoding="utf-8",
        )
        line = self._first_line(self._process)
        if not line.startswith("Listening on "):
            said = "\n".join(filter(None, [line.strip(), self._ended().strip()]))
            raise Crashed(f"the emulator did not start: {said or 'it said nothing'}")
        return line.removeprefix("Listening on ").strip()

    def check(self, patience: float = 0) -> None:
        """Raise Crashed if the process has ended, or ends within so many seconds."""
        if self._process is None:
            return
        try:
            status = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            return
        raise Crashed(f"the emulator ended with status {status}\n{self._ended()}")

    def stop(self) -> None:
        """End it in order; raises Crashed when it had ended badly before. Ctrl-C may have ended it well."""
        if self._process is not None and self._process.poll() == 0:
            self._ended()
        self.check()
        self._ended()

    def _first_line(self, process: subprocess.Popen[str]) -> str:
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        stdout = process.stdout
        assert stdout is not None  # noqa: S101 - it is a pipe
        threading.Thread(target=lambda: lines.put(stdout.readline()), daemon=True).start()
        try:
            return lines.get(timeout=_READY)
        except queue.Empty:
            return f"nothing within {_READY} seconds"

    def _ended(self) -> str:
        """End the process if it still runs; what it said last."""
        process, said = self._process, self._said
        if process is None or said is None:
            return ""
        process.terminate()
        try:
            process.wait(_DRAINED)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        with said:
            said.seek(0)
            words = said.read()[-_LAST:].decode("utf-8", "replace")
        self._process = self._said = None
        return words


def _environment() -> dict[str, str]:
    """As this process has it, with the way to this very package where it is not installed."""
    if _ROOT in sysconfig.get_paths().values():
        return dict(os.environ)
    ways = [*os.environ.get("PYTHONPATH", "").split(os.pathsep), _ROOT]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(way for way in ways if way)}
