"""my.textRiskIdentification: judges one text."""

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.provider import Body, Operation, Visit
from emulator.vocabulary import Call
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.outcome import Finding, Respond, judged, merged
from emulator.world.verdicts.scenes import text_label, words_hit
from emulator.world.verdicts.subject import Subject, of_text

KEYWORD = "keyword"
# Which labels each type tells: advertising, politics, pornography, abuse. Spam, flooding and contraband have no type
# of their own, nor has terrorism: they go to the nearest, which is our choice.
LABELS: Mapping[str, tuple[str, ...]] = {
    "0": ("ad", "spam", "flood", "contraband"),
    "1": ("politics", "terrorism"),
    "2": ("porn",),
    "3": ("abuse",),
}
_CLEAN = 9.99  # callers block from 50 or more


def text(call: Call, _account: Account, _world: World) -> list[Subject]:
    return [of_text(1, call.params["content"])]


def text_risk_identification(visit: Visit, world: World) -> Body:
    """One entry with the keywords that were hit; if none, one entry with a score for each other type, as asked for."""
    ((_subject, ruling),) = visit.judgement.subjects
    content, types = visit.call.params["content"], list(dict.fromkeys(visit.call.params["type"]))
    outcome = ruling.outcome
    findings = [found for found in judged(outcome).findings if found.suggestion != "pass"]
    if KEYWORD in types and any(found.label == KEYWORD for found in findings):
        hits = _keywords(findings, content, world)
        result: list[dict[str, Any]] = [{"type": KEYWORD, **({"hitKeywords": hits} if hits else {})}]
    else:
        scored = [kind for kind in types if kind != KEYWORD]
        result = [{"type": kind, "score": _score(kind, scored, findings, content, world)} for kind in scored]
    body: Body = {"result": result}
    return dict(merged(body, outcome.patch)) if isinstance(outcome, Respond) else body


def _keywords(findings: Iterable[Finding], content: str, world: World) -> list[str]:
    """The words of the enterprise's own list that stand in the text, each once."""
    found = [finding for finding in findings if finding.label == KEYWORD]
    words = [word for finding in found for word in words_hit(finding, content, KEYWORD, world.identities)]
    return list(dict.fromkeys(words))


def _score(kind: str, scored: list[str], findings: Iterable[Finding], content: str, world: World) -> str:
    """The score of a type, 0 to 100 with two decimals: a finding's rate; for a text without one a low number, for the
    same text always the same. A finding that names no label is of the first type asked for.
    """
    first = LABELS[scored[0]][0]
    rates = [finding.rate for finding in findings if text_label(finding, first) in LABELS[kind]]
    return f"{max(rates) if rates else world.identities.portrait(content, kind).rate(0, _CLEAN):.2f}"


OPERATION = Operation(name="my.textRiskIdentification", subjects=text, perform=text_risk_identification)
