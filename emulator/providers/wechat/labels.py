"""How version 2 of the checks writes what was found: a number for each kind, and `risky` for a block."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emulator.rules.labels import find_worst
from emulator.rules.outcome import Finding, Verdict, find_gravest, find_verdict

Detail = dict[str, Any]

CLEAN, OTHER = 100, 21000
CLEAN_PROB = 90  # as captured of clean texts and pictures

_SUGGEST: Mapping[str, str] = {"pass": "pass", "review": "review", "block": "risky"}

# The numbers are documented: 10001 ad, 20001 politics, 20002 porn, 20003 abuse, 20006 crime, 20008 fraud, 20012 vulgar,
# 20013 copyright, 21000 other. Which label of rules gets which number is our choice. No label of rules is fraud, and a
# word of the customer's own list has no kind.
_OF_LABEL: Mapping[str | None, int] = {
    "normal": CLEAN,
    **dict.fromkeys(("ad", "spam", "flood", "npx", "qrcode", "programCode"), 10001),
    **dict.fromkeys(("politics", "flag", "parade"), 20001),
    "porn": 20002,
    "abuse": 20003,
    **dict.fromkeys(("terrorism", "contraband", "drug", "gamble"), 20006),
    "sexy": 20012,
    **dict.fromkeys(("crowd", "carcrash", "location", "others", "keyword"), OTHER),
}
_OF_SCENE: Mapping[str | None, int] = {"porn": 20002, "terrorism": 20006, "ad": 10001, "logo": 20013, "qrcode": 10001}


def choose_label(finding: Finding) -> int:
    """Return the number of a finding: by its label, else by its scene."""
    return _OF_LABEL.get(finding.label) or _OF_SCENE.get(finding.scene, OTHER)


def combine_outcomes(outcomes: Iterable[object]) -> Verdict:
    """Return the verdicts of several pictures and texts as one verdict; its suggestion is the worst."""
    verdicts = [find_verdict(outcome) for outcome in outcomes]
    found = tuple(finding for verdict in verdicts for finding in verdict.findings)
    suggestions = [verdict.suggestion for verdict in verdicts] + [finding.suggestion for finding in found]
    return Verdict(found, find_worst(suggestions))


def build_result(suggestion: str, found: Sequence[Finding]) -> Detail:
    """Return a suggestion with the label of the gravest finding."""
    if suggestion == "pass":
        return {"suggest": "pass", "label": CLEAN}
    return {"suggest": _SUGGEST[suggestion], "label": choose_label(find_gravest(found)) if found else OTHER}


def round_certainty(found: Sequence[Finding]) -> int:
    """Return how sure the gravest finding is, in whole per cent."""
    return round(find_gravest(found).rate) if found else CLEAN_PROB


def build_model_detail(found: Sequence[Finding]) -> Detail:
    """Return the detail of what the model found, and not a word list."""
    suggestion = find_worst([finding.suggestion for finding in found])
    return {
        "strategy": "content_model",
        "errcode": 0,
        **build_result(suggestion, found),
        "prob": round_certainty(found),
    }
