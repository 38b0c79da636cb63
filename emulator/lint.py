"""Lint: the shape of a check for what clients do that works in a test, but fails or costs with the real service."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from emulator.state.journal import Entry


class LintFinding(NamedTuple):
    """One bad habit, seen in one call: the entry of the call, the name of the check, and advice to the client."""

    entry: Entry
    check: str
    advice: str


# Finds bad habits in the calls of one account, which come oldest first and hold calls to other providers as well.
LintCheck = Callable[[Sequence[Entry]], Iterable[LintFinding]]


def filter_calls(entries: Iterable[Entry], *operations: str) -> list[Entry]:
    """Return the calls of some operations that were answered without an error."""
    return [entry for entry in entries if entry.operation in operations and entry.code is None]
