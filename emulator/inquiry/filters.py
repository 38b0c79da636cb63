"""Filters: which entries are meant, by the parameters of a query."""

from collections.abc import Callable, Mapping
from datetime import datetime
from math import isfinite
from urllib.parse import unquote

from emulator.vocabulary import Problem, Problems
from emulator.world.journal import Entry

Test = Callable[[Entry], bool]


def chosen(query: Mapping[str, str]) -> Test:
    """Whether an entry passes every filter of a query; what is no filter is not looked at. Raises Problems with all
    values that cannot be read.
    """
    tests: list[Test] = []
    problems: list[Problem] = []
    for name, value in query.items():
        if name in FILTERS:
            try:
                tests.append(FILTERS[name](value))
            except Problems as unread:
                problems += unread.found
    if problems:
        raise Problems(problems)
    return lambda entry: all(test(entry) for test in tests)


def number(name: str, value: str, most: int) -> int:
    """A whole number from a query; raises Problems."""
    if not (value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= most):
        raise Problems([Problem(f"?{name}", f"a whole number up to {most}", value[:80])])
    return int(value)


def flag(name: str, value: str) -> bool:
    """True or false from a query; raises Problems."""
    if value not in ("true", "false"):
        raise Problems([Problem(f"?{name}", "true or false", value[:80])])
    return value == "true"


def _equal(field: str) -> Callable[[str], Test]:
    return lambda value: lambda entry: str(getattr(entry, field)) == value


def _by_rule(value: str) -> Test:
    return lambda entry: entry.decided_by[1] == value or any(subject[4] == value for subject in entry.subjects)


def _contains(value: str) -> Test:
    sought = value.encode("utf-8", "replace")
    return lambda entry: value in unquote(entry.target) or sought in entry.body or sought in entry.response_body


def _unmatched(value: str) -> Test:
    wanted = flag("unmatched", value)
    return lambda entry: (entry.decided_by[0] in ("default", "operation")) is wanted


def _time(name: str, value: str) -> float:
    for read in (float, _iso):
        try:
            moment = read(value)
        except ValueError:
            continue
        if isfinite(moment):
            return moment
    raise Problems([Problem(f"?{name}", "Unix seconds or ISO 8601 with zone", value[:80])])


def _iso(text: str) -> float:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.timestamp()


def _since(value: str) -> Test:
    start = _time("since", value)
    return lambda entry: entry.at >= start


def _until(value: str) -> Test:
    end = _time("until", value)
    return lambda entry: entry.at <= end


def _after(value: str) -> Test:
    last = number("after", value, 2**63)
    return lambda entry: entry.id > last


FILTERS: Mapping[str, Callable[[str], Test]] = {
    **{name: _equal(name) for name in ("provider", "operation", "status", "code", "outcome", "request_id")},
    "rule": _by_rule,
    "contains": _contains,
    "unmatched": _unmatched,
    "since": _since,
    "until": _until,
    "after": _after,
}
