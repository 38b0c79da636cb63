"""CONTRIBUTING.md: each diff is applied to a copy of the source, and the tests of what it adds pass there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.howto.pages import CONTRIBUTING, ROOT, list_blocks, list_names

BLOCKS = list_blocks(CONTRIBUTING)
DIFFS = {
    name: block.text
    for name, block in zip(
        ("operation", "provider", "fault", "endpoint"), (each for each in BLOCKS if each.kind == "diff"), strict=True
    )
}
CHANGED = re.compile(r"^--- (?P<old>\S+)\n\+\+\+ b/(?P<new>\S+)$", re.MULTILINE)
LEFT_OUT = shutil.ignore_patterns(".*", "node_modules", "__pycache__", "build", "dist")
NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the source to which all diffs were applied."""
    copy = tmp_path_factory.mktemp("extended") / "source"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    for diff in DIFFS.values():
        done = subprocess.run(
            ["git", "apply", "-"], cwd=copy, input=diff, capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, done.stderr
    return copy


def run_tests(source: Path, *arguments: str, path: tuple[Path, ...] = ()) -> int:
    """Run tests of a copy; return how many passed. All of them must."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=source,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (source, *path)))},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    return int(passed[1])


def list_changed(diff: str) -> dict[str, str]:
    """Return the files that a diff writes, each with what it is called before; `/dev/null` is a new one."""
    return {match["new"]: match["old"] for match in CHANGED.finditer(diff)}


@NEEDS_GIT
def test_an_operation_is_thirteen_lines_and_changes_no_line_elsewhere(extended: Path) -> None:
    changed = list_changed(DIFFS["operation"])
    assert set(changed.values()) == {"/dev/null"}
    (code,) = (name for name in changed if name.startswith("emulator/"))
    assert len((extended / code).read_text(encoding="utf-8").splitlines()) == 13
    own = [name for name in changed if name.startswith("tests/")]
    assert run_tests(extended, "moderation_emulator/contract", "-k", "video/feedback") > 25
    law = ("tests/test_rooms.py", "tests/test_style.py", "tests/test_docstrings.py")
    assert run_tests(extended, *own, *law, "tests/contract", "tests/config/test_load.py") > 1000


@NEEDS_GIT
def test_a_provider_is_held_to_its_contract(extended: Path, tmp_path: Path) -> None:
    """The sample, in the form that the diff gives it; without one of its three parts the suite fails."""
    sample = extended / "tests" / "sample_provider"
    pip = (sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "install", "--quiet")
    flags = ("--no-deps", "--no-index", "--no-build-isolation", "--target", str(tmp_path))
    subprocess.run([*pip, *flags, str(sample)], capture_output=True, check=True, timeout=60)
    suite = ("--pyargs", "moderation_emulator.contract", "-k", "acme")
    assert run_tests(extended, *suite, path=(tmp_path,)) > 100
    contract = tmp_path / "emulator_acme" / "contract.py"
    written = contract.read_text(encoding="utf-8")
    contract.write_text(re.sub(r".*not_json.*\n", "", written), encoding="utf-8")
    with pytest.raises(AssertionError, match=r"Nobody is refused with \{'not_json'\}"):
        run_tests(extended, *suite, path=(tmp_path,))


@NEEDS_GIT
@pytest.mark.parametrize(
    ("added", "more"),
    [
        ("fault", ("tests/faults", "tests/http/control/test_info.py")),
        ("endpoint", ("tests/http/control/test_scope.py", "tests/http/test_head.py")),
    ],
)
def test_what_is_added_is_found_by_its_file(extended: Path, added: str, more: tuple[str, ...]) -> None:
    changed = list_changed(DIFFS[added])
    assert len([name for name, old in changed.items() if name.startswith("emulator/") and old == "/dev/null"]) == 1
    assert not [name for name, old in changed.items() if name.endswith(".py") and old != "/dev/null"]
    assert run_tests(extended, *(name for name in changed if name.startswith("tests/")), *more) > 20


def test_what_it_names_is_there() -> None:
    """Files by their paths: from the project, the package, or a provider."""
    places = (ROOT, ROOT / "emulator", ROOT / "emulator" / "providers" / "alipay")
    names = [name for name in list_names(CONTRIBUTING) if re.fullmatch(r"[\w<>/.]+(/|\.py|\.json|\.toml)", name)]
    assert names
    for name in names:
        assert any((place / name).exists() for place in places), name


def test_its_commands_are_targets_of_make_or_those_of_the_sample() -> None:
    lines = [line for block in BLOCKS if block.kind == "sh" for line in block.text.splitlines()]
    assert [line for line in lines if not line.startswith("make ")] == [
        "cp -r tests/sample_provider ../acme",
        "pip install ../acme requests pytest",
        "pytest --pyargs moderation_emulator.contract -k acme",
    ]
