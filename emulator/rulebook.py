"""Reads rules, from files or the control API, and refuses those that could never do what they say."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from emulator import documents
from emulator.schemas import schema, shown
from emulator.vocabulary import FaultCall, Problem, Problems
from emulator.world.verdicts.conditions import BadMatch, Condition, parse
from emulator.world.verdicts.labels import SCENES, SUGGESTIONS, TEXT_LABELS
from emulator.world.verdicts.outcome import Error, Outcome, Raw, Respond, verdict
from emulator.world.verdicts.rule import NEVER, Delay, Rule

OUTCOMES = ("verdict", "error", "fault", "respond", "raw")

_TASK_NUMBER = re.compile(r"\.(\d{1,3})\.")


class Known(NamedTuple):
    """The names a rule may use. `account` finds the id behind any name of an account."""

    operations: Mapping[str, Iterable[str]]  # by provider
    codes: Mapping[str, Iterable[str]]  # by provider
    faults: Mapping[str, Iterable[str]]  # the parameters of each
    account: Callable[[str], str | None]
    thresholds: Mapping[str, float]


def read(paths: Sequence[Path], known: Known) -> list[Rule]:
    """The rules of fixture files in order; raises Problems with every mistake of every file."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    numbers = count(1)
    for path in documents.files(list(paths)):
        try:
            document = documents.read(path)
            rules += of_document(document, known, numbers)
        except Problems as found:
            problems += found.found
    if problems:
        raise Problems(problems)
    return sorted(rules, key=lambda rule: -rule.priority)


def of_document(document: documents.Document, known: Known, numbers: Iterable[int]) -> list[Rule]:
    """The rules of one file: a list, or a mapping whose `rules` are one; an empty file has none."""
    data, at = document.data, "$"
    if isinstance(data, Mapping):
        at = "$.rules"
        unknown = sorted(str(key) for key in data if key != "rules")
        if unknown:
            raise Problems(document.located([Problem(f"$.{unknown[0]}", "a list of rules, or `rules:`", unknown[0])]))
        data = data["rules"]
    try:
        return built(
            [] if data is None else data,
            known,
            ids=(f"file-{number}" for number in numbers),
            sources=lambda index: f"{document.file}:{document.line(f'{at}[{index}]')}",
        )
    except Problems as problems:
        moved = [Problem(f"{at}{p.path[1:]}", p.expected, p.got) for p in problems.found]
        raise Problems(document.located(moved)) from None


def built(data: Any, known: Known, ids: Iterable[str], sources: Callable[[int], str]) -> list[Rule]:
    """Rules from their written form; raises Problems with paths such as `$[3].match.url`."""
    if problems := schema("emulator/rules").problems(data):
        raise Problems(problems)
    rules = []
    for index, (form, name) in enumerate(zip(data, ids, strict=False)):
        try:
            rules.append(_rule(form, known, name, sources(index)))
        except Problems as found:
            problems += [Problem(f"$[{index}]{p.path}", p.expected, p.got) for p in found.found]
    if problems:
        raise Problems(problems[:20])
    return rules


def _rule(form: Mapping[str, Any], known: Known, name: str, source: str) -> Rule:
    outcomes = [key for key in OUTCOMES if key in form]
    if len(outcomes) > 1 or not (outcomes or "delay" in form or "callback" in form):
        expected = f"exactly one of {', '.join(OUTCOMES)} (or delay, callback alone)"
        raise _problem("", expected, ", ".join(outcomes) or "none")
    conditions = _conditions(form["match"], known)
    outcome: Outcome | None = None
    if outcomes:
        outcome = _OUTCOMES[outcomes[0]](form[outcomes[0]], form["match"], known)
    if isinstance(outcome, Error):
        conditions = _limited(outcome.code, conditions, known)
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
        delay=_delay(form.get("delay")),
        callback=float(callback["after"]) if isinstance(callback, Mapping) else callback,
    )


def _conditions(match: Mapping[str, Any], known: Known) -> tuple[Condition, ...]:
    try:
        conditions = parse(match)
    except BadMatch as bad:
        raise _problem(f".match.{bad.path}", bad.expected, shown(bad.got)) from None
    resolved = []
    for condition in conditions:
        values = condition.values
        if condition.key == "provider":
            _all_known(condition, known.operations)
        elif condition.key == "operation":
            _all_known(condition, [name for names in known.operations.values() for name in names])
        elif condition.key == "account":
            values = tuple(_account(str(value), known) for value in values)
        resolved.append(condition if values is condition.values else Condition("account", "equals", values))
    return tuple(resolved)


