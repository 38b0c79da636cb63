"""`exec` as a process of its own, with a command that the test brings."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tests.exec.led import EXEC, build_environment

TIMEOUT = 60  # seconds


def python(code: str, *arguments: str) -> list[str]:
    """Return a command that runs code of the test in this Python."""
    return [sys.executable, "-c", code, *arguments]


def run_exec(
    command: Sequence[str],
    *,
    options: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    given: str = "",
) -> subprocess.CompletedProcess[str]:
    """Return what `exec` printed and how it ended; `given` is its standard input."""
    return subprocess.run(
        [*EXEC, *options, "--", *command],
        **_describe(env),
        input=given,
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )


@contextmanager
def start_exec(
    command: Sequence[str], *, options: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Yield a running `exec`, whose standard streams are pipes."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*EXEC, *options, "--", *command], **_describe(env), stdin=pipe, stdout=pipe, stderr=pipe
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _describe(env: Mapping[str, str] | None) -> dict[str, Any]:
    return {"env": build_environment(env), "text": True, "encoding": "utf-8"}
