"""The extra data of a result, plausible and for the same picture always the same.

Which label brings which list is documented by scene only; the choice by label, and all values, are ours.
"""

from typing import Any

from emulator.providers.aliyun_green.tasks import Check
from emulator.world.frames import address, counted, inspected
from emulator.world.identities import Portrait
from emulator.world.verdicts.outcome import Finding, Verdict
from emulator.world.verdicts.subject import Subject

_WORDS = frozenset({"politics", "porn", "abuse", "terrorism", "contraband", "spam", "npx", "ad"})  # of scene ad
_WIDTH, _HEIGHT = 750, 1000  # of a picture whose size is not known


def of_label(check: Check, scene: str, label: str, finding: Finding) -> dict[str, Any]:
    """The lists that go with a label: words, codes, logos, faces, text."""
    portrait = check.world.identities.portrait(check.task["url"], scene, label)
    box = _box(portrait, check.subject)
    lists: dict[str, Any] = {}
    match scene, label:
        case _, "normal":
            pass
        case "ad", _ if label in _WORDS:
            lists["hintWordsInfo"] = [{"context": word} for word in finding.contexts or (portrait.word(),)]
        case "ad" | "qrcode", "qrcode":
            lists["qrcodeData"] = [f"https://code.example.test/{portrait.number(0, 9_999_999):07d}"]
            lists["qrcodeLocations"] = [box]
        case "ad" | "qrcode", "programCode":
            lists["programCodeData"] = [box]
        case "logo", _:
            name = portrait.station() if label == "TV" else portrait.brand()
            lists["logoData"] = [{"type": label, "name": name, **box}]
        case ("terrorism", "politics") | ("sface", _):
            face = {"name": portrait.name(), "rate": finding.rate, "id": f"AliFace_{portrait.number(0, 9_999_999):07d}"}
            lists["sfaceData"] = [{"faces": [face], **box}]
        case "ocr", _:
            lists["ocrData"] = list(finding.contexts) or [portrait.sentence()]
    return lists


def _box(portrait: Portrait, subject: Subject) -> dict[str, float]:
    picture = subject.picture
    width, height = (picture.width, picture.height) if picture else (None, None)
    box = portrait.box(width or _WIDTH, height or _HEIGHT)
    return {"x": box["X"], "y": box["Y"], "w": box["Width"], "h": box["Height"]}


def frames(check: Check, verdict: Verdict, rate: float) -> dict[str, Any]:
    """The pieces inspected of a moving or long picture, each with a temporary address; only with an interval."""
    task, visit, identities = check.task, check.visit, check.world.identities
    count = verdict.frames or counted(check.subject, identities)
    if "interval" not in task or count == 1:
        return {}
    interval, most = int(task["interval"]), int(task.get("maxFrames", 1))  # JSON may write 1.0
    pieces = inspected(task["url"], count, interval, most, rate, identities)
    return {
        "frames": [
            {"url": address(visit.host, visit.account, task["url"], number), "rate": each} for number, each in pieces
        ]
    }
