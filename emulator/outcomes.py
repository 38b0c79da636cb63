"""Reads what a rule does: its verdict, error, fault, respond or raw."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from emulator.problems import choice, shown
from emulator.vocabulary import FaultCall, Problem, Problems
from emulator.world.verdicts.labels import SCENES, SUGGESTIONS, TEXT_LABELS
from emulator.world.verdicts.outcome import Error, Outcome, Raw, Respond, Verdict, place, verdict

OUTCOMES = ("verdict", "error", "fault", "respond", "raw")

Faults = Mapping[str, Iterable[str]]  # the parameters of each
Thresholds = Mapping[str, float]

_FRAMING = {"Content-Length", "Transfer-Encoding", "Date"}
_TASK_NUMBER = re.compile(r"\.(\d{1,3})\.")


def outcome_of(form: Mapping[str, Any], faults: Faults, thresholds: Thresholds) -> Outcome | None:
    """The outcome of a rule whose shape is right, None when it only modifies; raises Problems."""
    kinds = [key for key in OUTCOMES if key in form]
    if len(kinds) > 1 or not (kinds or "delay" in form or "callback" in form):
        expected = f"exactly one of {', '.join(OUTCOMES)} (or delay, callback alone)"
        raise problem("", expected, ", ".join(kinds) or "none")
    if not kinds:
        return None
    given = form[kinds[0]]
    match kinds[0]:
        case "verdict":
            return _verdict(given, _hit_words(form["match"]), thresholds)
        case "error":
            return _error(str(given))
        case "fault":
            return _fault(given, faults)
        case "respond":
            return Respond(given)
        case _:
            return _raw(given)


def form_of(outcome: Outcome) -> dict[str, Any]:
    """Return the part of a rule that says this outcome: what `outcome_of` reads."""
    match outcome:
        case Verdict():
            return {"verdict": _verdict_form(outcome)}
        case Error():
            return {"error": outcome.code if outcome.n is None else outcome.code.replace(".N.", f".{outcome.n}.", 1)}
        case FaultCall():
            return {"fault": {"name": outcome.name, **outcome.parameters}}
        case Respond():
            return {"respond": outcome.patch}
        case Raw():
            return {"raw": outcome._asdict()}


def _verdict_form(judged: Verdict) -> Any:
    if judged == Verdict():
        return "pass"
    findings = [
        {key: value for key, value in found._asdict().items() if value is not None} for found in judged.findings
    ]
    for found in findings:
        if "contexts" in found:
            found["contexts"] = list(found["contexts"])
    frames = {} if judged.frames is None else {"frames": judged.frames}
    return {"suggestion": judged.suggestion, "findings": findings, **frames}


def _raw(given: Mapping[str, Any]) -> Raw:
    headers = {name.title(): value for name, value in given.get("headers", {}).items()}
    if ours := _FRAMING & headers.keys():
        expected = f"headers other than {', '.join(sorted(_FRAMING))}, which follow from the body and the moment"
        raise problem(".raw.headers", expected, ", ".join(sorted(ours)))
    return Raw(given.get("status", 200), headers, given.get("body", ""))


def problem(path: str, expected: str, got: str) -> Problems:
    """One problem, ready to be raised."""
    return Problems([Problem(path, expected, got)])


def _verdict(given: Any, words: tuple[str, ...], thresholds: Thresholds) -> Verdict:
    """The verdict; a finding that names no words that were hit gets `words`."""
    if isinstance(given, Mapping):
        for index, finding in enumerate(given.get("findings", ())):
            scene, label = finding.get("scene"), finding.get("label")
            names = SCENES[scene] if scene else [*TEXT_LABELS, *(name for names in SCENES.values() for name in names)]
            if label is not None and label not in names:
                raise problem(f".verdict.findings[{index}].label", choice(label, names), label)
    try:
        judged = verdict(given, thresholds)
    except ValueError:
        raise problem(".verdict", _short_form(given), given) from None
    if not words:
        return judged
    findings = [found if found.contexts is not None else found._replace(contexts=words) for found in judged.findings]
    return judged._replace(findings=tuple(findings))


def _short_form(given: str) -> str:
    """Tell which short forms there are; where `given` is one with a suggestion behind it, how that is written."""
    named, _, suggestion = given.rpartition("/")
    if suggestion in SUGGESTIONS and (found := place(named)):
        told = ", ".join(f"{key}: {name}" for key, name in zip(("scene", "label"), found, strict=True) if name)
        return f"the long form {{findings: [{{{told}, suggestion: {suggestion}}}]}}, as the short one has no suggestion"
    pairs = [f"{scene}/{label}" for scene, labels in SCENES.items() for label in labels]
    return choice(given, [*SUGGESTIONS, *SCENES, *TEXT_LABELS, *pairs])


def _hit_words(match: Mapping[str, Any]) -> tuple[str, ...]:
    """The words a text was matched by are the words that were hit."""
    text = match.get("text")
    words = text.get("contains", []) if isinstance(text, Mapping) else []
    return tuple(map(str, words if isinstance(words, list) else [words]))


def _error(code: str) -> Error:
    number = _TASK_NUMBER.search(code)
    return Error(_TASK_NUMBER.sub(".N.", code, count=1), int(number[1]) if number else None)


def _fault(given: Any, faults: Faults) -> FaultCall:
    name = given if isinstance(given, str) else given["name"]
    if name not in faults:
        raise problem(".fault", choice(name, faults), name)
    parameters = {} if isinstance(given, str) else {key: value for key, value in given.items() if key != "name"}
    for key, value in parameters.items():
        if key not in faults[name]:
            raise problem(f".fault.{key}", choice(key, faults[name]), key)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise problem(f".fault.{key}", "a number above 0", shown(value))
    return FaultCall(name, parameters)
