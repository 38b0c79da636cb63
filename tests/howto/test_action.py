"""The action for GitHub: the shell of its steps is run as a runner runs it, and what it installed is tried."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests import verbs
from tests.howto.pages import ROOT

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")


def read_file(path: Path) -> dict[str, str]:
    """Return what steps wrote for the runner: variables, or outputs."""
    return dict(line.partition("=")[::2] for line in path.read_text(encoding="utf-8").splitlines())


class Runner:
    """A runner of GitHub, as far as steps of shell see it. Its files lie in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {name: folder / name.lower() for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH")}
        for file in self.files.values():
            file.touch()
        given = {"RUNNER_TEMP": folder / "temp", "GITHUB_ACTION_PATH": ROOT}
        (folder / "temp").mkdir()
        self._given = {name: str(path) for name, path in (given | self.files).items()}

    def run(self, step: Mapping[str, Any], values: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a step of shell; `values` stand for the expressions in its variables."""
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]  # what somebody gives must not become shell
        found = {name: values[re.sub(r"^\$\{\{ (.*) \}\}$", r"\1", text)] for name, text in step["env"].items()}
        path = os.pathsep.join([*self.files["GITHUB_PATH"].read_text().split(), os.environ["PATH"]])
        return subprocess.run(
            [*SHELL, step["run"]],
            env={**os.environ, **self._given, **found, "PATH": path},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )


def install(runner: Runner, values: Mapping[str, str]) -> None:
    done = runner.run(STEPS[1], values)
    if re.search("Retrying|connection error|NewConnectionError", done.stderr):
        pytest.skip(f"needs a package index: {done.stderr.splitlines()[0]}")
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_its_steps_start_an_emulator_and_tell_the_job_where(tmp_path: Path) -> None:
    runner = Runner(tmp_path)
    for name in ("rules", "more rules"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.yaml").write_text("- {match: {text: mine}, verdict: ad}\n", encoding="utf-8")
    values = {"steps.python.outputs.python-path": sys.executable, "inputs.profile": "documented"}
    install(runner, values)
    (command,) = Path(runner.files["GITHUB_PATH"].read_text().strip()).iterdir()
    assert command.stem == "moderation-emulator"
    verbs.try_verbs([str(command)], tmp_path)
    done = runner.run(STEPS[2], {**values, "inputs.fixtures": "rules\nmore rules\n"})
    assert done.returncode == 0, done.stderr
    told, outputs = read_file(runner.files["GITHUB_ENV"]), read_file(runner.files["GITHUB_OUTPUT"])
    info = requests.get(f"{told['EMULATOR_URL']}/_emulator/info", timeout=20).json()
    os.kill(info["pid"], signal.SIGTERM)
    assert (info["profile"], info["compiled"]) == ("documented", False)
    assert info["fixtures"]["dirs"][:2] == ["rules", "more rules"]
    assert told["WECHAT_APPID"] == "wx0123456789abcdef"
    assert told["ALIPAY_PUBLIC_KEY"]
    assert outputs["url"] == told["EMULATOR_URL"]
    assert set(outputs) == set(ACTION["outputs"])
    assert Path(outputs["log"]).exists()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_what_is_wrong_with_its_fixtures_is_told(tmp_path: Path) -> None:
    runner = Runner(tmp_path)
    runner.files["GITHUB_PATH"].write_text(str(Path(sys.executable).parent), encoding="utf-8")
    done = runner.run(STEPS[2], {"inputs.fixtures": "nowhere", "inputs.profile": "fast"})
    assert done.returncode == 1
    assert "'nowhere' does not exist" in done.stdout


def test_it_has_what_github_asks_for_and_takes_what_it_says() -> None:
    assert {"name", "description", "runs"} <= ACTION.keys()
    assert all(each["description"] for each in (*ACTION["inputs"].values(), *ACTION["outputs"].values()))
    asked = set(re.findall(r"inputs\.([\w-]+)", str(STEPS)))
    assert asked == set(ACTION["inputs"])
