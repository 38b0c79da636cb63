"""Reads what a rule does: its verdict, error, fault, respond or raw, and its delay."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from emulator.error_types import WrittenError
from emulator.problems import format_choices, shorten
from emulator.rules.codes import Codes
from emulator.rules.conditions import Condition
from emulator.rules.labels import SCENES, SUGGESTIONS, TEXT_LABELS
from emulator.rules.outcome import Error, Outcome, Raw, Respond, Verdict, build_verdict, find_label
from emulator.rules.rule import NEVER, Delay
from emulator.types import FaultRequest, Problem, Problems

OUTCOMES = ("verdict", "error", "fault", "respond", "raw")

Faults = Mapping[str, Iterable[str]]  # the parameters of each fault
Thresholds = Mapping[str, float]

_FRAMING = {"Content-Length", "Transfer-Encoding", "Date"}
_TASK_NUMBER = re.compile(r"\.(\d{1,3})\.")


def parse_outcome(form: Mapping[str, Any], faults: Faults, thresholds: Thresholds) -> Outcome | None:
    """Return the outcome of a rule that fits its schema; None for a rule that only modifies. Raises Problems."""
    kinds = [key for key in OUTCOMES if key in form and (key != "verdict" or "respond" not in form)]
    if len(kinds) > 1 or not (kinds or "delay" in form or "callback" in form):
        expected = f"exactly one of {', '.join(OUTCOMES)} (or verdict with respond, or delay, callback alone)"
        raise make_problem("", expected, ", ".join(key for key in OUTCOMES if key in form) or "none")
    if not kinds:
        return None
    given, words = form[kinds[0]], _list_hit_words(form["match"])
    match kinds[0]:
        case "verdict":
            return _parse_verdict(given, words, thresholds)
        case "error":
            return _parse_error(given)
        case "fault":
            return _parse_fault(given, faults)
        case "respond":
            return Respond(given, _parse_verdict(form["verdict"], words, thresholds) if "verdict" in form else None)
        case _:
            return _parse_raw(given)


def to_form(outcome: Outcome) -> dict[str, Any]:
    """Return the part of a rule that says this outcome, as `parse_outcome` reads it."""
    match outcome:
        case Verdict():
            return {"verdict": _verdict_to_form(outcome)}
        case Error():
            code = outcome.code if outcome.n is None else outcome.code.replace(".N.", f".{outcome.n}.", 1)
            return {"error": code if outcome.written is None else outcome.written.form}
        case FaultRequest():
            return {"fault": {"name": outcome.name, **outcome.parameters}}
        case Respond():
            verdict = {} if outcome.verdict is None else to_form(outcome.verdict)
            return {**verdict, "respond": outcome.patch}
        case Raw():
            return {"raw": outcome._asdict()}


def _verdict_to_form(verdict: Verdict) -> Any:
    if verdict == Verdict():
        return "pass"
    findings = [
        {key: value for key, value in found._asdict().items() if value is not None} for found in verdict.findings
    ]
    for found in findings:
        if "contexts" in found:
            found["contexts"] = list(found["contexts"])
    frames = {} if verdict.frames is None else {"frames": verdict.frames}
    return {"suggestion": verdict.suggestion, "findings": findings, **frames}


def _parse_raw(given: Mapping[str, Any]) -> Raw:
    headers = {name.title(): value for name, value in given.get("headers", {}).items()}
    if ours := _FRAMING & headers.keys():
        expected = f"headers other than {', '.join(sorted(_FRAMING))}, which follow from the body and the moment"
        raise make_problem(".raw.headers", expected, ", ".join(sorted(ours)))
    return Raw(given.get("status", 200), headers, given.get("body", ""))


def require_via(code: str, doors: Collection[str], conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Return the condition that an error adds if it occurs under only one `via`, as the errors of WeChat's cloud calls.

    `doors` are the `via` of each provider that can answer the error; "" stands for any. Raises Problems when the rule
    asks for another `via`.
    """
    door = next(iter(doors)) if len(doors) == 1 else ""
    for condition in conditions:
        if door and condition.key == "via" and door not in condition.values:
            raise make_problem(".match.via", f"{door}, where alone {code} is met", shorten(condition.values[0]))
    return (Condition("via", "equals", (door,)),) if door else ()


def make_problem(path: str, expected: str, got: str) -> Problems:
    """Return one problem, ready to be raised."""
    return Problems([Problem(path, expected, got)])


