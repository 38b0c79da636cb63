"""README: "It keeps everything in memory". A run writes no file, but the key of Alipay's gateway on its first use."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.commands.process import CLEAN, encode_call

# Told of every file or folder that the process makes, changes or removes, from its first moment.
WATCHED = """
import os, sys

CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.link", "os.symlink", "os.truncate", "os.rmdir"}

def heard(event, given):
    if event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        if given[0] != os.devnull and not isinstance(given[0], int):  # a descriptor was opened by a name before
            os.write(1, f"WROTE {given[0]}\\n".encode())
    elif event in CHANGES:
        os.write(1, f"WROTE {given[1] if event in ('os.rename', 'os.link') else given[0]}\\n".encode())

sys.addaudithook(heard)
from emulator.cli import main
main(["serve", "--port", "0", "--verbose", "--fixtures", "rules"])
"""


@contextmanager
def run_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a server that has `folder` for its home, its state, its temporary files and its working folder; yield its
    URL.
    """
    (folder / "rules").mkdir()
    (folder / "rules" / "own.yaml").write_text("- {match: {text: x}, verdict: ad}\n")
    home = dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "TMPDIR", "LOCALAPPDATA"), str(folder))
    paths = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, "-B", "-c", WATCHED],
        cwd=folder,
        env={**CLEAN, **home, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("Listening on "), first
        yield first.partition(" on ")[2].strip(), process
    finally:
        process.kill()
        process.communicate()


def use_server(url: str) -> None:
    """Make calls of many kinds, and use some endpoints of the control API."""

    def control(method: str, path: str, **given: Any) -> None:
        assert requests.request(method, f"{url}/_emulator/{path}", timeout=20, **given).ok

    for number in range(150):  # of which the journal compresses two pages
        assert requests.get(f"{url}/?{encode_call(f'x {number}')}", timeout=10).status_code == 200
    control("POST", "rules", json={"match": {"text": "y"}, "verdict": "block"})
    requests.post(
        f"{url}/wxa/img_sec_check?access_token=ACCESS_TOKEN", files={"media": ("a.png", b"x" * 500_000)}, timeout=10
    )
    requests.post(f"{url}/green/image/asyncscan", data=b"x" * 500_000, timeout=10)
    requests.post(f"{url}/alipay/my.ap.imgRisk", json={"pid": "x"}, timeout=10)
    control("POST", "rules/reload")
    control("POST", "clock", json={"advance": 3600})
    for path in ("journal", "callbacks", "bill", "etiquette", "metrics", "info", "journal/1"):
        control("GET", path)
    control("POST", "reset")


def end_and_list_written(process: subprocess.Popen[str]) -> list[str]:
    """End the server; return what was written, made or removed until then."""
    process.send_signal(signal.SIGTERM)
    got, _errors = process.communicate(timeout=20)
    assert process.returncode == 0
    return [line.removeprefix("WROTE ") for line in got.splitlines() if line.startswith("WROTE ")]


def list_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "rules"]


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGTERM")


def test_a_run_writes_nothing(tmp_path: Path) -> None:
    with run_server(tmp_path) as (url, process):
        use_server(url)
        assert end_and_list_written(process) == []
    assert list_files(tmp_path) == []


def test_but_the_key_of_the_gateway(tmp_path: Path) -> None:
    with run_server(tmp_path) as (url, process):
        assert requests.get(f"{url}/_emulator/alipay/public-key", timeout=20).ok
        use_server(url)
        found = end_and_list_written(process)
    (key,) = list_files(tmp_path)
    assert (key.parent.name, key.name) == ("moderation-emulator", "alipay_gateway_private.pem")
    assert key.stat().st_mode & 0o777 == 0o600
    assert {path for path in found if not path.startswith(str(key.parent))} <= {str(each) for each in key.parents}
