"""The extra data of a result, plausible and for the same picture always the same.

Which label brings which list is documented by scene only; the choice by label, and all values, are ours.
"""

from typing import Any

from emulator.providers.aliyun_green.tasks import Check
from emulator.world.frames import addresses, counted, rated, share
from emulator.world.identities import Portrait
from emulator.world.images import sampled
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
            lists["ocrData"] = list(finding.contexts or ()) or [portrait.sentence()]
    return lists


def _box(portrait: Portrait, subject: Subject) -> dict[str, float]:
    picture = subject.picture
    width, height = (picture.width, picture.height) if picture else (None, None)
    box = portrait.box(width or _WIDTH, height or _HEIGHT)
    return {"x": box["X"], "y": box["Y"], "w": box["Width"], "h": box["Height"]}


def inspected(check: Check, verdict: Verdict) -> list[str]:
    """The addresses of the pieces inspected of a moving or long picture, the same for all scenes; none without an
    interval.
    """
    task, visit = check.task, check.visit
    if "interval" not in task or (count := verdict.frames or counted(check.subject, check.world.identities)) == 1:
        return []
    interval, most = int(task["interval"]), int(task.get("maxFrames", 1))  # JSON may write 1.0
    numbers = sampled(count, interval, min(most, share(len(visit.call.params["tasks"]))))
    return addresses(visit.account, visit.host, task["url"], numbers)


def frames(check: Check, pieces: list[str], rate: float) -> dict[str, Any]:
    """The pieces inspected, each with its rate in one scene."""
    if not pieces:
        return {}
    told = rated(pieces, check.task["url"], rate, check.world.identities)
    return {"frames": [{"url": address, "rate": each} for address, each in told]}
