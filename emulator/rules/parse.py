"""Reads rules from files and from the control API, and refuses rules that could never do what they say."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from emulator import documents
from emulator.documents.folders import list_rule_files
from emulator.rules.collecting import collecting
from emulator.rules.conditions import ITEM_KEYS, Condition
from emulator.rules.outcome import Error, Outcome, Raw
from emulator.rules.parse_match import RuleNames, narrow_providers, parse_conditions
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


def read_rules(paths: Sequence[Path], names: RuleNames, numbers: Iterable[int]) -> list[Rule]:
    """Return the rules of fixture files by priority, ids made of `numbers`. Raises Problems with all mistakes."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    for path in list_rule_files(paths):
        with collecting(problems):
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
        with collecting(problems, f"$[{index}]"):
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
    with collecting(problems, ".match"):
        conditions = parse_conditions(form["match"], names)
    with collecting(problems):
        outcome = parse_outcome(form, names.faults, names.thresholds)
        if "path" in form["match"]:
            _require_raw(form["match"], outcome)
        if isinstance(outcome, Error) and not (problems and outcome.written):
            outcome, able = find_owners(outcome, narrow_providers(conditions, names), names.codes)
            doors = {names.codes.find_via(owner, outcome.code, outcome.written) for owner in able}
            door = require_via(outcome.code, doors, conditions)
            conditions = (*conditions, *door, Condition("provider", "equals", able))
            warnings = warn_of_unlisted(outcome, able[0])
    with collecting(problems):
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


def _require_raw(match: Mapping[str, Any], outcome: Outcome | None) -> None:
    """Refuse a rule about a path that could never do what it says: nothing is known of a call that is not emulated."""
    if not isinstance(outcome, Raw):
        raise make_problem(
            ".match.path", "raw beside it: what is not emulated is answered literally", "another outcome"
        )
    if others := [key for key in match if key == "operation" or key in ITEM_KEYS]:
        raise make_problem(".match.path", "provider, account, via beside it", ", ".join(others))


def _estimate_size(rule: Rule) -> int:
    """Return the bytes that a rule takes in memory, as an estimate."""
    written = orjson.dumps(rule.form, default=str)
    return _OWN + len(written) + sum(condition.size for condition in rule.conditions)
