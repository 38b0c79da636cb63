"""A copy of the source for what installs it."""

import shutil
import tomllib
from pathlib import Path

import pytest

from tests.howto.pages import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what is installed, so that what builds it leaves nothing in the sources."""
    place = tmp_path / "moderation-emulator"
    for name in (*WHEEL["packages"], *WHEEL["force-include"]):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, place)
    return place
