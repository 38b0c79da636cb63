"""Reads rules from files and from the control API, and refuses rules that could never do what they say."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from emulator import documents
from emulator.documents.folders import list_rule_files
from emulator.problems import format_choices, shorten
from emulator.rules.codes import Codes
from emulator.rules.conditions import BadMatch, Condition, parse_match
from emulator.rules.outcome import Error, Outcome
from emulator.rules.parse_outcome import (
    find_owners,
    make_problem,
    parse_delay,
    parse_outcome,
    require_via,
    warn_of_unlisted,
)
from emulator.rules.precedence import rank
from emulator.rules.rule import Delay, Rule
from emulator.schemas import load_schema
from emulator.types import Problem, Problems

_MOST = 20  # problems reported for one file or body
_OWN = 500  # bytes of a rule beside its form and conditions


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


def read_rules(paths: Sequence[Path], names: RuleNames, numbers: Iterable[int]) -> list[Rule]:
    """Return the rules of fixture files by priority, ids made of `numbers`. Raises Problems with all mistakes."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    for path in list_rule_files(paths):
        with _collecting(problems):
            rules += parse_document(documents.read(path), names, numbers)
    if problems:
        raise Problems(problems)
    return sorted(rules, key=rank)


def parse_document(document: documents.Document, names: RuleNames, numbers: Iterable[int]) -> list[Rule]:
    """Return the rules of one file: a list, or a mapping with a list under `rules`. An empty file has no rules."""
    data, at = document.data, "$"
    if isinstance(data, Mapping):
        at = "$.rules"
        unknown = [Problem(f"$.{key}", "a list of rules, or `rules:`", key) for key in data if key != "rules"]
        if unknown or not data:
            raise Problems(document.locate_problems(unknown or [Problem("$", "a list of rules, or `rules:`", "{}")]))
        data = data["rules"]
    try:
        return parse_rules(
            [] if data is None else data,
            names,
            ids=(f"file-{number}" for number in numbers),
            sources=lambda index: f"{document.file}:{document.find_line(f'{at}[{index}]')}",
        )
    except Problems as problems:
        raise Problems(
            document.locate_problems([replace(wrong, path=at + wrong.path[1:]) for wrong in problems.found])
        ) from None


def parse_rules(
    data: Any, names: RuleNames, ids: Iterable[str], sources: Callable[[int], str], max_bytes: int | None = None
) -> list[Rule]:
    """Return the rules written in `data`. Raises Problems with paths such as `$[3].match.url`, at most 20.

    `room` bounds the bytes that they take; their size is counted only if it is given.
    """
    if not isinstance(data, list):
        raise Problems(load_schema("emulator/rules").find_problems(data))
    rules: list[Rule] = []
    problems: list[Problem] = []
    for index, (form, name) in enumerate(zip(data, ids, strict=False)):
        with _collecting(problems, f"$[{index}]"):
            rules.append(_parse_rule(form, names, name, sources(index)))
            if max_bytes is not None:
                rules[-1].size = _estimate_size(rules[-1])
                max_bytes -= rules[-1].size
        if len(problems) >= _MOST:
            break
        if max_bytes is not None and max_bytes < 0:
            problems.append(Problem(f"$[{index}]", "rules and patterns that take less memory", "too large patterns"))
            break
    if problems:
        raise Problems(problems[:_MOST])
    return rules


def _parse_rule(form: Any, names: RuleNames, name: str, source: str) -> Rule:
    if misshapen := load_schema("emulator/rules").find_problems([form]):
        raise Problems([replace(wrong, path=wrong.path[len("$[0]") :]) for wrong in misshapen])
    problems: list[Problem] = []
    conditions: tuple[Condition, ...] = ()
    outcome: Outcome | None = None
    warnings: tuple[str, ...] = ()
    delay: Delay | None = None
    with _collecting(problems, ".match"):
        conditions = parse_conditions(form["match"], names)
    with _collecting(problems):
        outcome = parse_outcome(form, names.faults, names.thresholds)
        if isinstance(outcome, Error) and not (problems and outcome.written):
            outcome, able = find_owners(outcome, _narrow_providers(conditions, names), names.codes)
            doors = {names.codes.find_via(owner, outcome.code, outcome.written) for owner in able}
            door = require_via(outcome.code, doors, conditions)
            conditions = (*conditions, *door, Condition("provider", "equals", able))
            warnings = warn_of_unlisted(outcome, able[0])
    with _collecting(problems):
        delay = parse_delay(form.get("delay"))
    if problems:
        raise Problems(problems)
    callback = form.get("callback")
    return Rule(
        id=name,
        source=source,
        form=form,
        conditions=conditions,
        outcome=outcome,
        name=form.get("name"),
        priority=form.get("priority", 0),
        times=form.get("times"),
        delay=delay,
        callback=float(callback["after"]) if isinstance(callback, Mapping) else callback,
        warnings=warnings,
    )


def _estimate_size(rule: Rule) -> int:
    """Return the bytes that a rule takes in memory, as an estimate."""
    written = orjson.dumps(rule.form, default=str)
    return _OWN + len(written) + sum(condition.size for condition in rule.conditions)


class _collecting:  # noqa: N801 - it is read as a verb; no generator, as it is entered a million times
    """Adds the problems of one part, found below `path`, to all others, so that the other parts are read as well."""

    __slots__ = ("_path", "_problems")

    def __init__(self, problems: list[Problem], path: str = "") -> None:
        self._problems = problems
        self._path = path

    def __enter__(self) -> None:
        """Do nothing: there is nothing to prepare."""

    def __exit__(self, kind: object, found: BaseException | None, trace: object) -> bool:
        if not isinstance(found, Problems):
            return False
        self._problems += [replace(wrong, path=self._path + wrong.path) for wrong in found.found]
        return True


def parse_conditions(match: Mapping[str, Any], names: RuleNames) -> tuple[Condition, ...]:
    """Return the conditions of a `match` that fits its schema. Raises Problems with paths such as `.url.regex`."""
    problems: list[Problem] = []
    conditions: list[Condition] = []
    for key, demand in match.items():
        with _collecting(problems):
            conditions += _resolve(key, demand, names)
    if not (problems or _narrow_providers(conditions, names)):
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


def _narrow_providers(conditions: Iterable[Condition], names: RuleNames) -> dict[str, list[str]]:
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
