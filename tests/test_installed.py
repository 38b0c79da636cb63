"""README: "pip install ." and the command is there. What pip made of the wheel is called as a user calls it."""

import importlib.util
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import emulator


def run(*command: str, **environment: str) -> str:
    """Return what a command prints; it must be content."""
    given = {**os.environ, **environment}
    done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="without pip nothing can be installed here")
def test_the_installed_command_runs(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "install")
    run(*pip, "--no-deps", "--no-index", "--no-compile", "--target", str(tmp_path), str(wheel.filename))
    folder = Path(sysconfig.get_path("scripts")).name
    command = tmp_path / folder / "moderation-emulator"
    away = {"PYTHONPATH": str(tmp_path)}
    assert run(str(command), "--version", **away).strip().endswith(emulator.__version__)
    assert "InvalidImage.NotFound" in run(str(command), "errors", "aliyun_imageaudit", **away)
