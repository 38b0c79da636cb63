"""Every command and every example of the README runs, against a live emulator."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator import documents, rulebook
from tests.live import Live

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
SHELL = [block for kind, block in BLOCKS if kind == "sh" and block != "make serve\n"]
PYTHON = [block for kind, block in BLOCKS if kind == "python"]


def commands() -> Iterator[str]:
    for block in SHELL:
        yield from re.sub(r"\\\n\s*", "", block).splitlines()


def here(text: str, live: Live) -> str:
    return text.replace("127.0.0.1:8080", live.host).replace(".venv/bin/moderation-emulator", "moderation-emulator")


def environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def run(arguments: list[str], folder: Path = ROOT) -> str:
    done = subprocess.run(
        arguments, check=False, capture_output=True, text=True, timeout=60, env=environment(), cwd=folder
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def without_ids(answer: str) -> str:
    return re.sub(r'"(TaskId|RequestId)":"[^"]+"', r'"\1":""', answer.strip())


@pytest.mark.parametrize("command", list(commands()))
def test_each_command(live: Live, command: str) -> None:
    said = run(["bash", "-c", here(command, live)])
    assert said.strip()
    assert "Traceback" not in said
    if command.startswith("curl"):
        assert "problems" not in json.loads(said)


def test_the_first_answer_is_the_real_one(live: Live) -> None:
    printed = next(block for kind, block in BLOCKS if kind == "json")
    first = next(command for command in commands() if command.startswith("curl"))
    assert without_ids(run(["bash", "-c", here(first, live)])) == without_ids(printed)


@pytest.mark.parametrize("example", [PYTHON[0], PYTHON[2]])
def test_what_an_example_prints(live: Live, example: str) -> None:
    expected = re.findall(r"^print\(.*# (.*)$", example, re.MULTILINE)
    script = here(example, live).replace("port=8080", f"port={live.port}")
    assert run([sys.executable, "-W", "ignore", "-c", script]).splitlines() == expected


def test_the_pytest_example(tmp_path: Path) -> None:
    (tmp_path / "test_example.py").write_text(PYTHON[1], encoding="utf-8")
    said = run([sys.executable, "-W", "ignore", "-m", "pytest", "-q", "-p", "no:cacheprovider", "."], tmp_path)
    assert "1 passed" in said


def test_the_rules_example(live: Live) -> None:
    example = next(block for kind, block in BLOCKS if kind == "yaml")
    rules = rulebook.of_document(documents.parse(example, "README.yaml"), live.house.known, iter(range(1, 99)))
    assert len(rules) == 4


def test_every_kind_of_block_is_run() -> None:
    assert {kind for kind, _block in BLOCKS} == {"sh", "json", "python", "yaml"}
    assert len(PYTHON) == 3


def test_make_serve() -> None:
    if not shutil.which("make") or not (ROOT / ".venv" / "installed").exists():
        pytest.skip("needs make and the .venv that `make test` prepares")
    with subprocess.Popen(["make", "-s", "serve", "PORT=0"], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        server.terminate()
    assert re.fullmatch(r"Listening on http://127\.0\.0\.1:\d+\n", line)
