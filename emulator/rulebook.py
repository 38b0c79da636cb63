"""Reads rules, from files or the control API, and refuses those that could never do what they say."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from emulator import documents
from emulator.documents.folders import files
from emulator.outcomes import outcome_of, owners, problem, unlisted
from emulator.problems import choice, shown
from emulator.schemas import schema
from emulator.vocabulary import Problem, Problems
from emulator.world.verdicts.coins import Coins
from emulator.world.verdicts.conditions import BadMatch, Condition, parse
from emulator.world.verdicts.outcome import Error, Outcome
from emulator.world.verdicts.rule import NEVER, Delay, Rule

_MOST = 20  # problems told of one file or body
_OWN = 500  # bytes of a rule beside its form and conditions


class Known(NamedTuple):
    """The names a rule may use. `account` finds the id behind any name of an account. `coins` make the codes that
    are in no table.
    """

    operations: Mapping[str, Iterable[str]]  # by provider
    codes: Mapping[str, Iterable[str]]  # by provider
    faults: Mapping[str, Iterable[str]]  # the parameters of each
    account: Callable[[str], str | None]
    thresholds: Mapping[str, float]
    coins: Coins


def read(paths: Sequence[Path], known: Known, numbers: Iterable[int]) -> list[Rule]:
    """The rules of fixture files in order, ids made of `numbers`; raises Problems with every mistake of every file."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    for path in files(paths):
        with _into(problems):
            rules += of_document(documents.read(path), known, numbers)
    if problems:
        raise Problems(problems)
    return sorted(rules, key=lambda rule: -rule.priority)


def of_document(document: documents.Document, known: Known, numbers: Iterable[int]) -> list[Rule]:
    """The rules of one file: a list, or a mapping whose `rules` are one; an empty file has none."""
    data, at = document.data, "$"
    if isinstance(data, Mapping):
        at = "$.rules"
        unknown = [Problem(f"$.{key}", "a list of rules, or `rules:`", key) for key in data if key != "rules"]
        if unknown or not data:
            raise Problems(document.located(unknown or [Problem("$", "a list of rules, or `rules:`", "{}")]))
        data = data["rules"]
    try:
        return built(
            [] if data is None else data,
            known,
            ids=(f"file-{number}" for number in numbers),
            sources=lambda index: f"{document.file}:{document.line(f'{at}[{index}]')}",
        )
    except Problems as problems:
        raise Problems(
            document.located([replace(wrong, path=at + wrong.path[1:]) for wrong in problems.found])
        ) from None


def built(
    data: Any, known: Known, ids: Iterable[str], sources: Callable[[int], str], room: int | None = None
) -> list[Rule]:
    """Rules from their written form; raises Problems with paths such as `$[3].match.url`, at most 20. Where there is
    `room` for so many bytes only, what the rules take is counted as they are built.
    """
    if not isinstance(data, list):
        raise Problems(schema("emulator/rules").problems(data))
    rules: list[Rule] = []
    problems: list[Problem] = []
    for index, (form, name) in enumerate(zip(data, ids, strict=False)):
        with _into(problems, f"$[{index}]"):
            rules.append(_rule(form, known, name, sources(index)))
            if room is not None:
                rules[-1].size = _size(rules[-1])
                room -= rules[-1].size
        if len(problems) >= _MOST:
            break
        if room is not None and room < 0:
            problems.append(Problem(f"$[{index}]", "rules and patterns that take less memory", "too large patterns"))
            break
    if problems:
        raise Problems(problems[:_MOST])
    return rules


