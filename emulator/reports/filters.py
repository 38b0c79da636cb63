"""Filters: choose journal entries by the parameters of a query."""

from collections.abc import Callable, Mapping
from datetime import datetime
from math import isfinite
from urllib.parse import unquote

from emulator.state.journal import Entry
from emulator.types import Problem, Problems

Predicate = Callable[[Entry], bool]


def build_filter(query: Mapping[str, str]) -> Predicate:
    """Return a predicate that is true for the entries that pass every filter of a query.

    Other parameters are ignored. Raises Problems with all values that cannot be read.
    """
    tests: list[Predicate] = []
    problems: list[Problem] = []
    for name, value in query.items():
        if name in FILTERS:
            try:
                tests.append(FILTERS[name](value))
            except Problems as unreadable:
                problems += unreadable.found
    if problems:
        raise Problems(problems)
    return lambda entry: all(test(entry) for test in tests)


def parse_number(name: str, value: str, most: int) -> int:
    """Return a whole number of at most `most` from a query. Raises Problems."""
    if not (value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= most):
        raise Problems([Problem(f"?{name}", f"a whole number up to {most}", value[:80])])
    return int(value)


def parse_flag(name: str, value: str) -> bool:
    """Return a `true` or `false` of a query as bool. Raises Problems."""
    if value not in ("true", "false"):
        raise Problems([Problem(f"?{name}", "true or false", value[:80])])
    return value == "true"


def _filter_by_field(field: str) -> Callable[[str], Predicate]:
    return lambda value: lambda entry: str(getattr(entry, field)) == value


def _filter_by_rule(value: str) -> Predicate:
    return lambda entry: entry.decided_by[1] == value or any(item[4] == value for item in entry.items)


def _filter_by_text(value: str) -> Predicate:
    sought = value.encode("utf-8", "replace")
    return lambda entry: value in unquote(entry.target) or sought in entry.body or sought in entry.response_body


def _filter_unmatched(value: str) -> Predicate:
    wanted = parse_flag("unmatched", value)
    return lambda entry: (entry.decided_by[0] in ("default", "operation")) is wanted


def _parse_time(name: str, value: str) -> float:
    for parse in (float, _parse_iso):
        try:
            moment = parse(value)
        except ValueError:
            continue
        if isfinite(moment):
            return moment
    raise Problems([Problem(f"?{name}", "Unix seconds or ISO 8601 with zone", value[:80])])


def _parse_iso(text: str) -> float:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.timestamp()


def _filter_since(value: str) -> Predicate:
    start = _parse_time("since", value)
    return lambda entry: entry.at >= start


def _filter_until(value: str) -> Predicate:
    end = _parse_time("until", value)
    return lambda entry: entry.at <= end


def _filter_after(value: str) -> Predicate:
    last = parse_number("after", value, 2**63)
    return lambda entry: entry.id > last


FILTERS: Mapping[str, Callable[[str], Predicate]] = {
    **{name: _filter_by_field(name) for name in ("provider", "operation", "status", "code", "outcome", "request_id")},
    "rule": _filter_by_rule,
    "contains": _filter_by_text,
    "unmatched": _filter_unmatched,
    "since": _filter_since,
    "until": _filter_until,
    "after": _filter_after,
}
