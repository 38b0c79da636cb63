"""The detail lists of ScanImage, filled with plausible data that the same picture always gets again.

Which label brings which list is documented by scene only; the choice by label, and all values, are ours.
"""

from typing import Any

from emulator.provider import Visit
from emulator.world import World
from emulator.world.frames import address, counted, inspected
from emulator.world.identities import Portrait
from emulator.world.verdicts.outcome import Finding, Verdict
from emulator.world.verdicts.subject import Subject

_TEXT_IN_PICTURE = frozenset({"politics", "porn", "abuse", "terrorism", "contraband", "spam", "npx", "ad"})
_WIDTH, _HEIGHT = 750, 1000  # of a picture whose size is not known


def of_label(scene: str, label: str, finding: Finding, subject: Subject, world: World) -> dict[str, Any]:
    """The lists that go with a label: words and text for ad, logos, mini-program codes, faces."""
    if label == "normal":
        return {}
    portrait = world.identities.portrait(subject.facts.get("url") or subject.facts.get("sha256", ""), scene, label)
    if scene == "ad" and label in _TEXT_IN_PICTURE:
        words = finding.contexts or (portrait.word(),)
        return {
            "HintWordsInfoList": [{"Context": word} for word in words],
            "OCRDataList": [f"{portrait.sentence()}{''.join(words)}"],
        }
    if scene == "ad" and label == "programCode":
        return {"ProgramCodeDataList": [_box(portrait, subject, world)]}
    if scene == "logo":
        name = portrait.station() if label == "TV" else portrait.brand()
        return {"LogoDataList": [{"Name": name, "Type": label, **_box(portrait, subject, world)}]}
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


def frames(
    visit: Visit, task: dict[str, str], subject: Subject, verdict: Verdict, rate: float, world: World
) -> dict[str, Any]:
    """The pieces inspected of a moving or long picture, each with a temporary address; only with an Interval."""
    if "Interval" not in task:
        return {}
    count = verdict.frames or counted(subject, world.identities)
    if count == 1:
        return {}
    url = task["ImageURL"]
    interval, most = int(task["Interval"]), int(task.get("MaxFrames", "1"))
    return {
        "Frames": [
            {"Rate": each, "URL": address(visit.host, visit.account, url, number)}
            for number, each in inspected(url, count, interval, most, rate, world.identities)
        ]
    }
