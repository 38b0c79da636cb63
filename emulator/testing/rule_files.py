"""Rule files of tests: pushed for an account, and what is wrong with them told with file and line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.testing.account import Account
from emulator.testing.control import ControlError
from emulator.types import Problem

__tracebackhide__ = True


class BadRules(ValueError):
    """What is wrong with a rule file, a line for each mistake."""


def push_file(account: Account, path: Path) -> None:
    """Push the rules of a file, all of them or none; raises BadRules. The server reads it as one of its own: here YAML
    may not be known.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise BadRules(str(Problem("$", "a readable file", str(error.strerror), str(path), 1))) from None
    try:
        account.control("POST", "rules", text, account=account.id)
    except ControlError as error:
        if not error.problems:
            raise
        raise BadRules("\n".join(str(_build_problem(each, path)) for each in error.problems)) from None


def _build_problem(problem: Mapping[str, Any], path: Path) -> Problem:
    return Problem(problem["path"], problem["expected"], problem["got"], str(path), problem.get("line", 0))
