"""The detail lists of ScanImage, filled with plausible data that the same picture always gets again.

Which label brings which list is documented by scene only; the choice by label, and all values, are ours.
"""

from typing import Any

from emulator.provider import Visit
from emulator.world import World
from emulator.world.frames import addresses, counted, rated, share
from emulator.world.identities import Portrait
from emulator.world.images import sampled
from emulator.world.verdicts.outcome import Finding, Verdict
from emulator.world.verdicts.subject import Subject

_TEXT_IN_PICTURE = frozenset({"politics", "porn", "abuse", "terrorism", "contraband", "spam", "npx", "ad"})
_WIDTH, _HEIGHT = 750, 1000  # of a picture whose size is not known


def of_label(scene: str, label: str, finding: Finding, subject: Subject, world: World) -> dict[str, Any]:
    """The lists that go with a label: words and text for ad, logos (whose Type is TV by the table, whatever the label),
    mini-program codes, faces.
    """
    if label == "normal":
        return {}
    portrait = world.identities.portrait(subject.facts.get("url") or subject.facts.get("sha256", ""), scene, label)
    if scene == "ad" and label in _TEXT_IN_PICTURE:
        words = (portrait.word(),) if finding.contexts is None else finding.contexts
        hints = {"HintWordsInfoList": [{"Context": word} for word in words]} if words else {}
        return {**hints, "OCRDataList": [f"{portrait.sentence()}{''.join(words)}"]}
    if scene == "ad" and label == "programCode":
        return {"ProgramCodeDataList": [_box(portrait, subject, world)]}
    if scene == "logo":
        name = portrait.station() if label == "TV" else portrait.brand()
        return {"LogoDataList": [{"Name": name, "Type": "TV", **_box(portrait, subject, world)}]}
    if scene == "terrorism" and label == "politics":
        face = {
            "Id": f"AliFace_{portrait.number(0, 9_999_999):07d}",
            "Name": portrait.name(),
            "Rate": finding.rate,
        }
        return {"SfaceDataList": [{"Faces": [face], **_box(portrait, subject, world)}]}
    return {}


def _box(portrait: Portrait, subject: Subject, world: World) -> dict[str, float]:
    picture = subject.picture
    width, height = (picture.width, picture.height) if picture else (None, None)
    box = portrait.box(width or _WIDTH, height or _HEIGHT)
    if world.settings.quirks["imageaudit.sample_spelling"]:
        box["y"] = box["Y"]
    return box


def inspected(visit: Visit, task: dict[str, str], subject: Subject, verdict: Verdict, world: World) -> list[str]:
    """The addresses of the pieces inspected of a moving or long picture with an Interval, the same for all scenes."""
    count = verdict.frames or counted(subject, world.identities)
    if count == 1:
        return []
    most = min(int(task.get("MaxFrames", "1")), share(len(visit.call.params["Task"])))
    numbers = sampled(count, int(task["Interval"]), most)
    return addresses(visit.account, visit.host, task["ImageURL"], numbers)


def frames(pieces: list[str], subject: Subject, rate: float, world: World) -> dict[str, Any]:
    """The pieces inspected, each with its rate in one scene."""
    if not pieces:
        return {}
    told = rated(pieces, str(subject.facts["url"]), rate, world.identities)
    return {"Frames": [{"Rate": each, "URL": address} for address, each in told]}
