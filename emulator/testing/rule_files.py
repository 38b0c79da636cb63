"""Pushes the rule files of tests for an account, and reports their problems with file and line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.testing.account import Account
from emulator.testing.control import ControlError
from emulator.types import Problem

__tracebackhide__ = True


class BadRules(ValueError):
    """A rule file has problems; the text has a line for each of them."""


def push_file(account: Account, path: Path) -> None:
    """Push the rules of a file, all of them or none. Raises BadRules.

    The server parses the file, because this process may lack a parser for YAML.
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
