"""The recipes for test-suites run as they are, against a live emulator; those of a language in test_languages.py."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from moderation_emulator.contract.running_server import RunningServer

RECIPES = Path(__file__).parent / "recipes"
ROOT = Path(__file__).parents[2]


def run(live: RunningServer, *command: str, folder: Path = ROOT) -> str:
    """Run a recipe with the URL of the emulator; return what it prints. It must leave no account behind."""
    environment = {**os.environ, "EMULATOR_URL": live.url, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert live.control("GET", "accounts").json()["total"] == 1
    return done.stdout + done.stderr


def test_the_pytest_recipe_passes(live: RunningServer, tmp_path: Path) -> None:
    shutil.copy(RECIPES / "recipe_pytest.py", tmp_path / "test_moderation.py")
    plugin = [] if entry_points(group="pytest11", name="moderation_emulator") else ["-p", "moderation_emulator"]
    said = run(live, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, ".", folder=tmp_path)
    assert "2 passed" in said


def test_the_shell_recipe_runs(live: RunningServer, tmp_path: Path) -> None:
    text = (RECIPES / "recipe.sh").read_text(encoding="utf-8").replace("127.0.0.1:8080", live.host)
    (tmp_path / "recipe.sh").write_text(text, encoding="utf-8")
    said = run(live, "bash", "-e", str(tmp_path / "recipe.sh"))
    assert '"ok": true' in said
    assert '"deleted": 1' in said