def _rule(form: Any, known: Known, name: str, source: str) -> Rule:
    if misshapen := schema("emulator/rules").problems([form]):
        raise Problems([replace(wrong, path=wrong.path[len("$[0]") :]) for wrong in misshapen])
    problems: list[Problem] = []
    conditions: tuple[Condition, ...] = ()
    outcome: Outcome | None = None
    warnings: tuple[str, ...] = ()
    delay: Delay | None = None
    with _into(problems, ".match"):
        conditions = conditions_of(form["match"], known)
    with _into(problems):
        outcome = outcome_of(form, known.faults, known.thresholds)
        if isinstance(outcome, Error) and not (problems and outcome.written):
            outcome, able = owners(outcome, _meant(conditions, known), known.codes, known.coins)
            conditions = (*conditions, Condition("provider", "equals", able))
            warnings = unlisted(outcome, able[0])
    with _into(problems):
        delay = _delay(form.get("delay"))
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


def _size(rule: Rule) -> int:
    """Bytes that a rule takes in memory, about."""
    written = orjson.dumps(rule.form, default=str)
    return _OWN + len(written) + sum(condition.size for condition in rule.conditions)


class _into:  # noqa: N801 - read as a word: `with _into(problems)`; entered a million times, it must cost little
    """Collects what is wrong in one part, found below `path`, so that the other parts are looked at as well."""

    __slots__ = ("_path", "_problems")

    def __init__(self, problems: list[Problem], path: str = "") -> None:
        self._problems = problems
        self._path = path

    def __enter__(self) -> None:
        """Nothing is prepared."""

    def __exit__(self, kind: object, found: BaseException | None, trace: object) -> bool:
        if not isinstance(found, Problems):
            return False
        self._problems += [replace(wrong, path=self._path + wrong.path) for wrong in found.found]
        return True


def conditions_of(match: Mapping[str, Any], known: Known) -> tuple[Condition, ...]:
    """What a `match` whose shape is right demands; raises Problems with paths inside it, such as `.url.regex`."""
    problems: list[Problem] = []
    conditions: list[Condition] = []
    for key, demand in match.items():
        with _into(problems):
            conditions += _resolved(key, demand, known)
    if not (problems or _meant(conditions, known)):
        problems.append(Problem(".operation", f"one of provider {shown(match['provider'])}", shown(match["operation"])))
    if problems:
        raise Problems(problems)
    return tuple(conditions)


def _resolved(key: str, demand: object, known: Known) -> tuple[Condition, ...]:
    try:
        conditions = parse({key: demand})
    except BadMatch as bad:
        raise problem(f".{bad.path}", bad.expected, shown(bad.got)) from None
    for condition in conditions:
        if key == "provider":
            _all_known(condition, known.operations)
        elif key == "operation":
            _all_known(condition, [name for names in known.operations.values() for name in names])
        elif key == "code" and condition.operator == "equals":
            _all_known(condition, [code for codes in (*known.codes.values(), known.coins.made) for code in codes])
        elif key == "account":
            return (replace(condition, values=tuple(_account(str(value), known) for value in condition.values)),)
    return conditions


def _all_known(condition: Condition, names: Iterable[str]) -> None:
    for value in condition.values:
        if str(value) not in names:
            raise problem(f".{condition.key}", choice(str(value), names), str(value))


def _account(name: str, known: Known) -> str:
    found = known.account(name)
    if found is None:
        raise problem(".account", "the id, name or credential of an account", name)
    return found


def _meant(conditions: Iterable[Condition], known: Known) -> dict[str, list[str]]:
    """The providers whose calls can match, each with its operations: those that are named."""
    meant = {provider: list(operations) for provider, operations in known.operations.items()}
    for condition in conditions:
        names = {str(value) for value in condition.values}
        if condition.key == "provider":
            meant = {provider: operations for provider, operations in meant.items() if provider in names}
        elif condition.key == "operation":
            some = {provider: [name for name in each if name in names] for provider, each in meant.items()}
            meant = {provider: operations for provider, operations in some.items() if operations}
    return meant


def _delay(given: Any) -> Delay | None:
    if given is None:
        return None
    if given == "never":
        return NEVER, NEVER
    if not isinstance(given, Mapping):
        return float(given), float(given)
    if given["min"] > given["max"]:
        raise problem(".delay", "min not above max", shown(given))
    return float(given["min"]), float(given["max"])
