import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emulator.cli import main

GOOD = "- {match: {text: a}, verdict: ad}\n- {match: {text: b}, error: Throttling}\n"
BAD = "- {match: {text: a}, verdict: ad}\n- match: {ulr: x}\n  verdict: porn\n- {match: {}, times: 0, verdict: pass}\n"


def run_check(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["check", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result


def test_built_in_fixtures_are_in_order() -> None:
    result = run_check()
    assert result.exit_code == 0
    rules, _, in_files = result.stdout.partition(" rules in ")
    assert int(rules) > 0
    assert in_files.endswith(" files\n")
    assert result.stderr == ""


def test_rules_and_files_are_counted(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "one.yaml").write_text(GOOD)
    (tmp_path / "deep" / "two.yml").write_text(f"rules:\n{GOOD}")
    (tmp_path / "deep" / "three.json").write_text('[{"match": {}, "verdict": "pass"}]')
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "notes.txt").write_text("not a rule")
    assert (run_check(tmp_path).exit_code, run_check(tmp_path).stdout) == (0, "5 rules in 4 files\n")
    assert run_check(tmp_path / "one.yaml", tmp_path / "deep").stdout == "5 rules in 3 files\n"


def test_every_problem_of_every_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BAD)
    (tmp_path / "b.yaml").write_text("- [\n")
    (tmp_path / "c.yaml").write_text(GOOD)
    result = run_check(tmp_path)
    assert result.exit_code == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        f"{tmp_path / 'a.yaml'}:2",
        f"{tmp_path / 'a.yaml'}:4",
        f"{tmp_path / 'b.yaml'}:2",
    ]
    assert "did you mean url?" in lines[0]


def test_problems_are_printed_as_json(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BAD)
    result = run_check("--json", tmp_path)
    assert result.exit_code == 2
    assert result.stderr == ""
    (first, second) = json.loads(result.stdout)["problems"]
    assert set(first) == {"file", "line", "path", "expected", "got"}
    assert (first["file"], first["line"], first["path"]) == (str(tmp_path / "a.yaml"), 2, "$[1].match.ulr")
    assert (second["line"], second["path"]) == (4, "$[2].times")
    (tmp_path / "a.yaml").write_text(GOOD)
    assert json.loads(run_check("--json", tmp_path).stdout) == {"problems": []}
    assert run_check("--json", tmp_path).exit_code == 0


def test_a_code_of_no_table_is_only_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(f"{GOOD}- match: {{provider: wechat}}\n  error: {{code: 87099, message: made up}}\n")
    told = "87099 is in no table of wechat: it is answered as the rule writes it"
    result = run_check(file)
    assert (result.exit_code, result.stdout) == (0, "3 rules in 1 files\n")
    assert result.stderr == f"{file}:3: warning: {told}\n"
    result = run_check("--json", file)
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "problems": [],
        "warnings": [{"file": str(file), "line": 3, "message": told}],
    }
    file.write_text("- match: {provider: wechat}\n  error: 87099\n")
    assert run_check(file).exit_code == 2
    assert "written {code: 87099, message: ...}" in run_check(file).stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("profile: fast\n", None),
        ("servr: {}\n", ":1: $.servr: "),
        ("profile: fast\nserver:\n  port: x\n", ":3: $.server.port: "),
        ("rules: []\nprofile: fast\n", ":2: $.profile: expected a list of rules"),
        ("quirks:\n  imageaudit.nothing: 1\n", ":2: $.quirks['imageaudit.nothing']: "),
        ("fixtures: [nowhere]\n", "a readable file"),
        ("5\n", ":1: $: "),
    ],
)
def test_a_mapping_is_a_configuration(tmp_path: Path, text: str, told: str | None) -> None:
    (tmp_path / "emulator.yaml").write_text(text)
    result = run_check(tmp_path / "emulator.yaml")
    assert result.exit_code == (0 if told is None else 2)
    assert (told or "") in result.stderr
    if told is None:
        assert result.stdout == "0 rules in 1 files\n"


def test_fixtures_of_a_configuration_are_checked_too(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.yaml").write_text(BAD)
    (tmp_path / "emulator.yaml").write_text("fixtures: [mine]\n")
    result = run_check(tmp_path / "emulator.yaml")
    assert result.exit_code == 2
    assert f"{tmp_path / 'mine' / 'a.yaml'}:2: " in result.stderr


@pytest.mark.parametrize("name", ["nowhere.yaml", "nowhere"])
def test_a_path_that_does_not_exist(tmp_path: Path, name: str) -> None:
    result = run_check(tmp_path / name)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{tmp_path / name}:1: $: expected a readable file, got No such file")


@pytest.mark.parametrize("name", ["", "deep", "只有文字"])
def test_a_folder_without_rules_may_be_the_wrong_one(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    (folder / "deeper").mkdir(parents=True)
    (folder / "notes.txt").write_text("not a rule")
    result = run_check(folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{folder}: $: expected at least one file of rules (.yaml, .yml, .json), got none\n"
    assert run_check("--json", folder).exit_code == 2
    (tmp_path / "a.yaml").write_text(GOOD)
    assert run_check(tmp_path / "a.yaml", folder).exit_code == (0 if not name else 2)


def test_a_bar_moves_while_somebody_watches(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    terminal, end = pytest.importorskip("pty", reason="needs terminals of POSIX").openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "emulator", "check", str(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=end,
            env={**os.environ, "TERM": "xterm"},
            text=True,
            timeout=30,
            check=True,
        )
        assert done.stdout == "2 rules in 1 files\n"
        assert b"Checking" in os.read(terminal, 4096)
    finally:
        os.close(terminal)
        os.close(end)
