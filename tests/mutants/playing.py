"""A copy of the checkout, in which all tests are recorded or one mutant after another is played."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import click
import pytest

from tests.mutants.choosing import Choice

ROOT = Path(__file__).parents[2]
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")

# Seconds after which a mutant hangs, beside three times what its tests took: the machine may be busy.
TIMEOUT = 30

End = Literal["killed", "timeout", "survived"]


def copy(folder: Path) -> Path:
    """Write into a new folder what git knows or would add, without links: those lead to what is installed."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, check=True, cwd=ROOT, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not (ROOT / name).is_symlink():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


async def record(checkout: Path, folder: Path, processes: int, tests: Sequence[str]) -> None:
    """Run tests there, and write which of them run which lines. One that fails is told, and not used."""
    arguments = ["-n", str(processes), "-p", "tests.mutants.recorder", *tests]
    ended = await _run_pytest(checkout, arguments, None, {"RECORD": str(folder)})
    if ended not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise click.ClickException(f"the tests could not be recorded: pytest ended with {ended}")


async def play(checkout: Path, path: str, code: str, choice: Choice) -> End:
    """Play the tests of a mutant in a checkout, which is afterwards as it was."""
    file = checkout / path
    before = file.read_bytes()
    _write(file, code.encode())
    try:
        for tests in filter(None, choice):
            ended = await _run_tests(checkout, tests)
            if ended != "survived":
                return ended
        return "survived"
    finally:
        _write(file, before)


def _write(file: Path, text: bytes) -> None:
    """What was compiled goes as well: Python takes it for that of any text of the same length and second."""
    file.write_bytes(text)
    for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*"):
        compiled.unlink()


async def _run_tests(checkout: Path, tests: Mapping[str, float]) -> End:
    seconds = TIMEOUT + 3 * sum(tests.values())
    ended = await _run_until_failure(checkout, list(tests), seconds)
    if ended == pytest.ExitCode.USAGE_ERROR:
        # A mutant can change which parameters a test has; whatever it has now is played. No import: no test either.
        ended = await _run_until_failure(
            checkout, list(dict.fromkeys(test.partition("[")[0] for test in tests)), seconds
        )
    if ended is None:
        return "timeout"
    return "survived" if ended in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) else "killed"


async def _run_until_failure(checkout: Path, tests: Sequence[str], seconds: float) -> int | None:
    listed = checkout / "chosen.txt"
    listed.write_text("\n".join(tests), encoding="utf-8")
    return await _run_pytest(checkout, ["-x", f"@{listed.name}"], seconds, {})


async def _run_pytest(
    checkout: Path, arguments: Sequence[str], seconds: float | None, variables: Mapping[str, str]
) -> int | None:
    """With which code pytest ended there; None when it had to be stopped, with all that it started."""
    own = {
        **os.environ,
        **variables,
        "PYTHONPATH": os.pathsep.join([str(checkout), *(sys.path[1:] if variables else ())]),
    }
    output = None if variables else subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *(*PYTEST, *arguments),
        cwd=checkout,
        env=own,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        return None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
