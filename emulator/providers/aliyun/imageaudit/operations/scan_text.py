"""ScanText: checks texts for the labels asked for (imageaudit document, section 2)."""

from collections.abc import Sequence
from typing import Any

from emulator.merge_patch import apply_patch
from emulator.operation import Body, Invocation, Operation
from emulator.providers.aliyun.imageaudit.elements import build_failed_element
from emulator.rules.decision import Item
from emulator.rules.item import make_text_item
from emulator.rules.labels import CLEAN_TEXT_RATE
from emulator.rules.outcome import Error, Finding, Respond, find_verdict
from emulator.rules.scenes import choose_hit_words, choose_text_label
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call


def list_items(call: Call, _account: Account, _state: State) -> list[Item]:
    """Return the texts of a call in task order."""
    return [make_text_item(number, task["Content"]) for number, task in enumerate(call.params["Tasks"], 1)]


def perform(invocation: Invocation, state: State) -> Body:
    """Return Data.Elements: one per task, with a result for each finding whose label was asked for."""
    labels = list(dict.fromkeys(item["Label"] for item in invocation.call.params["Labels"]))
    elements = [
        _build_element(str(item.facts["text"]), decision.outcome, labels, state)
        for item, decision in invocation.decisions.items
    ]
    return {"Data": {"Elements": elements}}


def _build_element(text: str, outcome: object, labels: Sequence[str], state: State) -> dict[str, Any]:
    task_id = state.ids.make_task_id("txt")
    if isinstance(outcome, Error):
        return {**build_failed_element(outcome, state), "TaskId": task_id}
    labelled = [(choose_text_label(finding, labels[0]), finding) for finding in find_verdict(outcome).findings]
    results = [
        _build_result(label, finding, text, state)
        for wanted in labels
        for label, finding in labelled
        if label == wanted and finding.label != "normal"
    ]
    if not results and state.settings.quirks["imageaudit.clean_text"] == "normal":
        results = [{"Suggestion": "pass", "Label": "normal", "Rate": CLEAN_TEXT_RATE}]
    element = {"TaskId": task_id, "Results": results}
    return dict(apply_patch(element, outcome.patch)) if isinstance(outcome, Respond) else element


def _build_result(label: str, finding: Finding, text: str, state: State) -> dict[str, Any]:
    detail: dict[str, Any] = {"Label": label}
    if finding.contexts != ():
        words = choose_hit_words(finding, text, label, state.ids)
        detail = {"Contexts": [{"Context": word} for word in words], **detail}
    return {
        "Details": [detail],
        "Suggestion": finding.suggestion,
        "Label": label,
        "Rate": finding.rate,
    }


OPERATION = Operation(name="ScanText", items=list_items, perform=perform)
