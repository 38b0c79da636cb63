"""How the command is typed: by its name only where a shell finds it."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from emulator.command_name import find_command


def test_by_its_name_where_it_is_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "moderation-emulator").touch(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join(["/nowhere", "", str(tmp_path)]))
    assert find_command() == "moderation-emulator"


@pytest.fixture(autouse=True)
def _on_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")


@pytest.mark.parametrize("folder", ["bin", "my bin"])
def test_by_its_file_where_it_is_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str) -> None:
    file = tmp_path / folder / "moderation-emulator"
    file.parent.mkdir()
    file.touch()
    for started in (str(file), f"{folder}/moderation-emulator"):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", [started, "serve"])
        assert shlex.split(find_command()) == [str(file)]


@pytest.mark.parametrize("started", ["/x/emulator/__main__.py", "-c", "", "/nowhere/moderation-emulator"])
def test_through_python_where_it_was_started_so(monkeypatch: pytest.MonkeyPatch, started: str) -> None:
    monkeypatch.setattr(sys, "argv", [started])
    assert shlex.split(find_command()) == [sys.executable, "-m", "emulator"]
