"""ScanText: texts judged by the labels asked for (imageaudit document, section 2)."""

from collections.abc import Sequence
from typing import Any

from emulator.catalogue import row_of
from emulator.provider import Body, Operation, Visit
from emulator.providers.aliyun_imageaudit.errors import ROWS
from emulator.vocabulary import Call
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.labels import CLEAN_TEXT_RATE
from emulator.world.verdicts.outcome import Error, Finding, Respond, judged, merged
from emulator.world.verdicts.scenes import text_label, words_hit
from emulator.world.verdicts.subject import Subject, of_text


def texts(call: Call, _account: Account, _world: World) -> list[Subject]:
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
        row = row_of(outcome, ROWS)
        return {"Code": row.code, "Message": row.message, "TaskId": task_id}
    named = [(text_label(finding, labels[0]), finding) for finding in judged(outcome).findings]
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


def _result(label: str, finding: Finding, text: str, world: World) -> dict[str, Any]:
    words = words_hit(finding, text, label, world.identities)
    return {
        "Details": [{"Contexts": [{"Context": word} for word in words], "Label": label}],
        "Suggestion": finding.suggestion,
        "Label": label,
        "Rate": finding.rate,
    }


OPERATION = Operation(name="ScanText", subjects=texts, perform=scan_text)
