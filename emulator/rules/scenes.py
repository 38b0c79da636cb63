"""What one scene of a picture, or one text, reports of everything that was found."""

from collections.abc import Sequence

from emulator.fake.ids import Ids
from emulator.rules.labels import SCENES, TEXT_LABELS
from emulator.rules.outcome import Finding, find_gravest

_CODES = ("ad", "qrcode")  # two scenes that report the same codes by the same labels


def find_worst(scene: str, findings: Sequence[Finding], scenes: Sequence[str]) -> Finding | None:
    """What a scene reports: its gravest finding, the first among equals. Findings of scenes that nobody asked for are
    not shown.
    """
    own = [finding for finding in findings if find_scene(finding, scenes) == scene]
    return find_gravest(own) if own else None


def find_scene(finding: Finding, scenes: Sequence[str]) -> str | None:
    """The scene a finding belongs to: its own, else the first asked for that knows its label, else the first.

    A code that was found belongs to whichever scene for codes was asked for.
    """
    if finding.scene in _CODES and finding.label in SCENES["qrcode"]:
        return next((scene for scene in (finding.scene, *_CODES) if scene in scenes), None)
    if finding.scene is not None:
        return finding.scene
    if finding.label is None:
        return scenes[0]
    return next((scene for scene in scenes if finding.label in SCENES.get(scene, ())), None)


def choose_text_label(finding: Finding, first: str) -> str | None:
    """A finding's label for a text: its own, else its scene's if texts know it (porn, terrorism, ad), else, when it
    names neither, the `first` asked for.
    """
    if finding.scene is None and finding.label is None:
        return first
    return next((name for name in (finding.label, finding.scene) if name in TEXT_LABELS), None)


def choose_hit_words(finding: Finding, text: str, label: str, ids: Ids) -> list[str]:
    """The words of a text that were hit: none where the finding says so; where nothing says which, some words that are
    always the same.
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
