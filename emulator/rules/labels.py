"""The scenes and labels of all verdicts, as Alibaba's documents name them.

They are those of imageaudit (version 20201105, sections 2 and 3), and what the pages of Green add. Each provider
translates them into its own form.
"""

from collections.abc import Mapping

Suggestion = str
SUGGESTIONS: tuple[Suggestion, ...] = ("pass", "review", "block")

# Those of imageaudit. `drug` stands in the document's sample answer under live, not in its label table.
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

# What Green adds. `riot` is in its pages of 2018, the others in those of 2026.
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

# `keyword` is not in the document: it stands for a word of the customer's own list, which some providers report.
TEXT_LABELS = ("spam", "politics", "abuse", "terrorism", "porn", "flood", "contraband", "ad", "keyword")

# The label that is meant when only the scene is named.
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

# The rate of a clean answer, as captured from the service; those after live by analogy, tag as its document prints it.
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

# Labels that only say what a picture shows are for a human to review.
_REVIEWED: Mapping[str | None, float] = {"sexy": 62.11, "ocr": 99.91, "sface": 99.91, "tag": 99.2}


def find_usual(label: str | None) -> tuple[Suggestion, float]:
    """Return the suggestion and rate of a label when a verdict says no more."""
    if label == "normal":
        return "pass", _RATES["pass"]
    if label in _REVIEWED:
        return "review", _REVIEWED[label]
    return "block", _RATES["block"]


def choose_rate(label: str | None, suggestion: Suggestion) -> float:
    """Return the rate of a finding that has none: its label's usual one, or its suggestion's if that is not usual."""
    usually, rate = find_usual(label)
    return rate if suggestion == usually else _RATES[suggestion]


def find_worst(suggestions: list[Suggestion]) -> Suggestion:
    return max(suggestions, key=SUGGESTIONS.index, default="pass")
