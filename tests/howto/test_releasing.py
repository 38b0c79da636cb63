"""What a tag publishes: built for each Python that is supported, tried, and of the version that the source says."""

import re
import shlex
import shutil
import subprocess
import tomllib
from typing import Any

import pytest
import yaml

import emulator
from tests.howto.pages import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def load(name: str) -> dict[str, Any]:
    """Return the jobs of a workflow."""
    return dict(yaml.safe_load((WORKFLOWS / name).read_text(encoding="utf-8"))["jobs"])


JOBS = load("release.yml")


def test_a_tag_that_is_not_the_version_is_refused() -> None:
    if not shutil.which("make") or not (ROOT / ".venv" / "installed").exists():
        pytest.skip("needs make and the .venv that `make test` prepares")
    make = ["make", "--silent", "--old-file=.venv/installed", "release", "TAG=v0.0.9"]
    done = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert done.stdout == f"The tag v0.0.9 is not that of version {emulator.__version__}.\n"


def test_the_version_stands_in_one_place() -> None:
    assert "version" in PROJECT["project"]["dynamic"]
    for name in ("pyproject.toml", "Dockerfile", "action.yml", "Makefile"):
        assert f'"{emulator.__version__}"' not in (ROOT / name).read_text(encoding="utf-8")


def test_each_python_that_is_tested_gets_a_compiled_wheel() -> None:
    tested = load("push.yml")["test"]["strategy"]["matrix"]["python"]
    assert JOBS["compiled"]["strategy"]["matrix"]["python"] == [f"cp{version.replace('.', '')}" for version in tested]


def test_each_compiled_wheel_is_compiled_and_tried() -> None:
    settings = PROJECT["tool"]["cibuildwheel"]
    assert settings["environment"] == {"HATCH_BUILD_HOOKS_ENABLE": "1"}
    python, script, command = shlex.split(settings["test-command"])
    assert (python, command) == ("python", *PROJECT["project"]["scripts"])
    assert (ROOT / script.removeprefix("{project}/")).exists()


def test_only_what_passed_is_published_and_only_for_a_tag() -> None:
    assert set(JOBS["publish"]["needs"]) == set(JOBS) - {"publish"}
    assert JOBS["publish"]["if"] == "github.ref_type == 'tag'"
    (push,) = [step for step in JOBS["image"]["steps"] if "build-push" in step.get("uses", "")]
    assert push["with"]["push"] == "${{ github.ref_type == 'tag' }}"
    powers = {name: job.get("permissions", {}) for name, job in JOBS.items()}
    assert [name for name, power in powers.items() if "id-token" in power] == ["publish"]


def test_all_that_is_built_is_published() -> None:
    uploaded = [
        step["with"]["name"]
        for job in JOBS.values()
        for step in job["steps"]
        if "upload-artifact" in step.get("uses", "")
    ]
    (download,) = [step for step in JOBS["publish"]["steps"] if "download-artifact" in step.get("uses", "")]
    assert len(uploaded) == 2
    assert all(re.match(download["with"]["pattern"].replace("*", ".+"), name) for name in uploaded)
