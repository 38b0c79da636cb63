"""Which tests `make quick` plays for which change."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import quick

ROOT = quick.ROOT
NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        ("emulator/rules/engine.py", ["tests/rules/test_engine.py"]),
        ("emulator/faults/__init__.py", ["tests/faults/test_faults.py"]),
        ("emulator/providers/wechat/operations/img_sec_check.py", ["tests/providers/wechat/test_img_sec_check.py"]),
        ("emulator/encoding/xml.py", ["tests/encoding/test_percent.py"]),
        ("emulator/pipeline.py", [quick.EVERY_ERROR]),
        ("emulator/app/reset.py", [quick.EVERY_ERROR]),
        ("tests/rules/test_index.py", ["tests/rules/test_index.py"]),
        ("tests/locks.py", ["tests/test_locks.py"]),
        ("tests/law.py", [quick.EVERY_ERROR]),
        ("moderation_emulator/contract/running_server.py", [quick.EVERY_ERROR]),
        ("moderation_emulator/contract/test_rows.py", ["moderation_emulator/contract/test_rows.py"]),
        ("tests/rules/test_that_is_gone.py", []),
        ("schemas/wechat/credentials.json", ["moderation_emulator/contract/test_schemas.py"]),
        ("docs/decisions/README.md", ["tests/howto/test_decisions.py", "tests/howto/test_pages.py"]),
        ("Makefile", ["tests/howto/test_github.py", "tests/test_locks.py"]),
        ("LICENSE", []),
    ],
)
def test_a_changed_file_brings_its_tests(changed: str, tests: list[str]) -> None:
    assert quick.choose_tests([changed], ROOT) == sorted({*quick.ALWAYS, *tests})


def test_one_name_may_begin_many_files_of_tests() -> None:
    chosen = quick.choose_tests(["emulator/providers/aliyun/imageaudit/gate.py"], ROOT)
    assert {Path(each).stem for each in chosen} >= {"test_gate", "test_gate_order", "test_gate_quota", "test_gate_time"}


def test_a_file_that_no_test_is_named_after_brings_its_folder() -> None:
    chosen = quick.choose_tests(["emulator/state/lazy_merge.py"], ROOT)
    assert set(chosen) - set(quick.ALWAYS) == {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "state").glob("test_*.py")
    }


def test_whatever_may_be_chosen_is_there() -> None:
    named = {*quick.ALWAYS, quick.EVERY_ERROR, *(test for _start, test in quick.READERS)}
    assert not [name for name in named if not (ROOT / name).exists()]
    assert not [start for start, _test in quick.READERS if not [*ROOT.glob(f"{start.rstrip('/')}*")]]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with a branch that left main, which went on."""
    for command in (
        "git init --quiet --initial-branch main",
        "touch here gone",
        "git add .",
        "git commit --quiet --message first",
        "git checkout --quiet -b branch",
        "touch committed",
        "git add .",
        "git commit --quiet --message second",
        "git checkout --quiet main",
        "touch elsewhere",
        "git add .",
        "git commit --quiet --message third",
        "git checkout --quiet branch",
        "rm gone",
        "touch new",
    ):
        run(command, tmp_path)
    return tmp_path


def run(command: str, folder: Path) -> None:
    name = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.test")
    program, *rest = command.split()
    arguments = [program, *(name if program == "git" else ()), *rest]
    subprocess.run(arguments, cwd=folder, check=True, capture_output=True, timeout=30)


@NEEDS_GIT
def test_what_the_branch_changed_counts_committed_or_not(repository: Path) -> None:
    assert quick.list_changed(repository, quick.find_base(repository)) == ["committed", "gone", "new"]


@NEEDS_GIT
def test_since_another_revision(repository: Path) -> None:
    assert quick.list_changed(repository, "HEAD") == ["gone", "new"]


@NEEDS_GIT
def test_a_revision_that_is_not_there_is_told() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.quick", "no-such-revision"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@NEEDS_GIT
def test_without_main_the_last_commit_counts(repository: Path) -> None:
    run("git branch --delete --force main", repository)
    assert quick.find_base(repository) == "HEAD"
