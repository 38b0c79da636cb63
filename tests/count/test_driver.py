"""The script under valgrind plays every kind of call, and ends badly when an answer is not right."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.count.__main__ import DRIVER, HOST, KINDS, ROOT, Kind
from tests.count.driver import write_requests

UNSIGNED = b"GET /?Action=ScanImage&Version=2019-12-30 HTTP/1.1\r\nHost: localhost\r\n\r\n"


def play(folder: Path, way: str, *requests: bytes) -> "subprocess.CompletedProcess[str]":
    write_requests(folder / "requests", requests)
    command = [sys.executable, str(DRIVER), str(folder / "requests"), way, str(len(requests)), str(time.time())]
    own = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    return subprocess.run(command, check=False, cwd=ROOT, env=own, capture_output=True, text=True)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_call_is_answered(kind: Kind, tmp_path: Path) -> None:
    requests = [kind.form(HOST, f"https://pictures.example.com/{number}.jpg") for number in range(3)]
    done = play(tmp_path, kind.way, *requests)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("way", ["handler", "connection"])
def test_a_wrong_answer_ends_the_count(way: str, tmp_path: Path) -> None:
    done = play(tmp_path, way, UNSIGNED)
    assert done.returncode == 1
    assert "answered with" in done.stderr
