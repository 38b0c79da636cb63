"""The tests of what was changed: `python -m tests.quick [SINCE]` chooses them, says which, and plays them.

What holds for all source is always played. Beside it, a changed file brings the tests that are named as it is. Where
there are none, it brings those of the nearest folder. It takes seconds and is no proof: `make test` is.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import click

ROOT = Path(__file__).parents[1]
ALWAYS = ("tests/test_docstrings.py", "tests/test_rooms.py", "tests/test_style.py")
# For what every request goes through, which no folder mirrors: every error of every operation.
EVERY_ERROR = "moderation_emulator/contract/test_errors.py"
# For what no test is named after: the tests that read it, by how its path begins.
READERS = (
    (".github/", "tests/howto/test_github.py"),
    (".github/workflows/", "tests/test_locks.py"),
    ("CHANGELOG.md", "tests/howto/test_pages.py"),
    ("CONTRIBUTING.md", "tests/howto/test_contributing.py"),
    ("CONTRIBUTING.md", "tests/howto/test_pages.py"),
    ("Makefile", "tests/howto/test_github.py"),
    ("Makefile", "tests/test_locks.py"),
    ("README", "tests/howto/test_pages.py"),
    ("SECURITY", "tests/howto/test_pages.py"),
    ("docs/", "tests/howto/test_pages.py"),
    ("docs/decisions/", "tests/howto/test_decisions.py"),
    ("fixtures/", "tests/rules/test_built_in_rules.py"),
    ("locks/", "tests/test_locks.py"),
    ("moderation_emulator/contract/", EVERY_ERROR),
    ("moderation_emulator/plugin.py", "tests/testing/test_plugin.py"),
    ("pyproject.toml", "tests/test_locks.py"),
    ("schemas/", "moderation_emulator/contract/test_schemas.py"),
    ("schemas/emulator/", "tests/contract/test_schemas.py"),
)


def find_base(root: Path) -> str:
    """Return where the branch left main; the last commit, where there is no main."""
    try:
        return read_git(root, "merge-base", "HEAD", "main")[0]
    except subprocess.CalledProcessError:
        return "HEAD"


def list_changed(root: Path, since: str) -> list[str]:
    """Return the files that differ from a revision, with those that are not in git yet."""
    changed = read_git(root, "diff", "--name-only", "--no-renames", since, "--")
    return sorted({*changed, *read_git(root, "ls-files", "--others", "--exclude-standard")})


def read_git(root: Path, *arguments: str) -> list[str]:
    """Return the lines that git writes. Raises CalledProcessError with what it says."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def choose_tests(changed: Iterable[str], root: Path) -> list[str]:
    """Return the files of tests to play when these files were changed."""
    return sorted({*ALWAYS, *(test for name in changed for test in find_tests(PurePosixPath(name), root))})


def find_tests(changed: PurePosixPath, root: Path) -> list[str]:
    """Return the files of tests for one changed file."""
    if changed.name.startswith("test_"):
        return list_tests(changed.parent, changed.name, root)
    if changed.parts[0] not in ("emulator", "tests"):
        return [test for start, test in READERS if str(changed).startswith(start)]
    folder = PurePosixPath("tests", *(name for name in changed.parent.parts[1:] if name != "operations"))
    stem = changed.parent.name if changed.stem == "__init__" else changed.stem
    named = [*list_tests(folder, f"test_{stem}.py", root), *list_tests(folder, f"test_{stem}_*.py", root)]
    return named or find_nearest(folder, root)


def find_nearest(folder: PurePosixPath, root: Path) -> list[str]:
    """Return the tests of a folder, or of the nearest one above it that has some."""
    while len(folder.parts) > 1:
        if found := list_tests(folder, "test_*.py", root):
            return found
        folder = folder.parent
    return [EVERY_ERROR]


def list_tests(folder: PurePosixPath, pattern: str, root: Path) -> list[str]:
    return [found.relative_to(root).as_posix() for found in (root / folder).glob(pattern)]


def main() -> None:
    """Play the tests in the place of this process."""
    since = sys.argv[1] if len(sys.argv) > 1 else find_base(ROOT)
    try:
        changed = list_changed(ROOT, since)
    except subprocess.CalledProcessError as error:
        sys.exit(error.stderr)
    chosen = choose_tests(changed, ROOT)
    click.echo(f"{len(changed)} files differ from {since[:12]}; their tests, and those of all source:")
    click.echo("\n".join(chosen))
    os.execv(sys.executable, [sys.executable, "-m", "pytest", "-q", "-n", "2", *chosen])


if __name__ == "__main__":
    main()