def _all_known(condition: Condition, names: Iterable[str]) -> None:
    for value in condition.values:
        if str(value) not in names:
            raise _problem(f".match.{condition.key}", *_choice(str(value), names))


def _account(name: str, known: Known) -> str:
    found = known.account(name)
    if found is None:
        raise _problem(".match.account", "the id, name or credential of an account", name)
    return found


def _limited(code: str, conditions: tuple[Condition, ...], known: Known) -> tuple[Condition, ...]:
    """An error holds only for the providers that know its code."""
    owners = [provider for provider, codes in known.codes.items() if code in codes]
    asked = [condition for condition in conditions if condition.key == "provider"]
    wanted = [str(value) for condition in asked for value in condition.values] or list(known.codes)
    if not set(owners) & set(wanted):
        raise _problem(".error", *_choice(code, [name for provider in wanted for name in known.codes[provider]]))
    return conditions if asked else (*conditions, Condition("provider", "equals", tuple(owners)))


def _choice(got: str, names: Iterable[str]) -> tuple[str, str]:
    listed = list(dict.fromkeys(names))
    near = get_close_matches(got, listed, 1)
    told = ", ".join(listed[:12]) + (f", ... ({len(listed)} in all)" if len(listed) > 12 else "")
    return f"one of {told}{f' (did you mean {near[0]}?)' if near else ''}", got


def _delay(given: Any) -> Delay | None:
    if given is None:
        return None
    if given == "never":
        return NEVER, NEVER
    if not isinstance(given, Mapping):
        return float(given), float(given)
    if given["min"] > given["max"]:
        raise _problem(".delay", "min not above max", shown(given))
    return float(given["min"]), float(given["max"])


def _verdict(given: Any, match: Mapping[str, Any], known: Known) -> Outcome:
    if isinstance(given, Mapping):
        for index, finding in enumerate(given.get("findings", ())):
            scene, label = finding.get("scene"), finding.get("label")
            names = SCENES[scene] if scene else [*TEXT_LABELS, *(name for names in SCENES.values() for name in names)]
            if label is not None and label not in names:
                raise _problem(f".verdict.findings[{index}].label", *_choice(label, names))
    try:
        judged = verdict(given, known.thresholds)
    except ValueError:
        pairs = [f"{scene}/{label}" for scene, labels in SCENES.items() for label in labels]
        raise _problem(".verdict", *_choice(str(given), [*SUGGESTIONS, *SCENES, *TEXT_LABELS, *pairs])) from None
    words = _hit_words(match)
    findings = tuple(found if found.contexts else found._replace(contexts=words) for found in judged.findings)
    return judged._replace(findings=findings)


def _hit_words(match: Mapping[str, Any]) -> tuple[str, ...]:
    """The words a text was matched by are the words that were hit, where the verdict names none."""
    text = match.get("text")
    words = text.get("contains", ()) if isinstance(text, Mapping) else ()
    return tuple(map(str, words if isinstance(words, list) else [words] if words != () else ()))


def _error(given: Any, _match: Mapping[str, Any], _known: Known) -> Outcome:
    code = str(given)
    number = _TASK_NUMBER.search(code)
    return Error(_TASK_NUMBER.sub(".N.", code, count=1), int(number[1]) if number else None)


def _fault(given: Any, _match: Mapping[str, Any], known: Known) -> Outcome:
    name = given if isinstance(given, str) else given["name"]
    if name not in known.faults:
        raise _problem(".fault", *_choice(name, known.faults))
    parameters = {} if isinstance(given, str) else {key: value for key, value in given.items() if key != "name"}
    for key, value in parameters.items():
        if key not in known.faults[name]:
            raise _problem(f".fault.{key}", *_choice(key, known.faults[name]))
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise _problem(f".fault.{key}", "a number above 0", shown(value))
    return FaultCall(name, parameters)


def _respond(given: Any, _match: Mapping[str, Any], _known: Known) -> Outcome:
    return Respond(given)


def _raw(given: Any, _match: Mapping[str, Any], _known: Known) -> Outcome:
    return Raw(given.get("status", 200), given.get("headers", {}), given.get("body", ""))


_OUTCOMES: Mapping[str, Callable[[Any, Mapping[str, Any], Known], Outcome]] = {
    "verdict": _verdict,
    "error": _error,
    "fault": _fault,
    "respond": _respond,
    "raw": _raw,
}


def _problem(path: str, expected: str, got: str) -> Problems:
    return Problems([Problem(path, expected, got)])
