"""What a scene of a picture, or a text, reports of everything that was found."""

from collections.abc import Sequence

from emulator.fake.ids import Ids
from emulator.rules.labels import SCENES, TEXT_LABELS
from emulator.rules.outcome import Finding, find_gravest

_CODES = ("ad", "qrcode")  # these scenes report the same QR and other codes by the same labels


def find_gravest_in(scene: str, findings: Sequence[Finding], scenes: Sequence[str]) -> Finding | None:
    """Return what a scene reports: its gravest finding, the first of several equal ones. None if nothing belongs to it.

    Findings of scenes that were not asked for are not reported.
    """
    own = [finding for finding in findings if find_scene(finding, scenes) == scene]
    return find_gravest(own) if own else None


def find_scene(finding: Finding, scenes: Sequence[str]) -> str | None:
    """Return the scene that a finding belongs to; None if it belongs to no scene that was asked for.

    It is the scene that the finding names, even if nobody asked for it. Else it is the first scene asked for that knows
    its label, or simply the first if it has no label. A code that was found belongs to whichever scene for codes was
    asked for.
    """
    if finding.scene in _CODES and finding.label in SCENES["qrcode"]:
        return next((scene for scene in (finding.scene, *_CODES) if scene in scenes), None)
    if finding.scene is not None:
        return finding.scene
    if finding.label is None:
        return scenes[0]
    return next((scene for scene in scenes if finding.label in SCENES.get(scene, ())), None)


def choose_text_label(finding: Finding, first: str) -> str | None:
    """Return the label of a finding for a text; None where texts do not know it.

    It is the label of the finding, else its scene if texts know that (porn, terrorism, ad). A finding that names
    neither gets the `first` label asked for.
    """
    if finding.scene is None and finding.label is None:
        return first
    return next((name for name in (finding.label, finding.scene) if name in TEXT_LABELS), None)


def choose_hit_words(finding: Finding, text: str, label: str, ids: Ids) -> list[str]:
    """Return the words of a text that were hit.

    There are none if the finding says so. If nothing says which were hit, some words are chosen, always the same.
    """
    if finding.contexts == ():
        return []
    words = [word for word in finding.contexts or () if word in text]
    if words:
        return words
    fake_data = ids.make_fake_data(text, label)
    length = min(len(text), fake_data.draw_number(2, 8))
    start = fake_data.draw_number(0, len(text) - length)
    return [text[start : start + length]]
