"""completion: the script is one that the shell takes, and it completes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from emulator.cli import main


def print_script(shell: str) -> str:
    result = CliRunner().invoke(main, ["completion", shell])
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_takes_the_script(shell: str, tmp_path: Path) -> None:
    text = print_script(shell)
    assert "_MODERATION_EMULATOR_COMPLETE" in text
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed: its script was printed, not run")
    file = tmp_path / "completion"
    file.write_text(text)
    subprocess.run([program, "-n", str(file)], check=True, timeout=20)


def complete(*words: str) -> list[str]:
    """Return what bash would be offered after these words."""
    environment = {
        **os.environ,
        "_MODERATION_EMULATOR_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["moderation-emulator", *words]),
        "COMP_CWORD": str(len(words)),
    }
    program = "from emulator.cli import main; main(prog_name='moderation-emulator')"
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=20, check=False
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_it_completes_verbs_and_options() -> None:
    assert {"serve", "check", "completion"} <= set(complete(""))
    assert complete("se") == ["serve"]
    assert "--fixtures" in complete("serve", "--")
    assert complete("completion", "f") == ["fish"]


def test_an_unknown_shell_is_refused() -> None:
    result = CliRunner().invoke(main, ["completion", "tcsh"])
    assert result.exit_code == 2
    assert "bash" in result.stderr
