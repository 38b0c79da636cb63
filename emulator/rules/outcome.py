"""What a rule or a magic word can do to a picture, a text or a call."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from emulator.error_types import WrittenError
from emulator.rules.labels import (
    CORE,
    SCENE_LABEL,
    SCENES,
    SUGGESTIONS,
    TEXT_LABELS,
    Suggestion,
    choose_rate,
    find_usual,
    find_worst,
)
from emulator.types import FaultRequest


class Finding(NamedTuple):
    """One thing found in a picture or a text.

    scene: The scene it belongs to; None for the first scene asked for that knows its label.
    label: Its label; None without a scene too: then it belongs to the first scene asked for.
    suggestion: What to do: pass, review or block.
    rate: The confidence, in per cent.
    contexts: The words that were hit, in a text or in the text of a picture. Empty if none were; None if nobody says
        which.
    """

    scene: str | None
    label: str | None
    suggestion: Suggestion
    rate: float
    contexts: tuple[str, ...] | None = None


class Verdict(NamedTuple):
    """The verdict on one item. `frames` is the number of images in a moving or long picture, if that is given."""

    findings: tuple[Finding, ...] = ()
    suggestion: Suggestion = "pass"
    frames: int | None = None


class Error(NamedTuple):
    """An error by its code. `n` is the number of its task; `written` is what a rule says beside the code."""

    code: str
    n: int | None = None
    written: WrittenError | None = None


class Respond(NamedTuple):
    """A JSON merge patch over the answer that follows from `verdict`; None stands for a verdict that passes
    everything.
    """

    patch: Any
    verdict: Verdict | None = None


class Raw(NamedTuple):
    """A literal HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: str


Outcome = Verdict | Error | FaultRequest | Respond | Raw

_CLEAN = Verdict()


def find_verdict(outcome: object) -> Verdict:
    """Return the verdict that an outcome is or contains, else the verdict on a clean picture or text."""
    found = outcome.verdict if isinstance(outcome, Respond) else outcome
    return found if isinstance(found, Verdict) else _CLEAN


def find_gravest(findings: Iterable[Finding]) -> Finding:
    """Return the finding with the worst suggestion; of several, the one with the highest rate."""
    return max(findings, key=lambda found: (SUGGESTIONS.index(found.suggestion), found.rate))


def classify_rate(rate: float, thresholds: Mapping[str, float]) -> Suggestion:
    """Return the suggestion for a bare rate. The provider publishes no thresholds, so they are a setting."""
    if rate >= thresholds["block"]:
        return "block"
    return "review" if rate >= thresholds["review"] else "pass"


def suggest(scene: str | None, label: str | None, rate: float, thresholds: Mapping[str, float]) -> Suggestion:
    """Return the suggestion for a finding with this rate.

    A scene or label that is named counts as found: with a low rate, it is for a human to review.
    """
    if label == "normal":
        return "pass"
    by_rate = classify_rate(rate, thresholds)
    return "review" if by_rate == "pass" and (scene or label) else by_rate


def build_finding(
    data: Mapping[str, Any], thresholds: Mapping[str, float], fallback: Suggestion | None = None
) -> Finding:
    """Return the finding for the long form of a verdict. What is missing is filled as usual for its label."""
    scene, label = data.get("scene"), data.get("label")
    if label is None and scene is not None:
        label = SCENE_LABEL[scene]
    suggestion, rate = data.get("suggestion"), data.get("rate")
    if suggestion is None and rate is not None and fallback != "pass":
        suggestion = suggest(scene, label, rate, thresholds)
    if suggestion is None:
        suggestion = fallback or find_usual(label)[0]
    if rate is None:
        rate = choose_rate(label, suggestion)
    contexts = data.get("contexts")
    return Finding(scene, label, suggestion, float(rate), None if contexts is None else tuple(contexts))


def find_label(word: str) -> tuple[str | None, str | None] | None:
    """Return the scene and label that `scene`, `scene/label` or `label` names; None when it names nothing.

    A word that is both means the scene. A label known in two scenes needs its scene, unless texts know it too. The
    names of imageaudit are tried first, so that a word means the same for every provider.
    """
    scene, slash, label = word.partition("/")
    if slash:
        return (scene, label) if label in SCENES.get(scene, ()) else None
    if (word in TEXT_LABELS and word not in SCENES) or word == "normal":
        return None, word
    for table in (CORE, SCENES):
        if word in table:
            return word, SCENE_LABEL[word]
        owners = [scene for scene, labels in table.items() if word in labels]
        if owners:
            return (owners[0], word) if len(owners) == 1 else None
    return None


def build_verdict(data: str | Mapping[str, Any], thresholds: Mapping[str, float]) -> Verdict:
    """Return the verdict for its short form (`pass`, `porn`, `porn/sexy`, `spam`), or for its long form, which must fit
    the schema.

    Raises ValueError when the short form names nothing.
    """
    if isinstance(data, str):
        if data in SUGGESTIONS:
            found = (build_finding({}, thresholds, data),) if data != "pass" else ()
            return Verdict(found, data)
        named = find_label(data)
        if named is None:
            raise ValueError(data)
        suggestion, rate = find_usual(named[1])
        return Verdict((Finding(*named, suggestion, rate),), suggestion)
    given = data.get("suggestion")
    findings = tuple(build_finding(item, thresholds, given) for item in data.get("findings", ()))
    if not findings and given not in (None, "pass"):
        findings = (build_finding({}, thresholds, given),)
    return Verdict(findings, given or find_worst([found.suggestion for found in findings]), data.get("frames"))