def _parse_verdict(given: Any, words: tuple[str, ...], thresholds: Thresholds) -> Verdict:
    """Return the verdict. A finding that does not say which words were hit gets `words`, if there are any."""
    if isinstance(given, Mapping):
        for index, finding in enumerate(given.get("findings", ())):
            scene, label = finding.get("scene"), finding.get("label")
            names = SCENES[scene] if scene else [*TEXT_LABELS, *(name for names in SCENES.values() for name in names)]
            if label is not None and label not in names:
                raise make_problem(f".verdict.findings[{index}].label", format_choices(label, names), label)
    try:
        verdict = build_verdict(given, thresholds)
    except ValueError:
        raise make_problem(".verdict", _describe_short_forms(given), given) from None
    hit = words or None
    findings = tuple(found._replace(contexts=hit) if found.contexts is None else found for found in verdict.findings)
    return verdict._replace(findings=findings)


def _describe_short_forms(given: str) -> str:
    """List the short forms. If `given` is one with a suggestion behind it, say how to write that instead."""
    named, _, suggestion = given.rpartition("/")
    if suggestion in SUGGESTIONS and (found := find_label(named)):
        keys = ", ".join(f"{key}: {name}" for key, name in zip(("scene", "label"), found, strict=True) if name)
        return f"the long form {{findings: [{{{keys}, suggestion: {suggestion}}}]}}, as the short one has no suggestion"
    pairs = [f"{scene}/{label}" for scene, labels in SCENES.items() for label in labels]
    return format_choices(given, [*SUGGESTIONS, *SCENES, *TEXT_LABELS, *pairs])


def _list_hit_words(match: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words that a rule asks a text to contain: they count as the words that were hit."""
    text = match.get("text")
    words = text.get("contains", []) if isinstance(text, Mapping) else []
    return tuple(map(str, words if isinstance(words, list) else [words]))


def _parse_error(given: Any) -> Error:
    """Return the error by its code, or by its sub_code if it has one."""
    written = WrittenError(given) if isinstance(given, Mapping) else None
    code = str(given if written is None else given.get("sub_code", given["code"]))
    number = _TASK_NUMBER.search(code)
    return Error(_TASK_NUMBER.sub(".N.", code, count=1), int(number[1]) if number else None, written)


def find_owners(error: Error, meant: Mapping[str, Collection[str]], codes: Codes) -> tuple[Error, tuple[str, ...]]:
    """Return the error as it can be answered, and the providers that can answer it.

    `meant` are the providers whose calls the rule can match, each with its operations. A provider can answer the error
    if its table has the code. For a code that is in no table, the one provider that is meant makes a row. Raises
    Problems.
    """
    listed = codes.listed
    found = tuple([provider for provider in meant if error.code in listed[provider]])
    if error.written is None:
        if not found:
            raise make_problem(".error", _describe_codes(error, meant, listed), error.code)
        return error, tuple([provider for provider, known in listed.items() if error.code in known])
    form = error.written.form
    if found and form.keys() <= {"code", "message"}:
        return error, found
    if not found and len(meant) != 1:
        expected = f"match.provider beside a code that is in no table: one of {', '.join(meant)}"
        raise make_problem(".error.code", expected, error.code)
    try:
        made = [codes.make_row(provider, error.code, form, meant[provider]) for provider in found or meant]
    except ValueError as refused:
        raise make_problem(".error", str(refused), shorten(form)) from None
    return (error if found else error._replace(written=made[0])), found or tuple(meant)


def warn_of_unlisted(error: Error, provider: str) -> tuple[str, ...]:
    """Return the warning of a code that is in no table."""
    if error.written is None or error.written.row is None:
        return ()
    return (f"{error.code} is in no table of {provider}: it is answered as the rule writes it",)


def _describe_codes(error: Error, meant: Iterable[str], codes: Mapping[str, Iterable[str]]) -> str:
    """List the codes that there are, the most similar first, and say how any other code is written."""
    listed = format_choices(error.code, [name for provider in meant for name in codes[provider]])
    return f"{listed}; a code that is in no table is written {{code: {error.code[:40]}, message: ...}}"


def _parse_fault(given: Any, faults: Faults) -> FaultRequest:
    name = given if isinstance(given, str) else given["name"]
    if name not in faults:
        raise make_problem(".fault", format_choices(name, faults), name)
    parameters = {} if isinstance(given, str) else {key: value for key, value in given.items() if key != "name"}
    for key, value in parameters.items():
        if key not in faults[name]:
            raise make_problem(f".fault.{key}", format_choices(key, faults[name]), key)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise make_problem(f".fault.{key}", "a number above 0", shorten(value))
    return FaultRequest(name, parameters)


def parse_delay(given: Any) -> Delay | None:
    """Return the shortest and the longest delay, in seconds; None where none is given. Raises Problems."""
    if given is None:
        return None
    if given == "never":
        return NEVER, NEVER
    if not isinstance(given, Mapping):
        return float(given), float(given)
    if given["min"] > given["max"]:
        raise make_problem(".delay", "min not above max", shorten(given))
    return float(given["min"]), float(given["max"])
