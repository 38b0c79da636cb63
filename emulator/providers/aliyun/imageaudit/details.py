"""The detail lists of ScanImage: plausible data, and always the same for the same picture.

The documents say only for each scene which lists it may bring. Which label brings which list is our choice, and so are
all values.
"""

from typing import Any

from emulator.fake.ids import FakeData
from emulator.media.images import sample_frames
from emulator.operation import Invocation
from emulator.providers.aliyun.gateway.frames import count_frames, limit_frames, make_urls, rate_frames
from emulator.rules.decision import Item
from emulator.rules.outcome import Finding, Verdict
from emulator.state import State

_TEXT_IN_PICTURE = frozenset({"politics", "porn", "abuse", "terrorism", "contraband", "spam", "npx", "ad"})
_WIDTH, _HEIGHT = 750, 1000  # of a picture whose size is not known


def build_details(scene: str, label: str, finding: Finding, item: Item, state: State) -> dict[str, Any]:
    """Return the lists that go with a label: words and text for ad, logos, mini-program codes, faces.

    The Type of a logo is TV by the table, whatever the label.
    """
    if label == "normal":
        return {}
    fake_data = state.ids.make_fake_data(item.facts.get("url") or item.facts.get("sha256", ""), scene, label)
    if scene == "ad" and label in _TEXT_IN_PICTURE:
        words = (fake_data.choose_word(),) if finding.contexts is None else finding.contexts
        hints = {"HintWordsInfoList": [{"Context": word} for word in words]} if words else {}
        return {**hints, "OCRDataList": [f"{fake_data.choose_sentence()}{''.join(words)}"]}
    if scene == "ad" and label == "programCode":
        return {"ProgramCodeDataList": [_make_box(fake_data, item, state)]}
    if scene == "logo":
        name = fake_data.choose_station() if label == "TV" else fake_data.choose_brand()
        return {"LogoDataList": [{"Name": name, "Type": "TV", **_make_box(fake_data, item, state)}]}
    if scene == "terrorism" and label == "politics":
        face = {
            "Id": f"AliFace_{fake_data.draw_number(0, 9_999_999):07d}",
            "Name": fake_data.choose_name(),
            "Rate": finding.rate,
        }
        return {"SfaceDataList": [{"Faces": [face], **_make_box(fake_data, item, state)}]}
    return {}


def _make_box(fake_data: FakeData, item: Item, state: State) -> dict[str, float]:
    picture = item.picture
    width, height = (picture.width, picture.height) if picture else (None, None)
    box = fake_data.draw_box(width or _WIDTH, height or _HEIGHT)
    if state.settings.quirks["imageaudit.sample_spelling"]:
        box["y"] = box["Y"]
    return box


def list_frame_urls(
    invocation: Invocation, task: dict[str, str], item: Item, verdict: Verdict, state: State
) -> list[str]:
    """Return the addresses of the frames or pieces that are inspected, the same for all scenes.

    There are none of a picture that is neither moving nor long. The task must have an Interval.
    """
    count = verdict.frames or count_frames(item, state.ids)
    if count == 1:
        return []
    most = min(int(task.get("MaxFrames", "1")), limit_frames(len(invocation.call.params["Task"])))
    numbers = sample_frames(count, int(task["Interval"]), most)
    return make_urls(invocation.account, invocation.host, task["ImageURL"], numbers)


def build_frames(frame_urls: list[str], item: Item, rate: float, state: State) -> dict[str, Any]:
    """Return the frames or pieces that are inspected, each with its rate in one scene."""
    if not frame_urls:
        return {}
    rated_frames = rate_frames(frame_urls, str(item.facts["url"]), rate, state.ids)
    return {"Frames": [{"Rate": each, "URL": address} for address, each in rated_frames]}
