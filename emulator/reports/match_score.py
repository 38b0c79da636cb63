"""Match score: how near conditions came to facts: which held, which failed, and what small change would help."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from emulator.rules.conditions import ITEM_KEYS, Condition, Fact, Facts

PICTURE_KEYS = frozenset({"sha256", "marker", "format", "width", "height"})

_COMPARED, _SHOWN, _VALUES = 200, 200, 10  # characters compared and shown of a text; values tried of a condition


class MatchScore(NamedTuple):
    """How near conditions came to facts.

    distance: The smaller, the nearer. A failed condition adds up to 1, less the more alike the texts are. A condition
        on a property of the item that holds takes off a half.
    matched: The conditions that hold.
    failed: The conditions that do not hold.
    """

    distance: float
    matched: tuple[Condition, ...]
    failed: tuple[Condition, ...]


def score_match(conditions: Iterable[Condition], facts: Facts) -> MatchScore:
    matched: list[Condition] = []
    failed: list[Condition] = []
    for condition in conditions:
        (matched if condition.holds(facts) else failed).append(condition)
    distance = -0.5 * sum(condition.key in ITEM_KEYS for condition in matched)
    distance += sum(1 - 0.9 * _score_likeness(condition, facts.get(condition.key)) for condition in failed)
    return MatchScore(distance, tuple(matched), tuple(failed))


def list_keys(conditions: Iterable[Condition]) -> list[str]:
    return list(dict.fromkeys(condition.key for condition in conditions))


def explain_failure(condition: Condition, facts: Facts, fetches_images: bool) -> dict[str, Any]:
    """Return why a condition failed, as {key, operator, expected, got, hint}.

    `fetches_images` says whether the emulator downloads the pictures behind URLs.
    """
    fact = facts.get(condition.key)
    expected = [_shorten(value) for value in condition.values[:_VALUES]]
    return {
        "key": condition.key,
        "operator": condition.operator,
        "expected": expected[0] if len(condition.values) == 1 else expected,
        "got": None if condition.key == "marker" else _shorten(fact),
        "hint": _explain_unknown(condition.key, facts, fetches_images) if fact is None else _find_hint(condition, fact),
    }


def list_readings(text: str) -> list[str]:
    """Return other texts that might have been meant by a text."""
    texts = [reading(text) for reading, _hint in _READINGS.values()]
    swapped = text.replace("https://", "http://") if "https://" in text else text.replace("http://", "https://")
    return [each for each in dict.fromkeys([*texts, swapped, quote(text, safe="/:?&=%#~")]) if each != text]


def _shorten(fact: Fact | None) -> str | int | None:
    if isinstance(fact, bytes):
        fact = fact.decode("utf-8", "replace")
    return fact[:_SHOWN] if isinstance(fact, str) else fact


def _explain_unknown(key: str, facts: Facts, fetches_images: bool) -> str:
    if key in PICTURE_KEYS and ITEM_KEYS & facts.keys():
        if "text" in facts:
            return "it is a text, not a picture"
        if "url" in facts and not fetches_images:
            return "no picture bytes: images.fetch is off"
        has_hash = key == "marker" and "sha256" in facts
        return "the journal did not keep the picture's bytes: use sha256" if has_hash else "not known of this picture"
    if key in ITEM_KEYS and not ITEM_KEYS & facts.keys():
        return "the call has no pictures or texts, or was refused before they were looked at"
    if key in ("url", "text", "filename"):
        return f"it has no {key}: it is a {'text' if 'text' in facts else 'picture'}"
    return _UNKNOWN.get(key, f"no {key} was sent")


_UNKNOWN = {
    "code": "the call was no error",
    "account": "the call named no account that is known here",
    "operation": "the call named no operation",
}


def _find_hint(condition: Condition, fact: Fact) -> str | None:
    """Return the small change that would make a condition hold, found by trying; None when nothing tried helps."""
    if not isinstance(fact, str):
        return None
    for reading, hint in _READINGS.values():
        if _matches_reading(condition, fact, reading):
            return hint
    values = [str(value) for value in condition.values[:_VALUES]]
    is_part = any(value in fact for value in values if value)
    if condition.operator == "equals" and is_part:
        return "a plain value is the whole text; this one is part of it: write {contains: ...}"
    if condition.operator == "glob" and _matches_values(condition, [f"*{value}*" for value in values], fact):
        return "a glob stands for the whole text: begin or end it with *"
    if condition.operator == "prefix" and is_part:
        return "it stands in the text, but not at its beginning: write {contains: ...}"
    return None


def _matches_reading(condition: Condition, fact: str, reading: Callable[[str], str]) -> bool:
    values = [str(value) for value in condition.values[:_VALUES]]
    if condition.operator != "regex":  # changing a text would change the special characters of a pattern
        values = [reading(value) for value in values]
    elif reading is _fold_case:
        values = [f"(?i){value}" for value in values]
    return _matches_values(condition, values, reading(fact))


def _matches_values(condition: Condition, values: Iterable[str], fact: str) -> bool:
    return Condition(condition.key, condition.operator, tuple(values)).holds({condition.key: fact})


def _fold_case(text: str) -> str:
    return text.casefold()


def _remove_blanks(text: str) -> str:
    return "".join(text.split())


def _simplify_url(text: str) -> str:
    return text.replace("https://", "http://").rstrip("/")


def _normalize(text: str) -> str:
    for reading in (_decode, _normalize_width, _remove_blanks, _fold_case, _simplify_url):
        text = reading(text)
    return text


def _decode(text: str) -> str:
    return unquote(text.replace("+", " "))


def _normalize_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


_READINGS: Mapping[str, tuple[Callable[[str], str], str]] = {
    "case": (_fold_case, "only capitals and small letters differ: texts are compared by case"),
    "blanks": (_remove_blanks, "only blanks differ"),
    "percent": (_decode, "only percent-encoding differs: urls and texts are compared as they were received"),
    "scheme": (_simplify_url, "only http and https, or a / at the end, differ"),
    "width": (_normalize_width, "only full-width and half-width characters differ"),
    "all": (_normalize, "only blanks, case, percent-encoding or http and https differ, more than one of them"),
}


def _score_likeness(condition: Condition, fact: Fact | None) -> float:
    """Return how alike a fact is to the likeliest value of a condition, from 0 to 1.

    A value that stands in the fact counts 1; else the common beginning and end count. Of a glob, the least alike plain
    part counts. A fact that is a number, or is compared with a regular expression, counts 0.1 if it is known.
    """
    if not isinstance(fact, str) or condition.operator == "regex":
        return 0.0 if fact is None else 0.1
    text = _normalize(fact[:_COMPARED])
    parts = [runs for runs in condition.list_literals(_VALUES) if runs]
    return max(
        (min(_score_overlap(_normalize(run[:_COMPARED]), text) for run in runs) ** 2 for runs in parts), default=0.0
    )


def _score_overlap(one: str, other: str) -> float:
    if one and one in other:
        return 1.0
    shorter = min(len(one), len(other))
    at = next((n for n in range(shorter) if one[n] != other[n]), shorter)
    left = shorter - at
    back = next((n for n in range(left) if one[-1 - n] != other[-1 - n]), left)
    return (at + back) / max(len(one), len(other), 1)
