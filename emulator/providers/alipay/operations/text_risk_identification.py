"""my.textRiskIdentification: checks one text."""

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.merge_patch import apply_patch
from emulator.operation import Body, Invocation, Operation
from emulator.rules.decision import Item
from emulator.rules.item import make_text_item
from emulator.rules.outcome import Finding, Respond, find_verdict
from emulator.rules.scenes import choose_hit_words, choose_text_label
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call

KEYWORD = "keyword"
# The labels of each type: advertising, politics, pornography, abuse. Spam, flooding, contraband and terrorism have no
# type of their own; each goes to the nearest type, which is our choice.
LABELS: Mapping[str, tuple[str, ...]] = {
    "0": ("ad", "spam", "flood", "contraband"),
    "1": ("politics", "terrorism"),
    "2": ("porn",),
    "3": ("abuse",),
}
_CLEAN = 9.99  # callers block from 50 or more


def list_items(call: Call, _account: Account, _state: State) -> list[Item]:
    return [make_text_item(1, call.params["content"])]


def perform(invocation: Invocation, state: State) -> Body:
    """Return one entry with the keywords that were hit; else one entry with a score for each other type asked for."""
    ((_item, decision),) = invocation.decisions.items
    content, types = invocation.call.params["content"], list(dict.fromkeys(invocation.call.params["type"]))
    outcome = decision.outcome
    findings = [found for found in find_verdict(outcome).findings if found.suggestion != "pass"]
    if KEYWORD in types and any(found.label == KEYWORD for found in findings):
        hits = _list_keywords(findings, content, state)
        result: list[dict[str, Any]] = [{"type": KEYWORD, **({"hitKeywords": hits} if hits else {})}]
    else:
        scored = [kind for kind in types if kind != KEYWORD]
        result = [{"type": kind, "score": _format_score(kind, scored, findings, content, state)} for kind in scored]
    body: Body = {"result": result}
    return dict(apply_patch(body, outcome.patch)) if isinstance(outcome, Respond) else body


def _list_keywords(findings: Iterable[Finding], content: str, state: State) -> list[str]:
    """Return the words of the enterprise's own list that stand in the text, each once."""
    found = [finding for finding in findings if finding.label == KEYWORD]
    words = [word for finding in found for word in choose_hit_words(finding, content, KEYWORD, state.ids)]
    return list(dict.fromkeys(words))


def _format_score(kind: str, scored: list[str], findings: Iterable[Finding], content: str, state: State) -> str:
    """Return the score of a type, 0 to 100 with two decimals: the highest rate of its findings.

    A text without a finding of the type has a low score, always the same for the same text. A finding that names
    neither label nor scene belongs to the first type asked for.
    """
    first = LABELS[scored[0]][0]
    rates = [finding.rate for finding in findings if choose_text_label(finding, first) in LABELS[kind]]
    return f"{max(rates) if rates else state.ids.make_fake_data(content, kind).draw_rate(0, _CLEAN):.2f}"


OPERATION = Operation(name="my.textRiskIdentification", items=list_items, perform=perform)
