"""Reads what a rule matches, and refuses names that are none."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from emulator.problems import format_choices, shorten
from emulator.rules.codes import Codes
from emulator.rules.collecting import collecting
from emulator.rules.conditions import BadMatch, Condition, parse_match
from emulator.rules.parse_outcome import make_problem
from emulator.types import Problem, Problems


class RuleNames(NamedTuple):
    """The names a rule may use, and what some of them stand for.

    operations: The operations of each provider.
    codes: The error codes of all providers.
    faults: The parameters of each fault.
    account: Finds the id of an account by its id, name or credential.
    thresholds: The rates from which a bare rate suggests `block` and `review`.
    """

    operations: Mapping[str, Iterable[str]]
    codes: Codes
    faults: Mapping[str, Iterable[str]]
    account: Callable[[str], str | None]
    thresholds: Mapping[str, float]


def parse_conditions(match: Mapping[str, Any], names: RuleNames) -> tuple[Condition, ...]:
    """Return the conditions of a `match` that fits its schema. Raises Problems with paths such as `.url.regex`."""
    problems: list[Problem] = []
    conditions: list[Condition] = []
    for key, demand in match.items():
        with collecting(problems):
            conditions += _resolve(key, demand, names)
    if not (problems or narrow_providers(conditions, names)):
        problems.append(
            Problem(".operation", f"one of provider {shorten(match['provider'])}", shorten(match["operation"]))
        )
    if problems:
        raise Problems(problems)
    return tuple(conditions)


def _resolve(key: str, demand: object, names: RuleNames) -> tuple[Condition, ...]:
    try:
        conditions = parse_match({key: demand})
    except BadMatch as bad:
        raise make_problem(f".{bad.path}", bad.expected, shorten(bad.got)) from None
    for condition in conditions:
        if key == "provider":
            _require_known(condition, names.operations)
        elif key == "operation":
            _require_known(condition, [name for names in names.operations.values() for name in names])
        elif key == "code" and condition.operator == "equals":
            _require_known(condition, [*names.codes.unlisted.union(*names.codes.listed.values())])
        elif key == "account":
            return (replace(condition, values=tuple(_find_account(str(value), names) for value in condition.values)),)
    return conditions


def _require_known(condition: Condition, names: Iterable[str]) -> None:
    for value in condition.values:
        if str(value) not in names:
            raise make_problem(f".{condition.key}", format_choices(str(value), names), str(value))


def _find_account(name: str, names: RuleNames) -> str:
    found = names.account(name)
    if found is None:
        raise make_problem(".account", "the id, name or credential of an account", name)
    return found


def narrow_providers(conditions: Iterable[Condition], names: RuleNames) -> dict[str, list[str]]:
    """Return the providers whose calls can match, each with those of its operations that can match."""
    meant = {provider: list(operations) for provider, operations in names.operations.items()}
    for condition in conditions:
        named = {str(value) for value in condition.values}
        if condition.key == "provider":
            meant = {provider: operations for provider, operations in meant.items() if provider in named}
        elif condition.key == "operation":
            some = {provider: [name for name in each if name in named] for provider, each in meant.items()}
            meant = {provider: operations for provider, operations in some.items() if operations}
    return meant
