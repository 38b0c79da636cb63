"""A server with a file as its state, which is killed and started again."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import perf_counter

_CLEAN = {name: text for name, text in os.environ.items() if not name.startswith("MODERATION_EMULATOR_")}


class Process:
    """A running `serve --state FILE`.

    url: Where it answers.
    seconds: How long it took until it listened.
    pid: Its process id.
    """

    def __init__(self, state: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "emulator", "serve", "--port", "0", "--state", str(state), *arguments]
        began = perf_counter()
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=_CLEAN,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().partition(" on ")[2].strip()
        self.seconds = perf_counter() - began
        self.pid = self._process.pid
        if not self.url:
            raise AssertionError(self.end(signal.SIGKILL)[1])

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self.end(signal.SIGKILL)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; return the exit code, and what was printed on standard error."""
        self._process.send_signal(number)
        _rest, errors = self._process.communicate(timeout=20)
        return self._process.returncode, errors
