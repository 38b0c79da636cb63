"""Which tests look at a mutant, and in which order: first those beside it, then all others that run its lines.

What was built before a test began, as the server that many tests share, is run by none of them; so those that run
other lines of the file follow.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

# Seconds of tests, as long as they took when recorded. All parameters of one test see much the same, so where time is
# short, of every test some are taken.
NEAR, FAR = 20.0, 40.0


class Choice(NamedTuple):
    """Ids of tests, in order, with their seconds; the second are played only when the first all pass."""

    near: dict[str, float]
    far: dict[str, float]


def choose_tests(path: str, seconds: Mapping[str, float], running: Container[str]) -> Choice:
    """Of these tests, those of the file that mirrors `path`, then all others, the nearest folder first; of both, those
    first that are `running` the lines in question.
    """
    turns: dict[str, int] = {}
    counted: dict[str, int] = defaultdict(int)
    for test in sorted(seconds, key=lambda test: (seconds[test], test)):
        function = test.partition("[")[0]
        turns[test] = counted[function]
        counted[function] += 1
    ordered = sorted(
        seconds,
        key=lambda test: (test not in running, turns[test], -_count_shared_folders(path, test), seconds[test], test),
    )
    near = [test for test in ordered if mirrors(test, path)]
    beside = set(near)
    return Choice(
        _take_within(NEAR, near, seconds), _take_within(FAR, [test for test in ordered if test not in beside], seconds)
    )


def mirrors(test: str, path: str) -> bool:
    """Return whether a test lies where those of this file are looked for.

    The tests of emulator/a/b_c.py are in tests/a/test_b_c_whatever.py, tests/a/test_b.py or tests/a/b_c/.
    """
    own, seen = _split_path(test.partition("::")[0]), _split_path(path)
    name = own[-1].removeprefix("test_")
    alike = name.startswith(seen[-1]) or seen[-1].startswith(f"{name}_")
    return own[:-1] == seen or (own[:-1] == seen[:-1] and alike)


def _count_shared_folders(path: str, test: str) -> int:
    """How many folders both have in common, from the top."""
    pairs = list(zip(_split_path(path), _split_path(test.partition("::")[0]), strict=False))
    return next((number for number, (one, other) in enumerate(pairs) if one != other), len(pairs))


def _split_path(path: str) -> tuple[str, ...]:
    """The folders below the package or below tests, and the name."""
    return PurePosixPath(path).with_suffix("").parts[1:]


def _take_within(limit: float, tests: Iterable[str], seconds: Mapping[str, float]) -> dict[str, float]:
    kept = {}
    for test in tests:
        if seconds[test] <= limit:
            kept[test] = seconds[test]
            limit -= seconds[test]
    return kept
