"""The driver of a language: one process for many calls, which takes each as a line of JSON, and answers with one."""

import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

_TIMEOUT = 60  # seconds, for a call


class Driver:
    """A process that makes calls with real clients. Use it as a context manager; it must end well."""

    def __init__(self, command: Sequence[str], folder: Path, env: Mapping[str, str]) -> None:
        self._said = (folder / "stderr").open("w+", encoding="utf-8")
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, cwd=folder, env=env, stdin=pipe, stdout=pipe, stderr=self._said, text=True, encoding="utf-8"
        )

    def __enter__(self) -> "Driver":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._process.communicate(timeout=_TIMEOUT)
        finally:
            self._process.kill()
            said = self.read_errors()
            self._said.close()
        assert (self._process.returncode, said) == (0, "")

    def ask(self, **call: str) -> dict[str, Any]:
        """Return what the client makes of a call."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        late = threading.Timer(_TIMEOUT, self._process.kill)
        late.start()
        try:
            self._process.stdin.write(json.dumps(call) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            late.cancel()
        assert line, f"the driver ended: {self.read_errors()}"
        return dict(json.loads(line))

    def read_errors(self) -> str:
        """Return what the process has written to its standard error."""
        self._said.seek(0)
        return self._said.read()
