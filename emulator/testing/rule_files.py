"""Rule files of tests: pushed for an account, and what is wrong with them told with file and line."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.testing.account import Account
from emulator.testing.control import ControlError
from emulator.vocabulary import Problem, Problems

if TYPE_CHECKING:
    from emulator.documents import Document

__tracebackhide__ = True


class BadRules(ValueError):
    """What is wrong with a rule file, a line for each mistake."""


def push(account: Account, path: Path) -> None:
    """Push the rules of a file, all of them or none; raises BadRules."""
    try:
        from emulator import documents
    except ModuleNotFoundError:  # without the libraries that read YAML here, the server reads it
        _push_unread(account, path)
        return
    try:
        _push_read(account, documents.read(path))
    except Problems as problems:
        raise BadRules("\n".join(map(str, problems.found))) from None


def _push_read(account: Account, document: "Document") -> None:
    """Raises Problems. The server tells the place in the data, and the document the line of it."""
    data, at = document.data, "$"
    if isinstance(data, dict) and list(data) == ["rules"]:
        data, at = data["rules"], "$.rules"
    if not isinstance(data, list):
        raise Problems([Problem("$", "a list of rules, or `rules:`", type(data).__name__, document.file, 1)])
    try:
        account.control("POST", "rules", data, account=account.id)
    except ControlError as error:
        if not error.problems:
            raise
        told = [Problem(at + each["path"][1:], each["expected"], each["got"]) for each in error.problems]
        raise Problems(document.located(told)) from None


def _push_unread(account: Account, path: Path) -> None:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise BadRules(str(Problem("$", "a readable file", str(error.strerror), str(path), 1))) from None
    try:
        account.control("POST", "rules", text, account=account.id)
    except ControlError as error:
        if not error.problems:
            raise
        raise BadRules("\n".join(str(_located(each, path)) for each in error.problems)) from None


def _located(told: Any, path: Path) -> Problem:
    return Problem(told["path"], told["expected"], told["got"], str(path), told.get("line", 0))
