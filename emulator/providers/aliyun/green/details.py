"""The extra data of a result: plausible, and always the same for the same picture.

The documents say only for each scene which lists it may bring. Which label brings which list is our choice, and so are
all values.
"""

from typing import Any

from emulator.fake.ids import FakeData
from emulator.media.images import sample_frames
from emulator.providers.aliyun.gateway.frames import count_frames, limit_frames, make_urls, rate_frames
from emulator.providers.aliyun.green.tasks import TaskCheck
from emulator.rules.decision import Item
from emulator.rules.outcome import Finding, Verdict

_WORDS = frozenset({"politics", "porn", "abuse", "terrorism", "contraband", "spam", "npx", "ad"})  # of scene ad
_WIDTH, _HEIGHT = 750, 1000  # of a picture whose size is not known


def build_details(check: TaskCheck, scene: str, label: str, finding: Finding) -> dict[str, Any]:
    """Return the lists that go with a label: words, codes, logos, faces, text."""
    fake_data = check.state.ids.make_fake_data(check.task["url"], scene, label)
    box = _make_box(fake_data, check.item)
    lists: dict[str, Any] = {}
    match scene, label:
        case _, "normal":
            pass
        case "ad", _ if label in _WORDS:
            if words := (fake_data.choose_word(),) if finding.contexts is None else finding.contexts:
                lists["hintWordsInfo"] = [{"context": word} for word in words]
        case "ad" | "qrcode", "qrcode":
            lists["qrcodeData"] = [f"https://code.example.test/{fake_data.draw_number(0, 9_999_999):07d}"]
            lists["qrcodeLocations"] = [box]
        case "ad" | "qrcode", "programCode":
            lists["programCodeData"] = [box]
        case "logo", _:
            name = fake_data.choose_station() if label == "TV" else fake_data.choose_brand()
            lists["logoData"] = [{"type": label, "name": name, **box}]
        case ("terrorism", "politics") | ("sface", _):
            face = {
                "name": fake_data.choose_name(),
                "rate": finding.rate,
                "id": f"AliFace_{fake_data.draw_number(0, 9_999_999):07d}",
            }
            lists["sfaceData"] = [{"faces": [face], **box}]
        case "ocr", _:
            if read := (fake_data.choose_sentence(),) if finding.contexts is None else finding.contexts:
                lists["ocrData"] = list(read)
    return lists


def _make_box(fake_data: FakeData, item: Item) -> dict[str, float]:
    picture = item.picture
    width, height = (picture.width, picture.height) if picture else (None, None)
    box = fake_data.draw_box(width or _WIDTH, height or _HEIGHT)
    return {"x": box["X"], "y": box["Y"], "w": box["Width"], "h": box["Height"]}


def list_frame_urls(check: TaskCheck, verdict: Verdict) -> list[str]:
    """Return the addresses of the frames or pieces of a picture that are inspected, the same for all scenes.

    There are none without an interval, and none of a picture that is neither moving nor long.
    """
    task, invocation = check.task, check.invocation
    if "interval" not in task or (count := verdict.frames or count_frames(check.item, check.state.ids)) == 1:
        return []
    interval, most = int(task["interval"]), int(task.get("maxFrames", 1))  # JSON may write 1.0
    numbers = sample_frames(count, interval, min(most, limit_frames(len(invocation.call.params["tasks"]))))
    return make_urls(invocation.account, invocation.host, task["url"], numbers)


def build_frames(check: TaskCheck, frame_urls: list[str], rate: float) -> dict[str, Any]:
    """Return the frames or pieces that are inspected, each with its rate in one scene."""
    if not frame_urls:
        return {}
    rated_frames = rate_frames(frame_urls, check.task["url"], rate, check.state.ids)
    return {"frames": [{"url": address, "rate": each} for address, each in rated_frames]}
