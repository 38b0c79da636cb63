import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from emulator import __version__, commands, pipeline
from emulator.cli import main, print_utf8

VERBS = sorted(path.stem for path in Path(commands.__path__[0]).iterdir() if not path.name.startswith("__"))
HEAVY = {
    "aiohttp",
    "faker",
    "jsonschema",
    "jsonschema_rs",
    "uvloop",
    "PIL",
    "rich",
    "yaml",
    "re2",
    "ahocorasick",
    "cryptography",
}


def test_the_exit_codes_stand_in_the_help() -> None:
    text = CliRunner().invoke(main, ["--help"]).output.partition("Exit codes:\n")[2]
    assert text.splitlines() == [
        "    0  all is well",
        "    1  a signature does not match, no emulator takes calls, or it is a mistake of the emulator",
        "    2  wrong usage, configuration or fixtures, or a file of the state that cannot be used",
        "    3  the port cannot be had, or another process has the file of the state",
        "    4  exec: the command succeeded, but a call to a real service was stopped",
        "    126  exec: the command cannot be run; 127 if it is not there",
    ]


def test_help_lists_every_verb() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    listed = re.findall(r"^  ([a-z]+)  +\S", result.output.partition("Commands:")[2], re.MULTILINE)
    assert (
        listed
        == VERBS
        == ["check", "completion", "env", "errors", "exec", "health", "image", "serve", "shim", "sign", "wait"]
    )


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb(verb: str, flag: str) -> None:
    result = CliRunner().invoke(main, [verb, flag])
    assert result.exit_code == 0
    assert f"main {verb} " in result.output.partition("\n")[0]
    assert "--help" in result.output


@pytest.mark.parametrize("verb", VERBS)
def test_no_mark_of_the_help_is_seen(verb: str) -> None:
    text = CliRunner().invoke(main, [verb, "--help"]).output
    assert "\\b" not in text
    assert "\b" not in text


def test_examples_stand_line_by_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "moderation-emulator").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    text = CliRunner().invoke(main, ["completion", "--help"]).output
    lines = [line.strip() for line in text.splitlines()]
    assert """bash:  echo 'eval "$(moderation-emulator completion bash)"' >> ~/.bashrc""" in lines
    assert 'eval "$(moderation-emulator env --shell)"' in CliRunner().invoke(main, ["env", "--help"]).output
    monkeypatch.setenv("PATH", "/nowhere")
    assert f'eval "$({sys.executable} -m emulator env --shell)"' in CliRunner().invoke(main, ["env", "--help"]).output
    assert '["moderation-emulator", "health"]' in CliRunner().invoke(main, ["health", "--help"]).output
    assert "completions/moderation-emulator.fish" in CliRunner().invoke(main, ["completion", "--help"]).output


@pytest.mark.parametrize("arguments", [["srve"], ["--nothing"], ["serve", "--nothing"], ["__init__"], ["../cli"]])
def test_what_is_unknown(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert arguments[-1] in result.output
    assert "Traceback" not in result.output


def test_the_version_is_printed_and_whether_it_is_compiled() -> None:
    form = "" if str(pipeline.__file__).endswith(".py") else ", compiled"
    assert CliRunner().invoke(main, ["--version"]).output == f"moderation-emulator, version {__version__}{form}\n"


def test_what_is_printed_is_utf8_whatever_the_system_takes_for_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe, encoding="cp1252"))
    print_utf8()
    click.echo("图片")
    assert pipe.getvalue().decode("utf-8").strip() == "图片"


def run(*commands: list[str]) -> list[tuple[int, str, str]]:
    """Return the exit codes and outputs of some commands, side by side."""
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(command, **pipes) for command in commands]
    found = [process.communicate(timeout=30) for process in running]
    return [(process.returncode, *texts) for process, texts in zip(running, found, strict=True)]


def test_the_module_is_the_command() -> None:
    command = Path(sys.executable).parent / "moderation-emulator"
    if not command.exists():
        pytest.skip("the command is not installed beside this Python")
    module = [sys.executable, "-m", "emulator"]
    good, good_too, bad, bad_too = run(
        [str(command), "errors", "wechat", "--json"],
        [*module, "errors", "wechat", "--json"],
        [str(command), "errors", "nobody"],
        [*module, "errors", "nobody"],
    )
    assert good == good_too
    assert (good[0], good[2]) == (0, "")
    assert (bad[0], bad[1]) == (bad_too[0], bad_too[1]) == (2, "")
    assert bad[2].replace("moderation-emulator", "") == bad_too[2].replace("python -m emulator", "")


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["--version"], ["env"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """Waiting for a help text, nobody should wait for a server."""
    script = (
        "import json, sys\n"
        "from emulator.cli import main\n"
        f"try: main({arguments})\n"
        "except SystemExit: print('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    ((code, got, _errors),) = run([sys.executable, "-c", script])
    assert code == 0
    loaded = set(json.loads(got.splitlines()[-1]))
    allowed = (
        {"jsonschema_rs", "yaml", "re2", "ahocorasick", "aiohttp", "cryptography"} if arguments == ["env"] else set()
    )
    assert not loaded & HEAVY - allowed


def test_a_library_that_is_missing_is_reported_in_a_sentence() -> None:
    """The first of them, click, is missing in tests/testing/test_bare.py."""
    script = "import sys; sys.modules['orjson'] = None; from emulator.cli import main; main(['check'])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "orjson" in done.stderr
    assert "need the libraries of moderation-emulator" in done.stderr
    assert done.stderr.count("\n") == 1
