"""The one verdict vocabulary: scenes and labels of Alibaba's imageaudit document (version 20201105, sections 2 and 3).

Each provider projects it onto its own form.
"""

from collections.abc import Mapping

Suggestion = str
SUGGESTIONS: tuple[Suggestion, ...] = ("pass", "review", "block")

# `drug` stands in the document's sample answer under live, not in its label table.
SCENES: Mapping[str, tuple[str, ...]] = {
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

# `keyword` is no label of the document: a word of the customer's own list, which some providers report.
TEXT_LABELS = ("spam", "politics", "abuse", "terrorism", "porn", "flood", "contraband", "ad", "keyword")

# The label meant when only the scene is named.
SCENE_LABEL: Mapping[str, str] = {
    "porn": "porn",
    "terrorism": "violence",
    "ad": "ad",
    "live": "meaningless",
    "logo": "TV",
}

# Confidence of a clean answer: as captured from the service, logo by analogy.
CLEAN_RATE: Mapping[str, float] = {"porn": 99.9, "terrorism": 100.0, "ad": 99.91, "live": 99.91, "logo": 99.9}
CLEAN_TEXT_RATE = 99.91

REVIEW_RATE, BLOCK_RATE, PASS_RATE = 62.11, 99.91, 99.9


def usual(label: str | None) -> tuple[Suggestion, float]:
    """What a label means when a verdict says no more."""
    if label == "normal":
        return "pass", PASS_RATE
    return ("review", REVIEW_RATE) if label == "sexy" else ("block", BLOCK_RATE)


def worst(suggestions: list[Suggestion]) -> Suggestion:
    return max(suggestions, key=SUGGESTIONS.index, default="pass")
