"""ScanText: texts judged by the labels asked for (imageaudit document, section 2)."""

from collections.abc import Sequence
from typing import Any

from emulator.provider import Body, Operation, Visit
from emulator.providers.aliyun_imageaudit.errors import ROWS
from emulator.vocabulary import Call
from emulator.world import World
from emulator.world.verdicts.labels import CLEAN_TEXT_RATE, TEXT_LABELS
from emulator.world.verdicts.outcome import Error, Finding, Respond, Verdict, merged
from emulator.world.verdicts.subject import Subject, of_text


def texts(call: Call, _world: World) -> list[Subject]:
    """The texts of a call in task order."""
    return [of_text(number, task["Content"]) for number, task in enumerate(call.params["Tasks"], 1)]


def scan_text(visit: Visit, world: World) -> Body:
    """Data.Elements: one per task, with one result for each label that was asked for and hit."""
    labels = list(dict.fromkeys(item["Label"] for item in visit.call.params["Labels"]))
    elements = [
        _element(str(subject.facts["text"]), ruling.outcome, labels, world)
        for subject, ruling in visit.judgement.subjects
    ]
    return {"Data": {"Elements": elements}}


def _element(text: str, outcome: object, labels: Sequence[str], world: World) -> dict[str, Any]:
    task_id = world.identities.task_id("txt")
    if isinstance(outcome, Error):
        row = ROWS[outcome.code]
        return {"Code": row.code, "Message": row.message, "TaskId": task_id}
    findings = outcome.findings if isinstance(outcome, Verdict) else ()
    named = [(text_label(finding, labels), finding) for finding in findings]
    results = [
        _result(label, finding, text, world)
        for wanted in labels
        for label, finding in named
        if label == wanted and finding.label != "normal"
    ]
    if not results and world.settings.quirks["imageaudit.clean_text"] == "normal":
        results = [{"Suggestion": "pass", "Label": "normal", "Rate": CLEAN_TEXT_RATE}]
    element = {"TaskId": task_id, "Results": results}
    return dict(merged(element, outcome.patch)) if isinstance(outcome, Respond) else element


def text_label(finding: Finding, labels: Sequence[str]) -> str | None:
    """A finding's label for a text: its own, else its scene's if texts know it (porn, terrorism, ad), else, when it
    names neither, the first asked for.
    """
    if finding.scene is None and finding.label is None:
        return labels[0]
    return next((name for name in (finding.label, finding.scene) if name in TEXT_LABELS), None)


def _result(label: str, finding: Finding, text: str, world: World) -> dict[str, Any]:
    contexts = [context for context in finding.contexts if context in text] or [_piece(text, label, world)]
    return {
        "Details": [{"Contexts": [{"Context": context} for context in contexts], "Label": label}],
        "Suggestion": finding.suggestion,
        "Label": label,
        "Rate": finding.rate,
    }


def _piece(text: str, label: str, world: World) -> str:
    """Some words of the text, where nothing says which were hit: always the same for the same text."""
    portrait = world.identities.portrait(text, label)
    length = min(len(text), portrait.number(2, 8))
    start = portrait.number(0, len(text) - length)
    return text[start : start + length]


OPERATION = Operation(name="ScanText", subjects=texts, perform=scan_text)
