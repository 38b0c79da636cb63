"""`serve` as a process of its own."""

import os
import subprocess
import sys
from time import perf_counter

import requests

from tests.providers.aliyun.rpc_calls import encode_query, sign_rpc

COMMAND = [sys.executable, "-m", "emulator", "serve", "--port", "0"]
CLEAN = {name: text for name, text in os.environ.items() if not name.startswith("MODERATION_EMULATOR_")}


class Process:
    """A running `serve`.

    first: The first line that it printed.
    url: Where it answers, by that line.
    pid: Its process id.
    seconds: How long it took until it printed that line.
    """

    def __init__(self, *arguments: str, stdout: int = subprocess.PIPE, **environment: str) -> None:
        began = perf_counter()
        self._process = subprocess.Popen(
            [*COMMAND, *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True, env={**CLEAN, **environment}
        )
        self.first = ""
        if self._process.stdout is not None:
            self.first = self._process.stdout.readline()
        self.url = self.first.partition(" on ")[2].strip()
        self.pid = self._process.pid
        self.seconds = perf_counter() - began

    def read_line(self) -> str:
        """Return the next line of standard output."""
        assert self._process.stdout is not None
        return str(self._process.stdout.readline())

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self, number: int, timeout: float = 10.0) -> tuple[int, str, str]:
        """Send a signal; return the exit code, and what else was printed on standard output and error."""
        self._process.send_signal(number)
        rest, errors = self._process.communicate(timeout=timeout)
        return self._process.returncode, rest or "", errors

    def scan_text(self, text: str) -> requests.Response:
        return requests.get(f"{self.url}/?{encode_call(text)}", timeout=10)

    def kill(self) -> None:
        """End it at once, as a crash does, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


def encode_call(text: str) -> str:
    return encode_query(sign_rpc("ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": text}))
