"""The one verdict vocabulary: scenes and labels of Alibaba's documents.

Those of imageaudit (version 20201105, sections 2 and 3), and what the pages of Green add to them. Each provider
projects them onto its own form.
"""

from collections.abc import Mapping

Suggestion = str
SUGGESTIONS: tuple[Suggestion, ...] = ("pass", "review", "block")

# Of imageaudit. `drug` stands in the document's sample answer under live, not in its label table.
CORE: Mapping[str, tuple[str, ...]] = {
    "porn": ("normal", "sexy", "porn"),
    "terrorism": (
        *("normal", "bloody", "explosion", "outfit", "logo", "weapon", "politics", "violence", "crowd", "parade"),
        *("carcrash", "flag", "location", "others"),
    ),
    "ad": (
        *("normal", "politics", "porn", "abuse", "terrorism", "contraband", "spam", "npx", "qrcode", "programCode"),
        "ad",
    ),
    "live": ("normal", "meaningless", "PIP", "smoking", "drivelive", "drug"),
    "logo": ("normal", "TV", "trademark"),
}

# Of Green, beside all of these; `riot` is of 2018, the others of 2026.
_MORE: Mapping[str, tuple[str, ...]] = {
    "terrorism": ("drug", "gamble", "riot"),
    "live": ("gamble",),
    "qrcode": ("normal", "qrcode", "programCode"),
    "ocr": ("normal", "ocr"),
    "sface": ("normal", "sface"),
    "tag": ("tag",),
}

SCENES: Mapping[str, tuple[str, ...]] = {
    scene: (*CORE.get(scene, ()), *_MORE.get(scene, ())) for scene in {**CORE, **_MORE}
}

# `keyword` is no label of the document: a word of the customer's own list, which some providers report.
TEXT_LABELS = ("spam", "politics", "abuse", "terrorism", "porn", "flood", "contraband", "ad", "keyword")

# The label meant when only the scene is named.
SCENE_LABEL: Mapping[str, str] = {
    "porn": "porn",
    "terrorism": "violence",
    "ad": "ad",
    "live": "meaningless",
    "logo": "TV",
    "qrcode": "qrcode",
    "ocr": "ocr",
    "sface": "sface",
    "tag": "tag",
}

# Confidence of a clean answer: as captured from the service, those after live by analogy; tag as its document prints.
CLEAN_RATE: Mapping[str, float] = {
    "porn": 99.9,
    "terrorism": 100.0,
    "ad": 99.91,
    "live": 99.91,
    "logo": 99.9,
    "qrcode": 99.91,
    "ocr": 99.91,
    "sface": 99.91,
    "tag": 99.2,
}
CLEAN_TEXT_RATE = 99.91

_RATES: Mapping[Suggestion, float] = {"pass": 99.9, "review": 62.11, "block": 99.91}

# What only says what a picture shows is for a human to judge.
_REVIEWED: Mapping[str | None, float] = {"sexy": 62.11, "ocr": 99.91, "sface": 99.91, "tag": 99.2}


def find_usual(label: str | None) -> tuple[Suggestion, float]:
    """What a label means when a verdict says no more."""
    if label == "normal":
        return "pass", _RATES["pass"]
    if label in _REVIEWED:
        return "review", _REVIEWED[label]
    return "block", _RATES["block"]


def choose_rate(label: str | None, suggestion: Suggestion) -> float:
    """The rate of a finding that has none: the usual one of its label, unless its suggestion is not the usual."""
    usually, rate = find_usual(label)
    return rate if suggestion == usually else _RATES[suggestion]


def find_worst(suggestions: list[Suggestion]) -> Suggestion:
    return max(suggestions, key=SUGGESTIONS.index, default="pass")
