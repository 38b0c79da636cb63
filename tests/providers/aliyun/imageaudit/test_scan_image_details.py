"""ScanImage: the detail lists that labels bring, plausible and always the same for the same picture."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.imageaudit.test_scan_image import ALL, PLACES
from tests.providers.aliyun.rpc_calls import scan_image

PLAIN = {"Suggestion", "Label", "Rate", "Scene"}
LISTS = {
    **{("ad", label): {"HintWordsInfoList", "OCRDataList"} for label in ("politics", "porn", "abuse", "terrorism")},
    **{("ad", label): {"HintWordsInfoList", "OCRDataList"} for label in ("contraband", "spam", "npx", "ad")},
    ("ad", "programCode"): {"ProgramCodeDataList"},
    ("logo", "TV"): {"LogoDataList"},
    ("logo", "trademark"): {"LogoDataList"},
    ("terrorism", "politics"): {"SfaceDataList"},
}
WIDTH, HEIGHT = 750, 1000  # assumed of a picture that nobody looked at


def fetch_results(live: RunningServer, url: str, *scenes: str) -> list[dict[str, Any]]:
    return list(scan_image(live, url, scenes=scenes or ALL).json()["Data"]["Results"][0]["SubResults"])


def fetch_result(live: RunningServer, scene: str, label: str, picture: str = "x") -> dict[str, Any]:
    """Return the result of one scene for a picture with this label."""
    (sub,) = fetch_results(live, f"https://a.test/{picture}/emu-{scene}-{label}.jpg", scene)
    return sub


@pytest.mark.parametrize(("scene", "label"), PLACES)
def test_lists_by_label(live: RunningServer, scene: str, label: str) -> None:
    sub = fetch_result(live, scene, label)
    assert sub.keys() - PLAIN == LISTS.get((scene, label), set())
    live.push_rule({"url": "https://a.test/ruled"}, verdict=f"{scene}/{label}")
    (ruled,) = fetch_results(live, "https://a.test/ruled", scene)
    assert ruled.keys() == sub.keys()
    others = [other for other in ALL if other != scene]
    for clean in fetch_results(live, f"https://a.test/x/emu-{scene}-{label}.jpg", *others):
        assert clean.keys() == PLAIN


def is_inside(box: dict[str, float]) -> bool:
    whole = all(isinstance(box[name], float) for name in ("X", "Y", "Width", "Height"))
    return whole and 0 <= box["X"] <= WIDTH - box["Width"] < WIDTH and 0 <= box["Y"] <= HEIGHT - box["Height"] < HEIGHT


@pytest.mark.parametrize("picture", [f"p{n}" for n in range(5)])
def test_each_detail_has_its_documented_form(live: RunningServer, picture: str) -> None:
    (words,) = fetch_result(live, "ad", "spam", picture)["HintWordsInfoList"]
    assert words.keys() == {"Context"}
    (text,) = fetch_result(live, "ad", "spam", picture)["OCRDataList"]
    assert words["Context"] in text
    (code,) = fetch_result(live, "ad", "programCode", picture)["ProgramCodeDataList"]
    assert code.keys() == {"X", "Y", "Width", "Height"}
    (face,) = fetch_result(live, "terrorism", "politics", picture)["SfaceDataList"]
    assert face.keys() == {"Faces", "X", "Y", "Width", "Height"}
    (person,) = face["Faces"]
    assert person.keys() == {"Id", "Name", "Rate"}
    assert re.fullmatch(r"AliFace_\d{7}", person["Id"])
    assert (bool(person["Name"]), person["Rate"]) == (True, 99.91)
    (logo,) = fetch_result(live, "logo", "TV", picture)["LogoDataList"]
    assert logo.keys() == {"Name", "Type", "X", "Y", "Width", "Height"}
    assert (logo["Type"], logo["Name"][-3:]) == ("TV", "电视台")
    (brand,) = fetch_result(live, "logo", "trademark", picture)["LogoDataList"]
    assert brand["Type"] == "TV", "the one value that the table of section 3 has"
    assert all(map(is_inside, (code, face, logo, brand)))


def test_words_that_a_rule_names_were_hit(live: RunningServer) -> None:
    finding = {"scene": "ad", "label": "contraband", "contexts": ["示例词", "另一词"]}
    live.push_rule({"url": {"contains": "words"}}, verdict={"findings": [finding]})
    (sub,) = fetch_results(live, "https://a.test/words.jpg", "ad")
    assert sub["HintWordsInfoList"] == [{"Context": "示例词"}, {"Context": "另一词"}]
    (text,) = sub["OCRDataList"]
    assert text.endswith("示例词另一词")


def test_no_words_are_reported_where_a_rule_says_so(live: RunningServer) -> None:
    live.push_rule(
        {"url": {"contains": "words"}}, verdict={"findings": [{"scene": "ad", "label": "ad", "contexts": []}]}
    )
    (sub,) = fetch_results(live, "https://a.test/words.jpg", "ad")
    assert "HintWordsInfoList" not in sub
    assert sub["OCRDataList"]


RICH = "https://a.test/emu-ad-spam.emu-logo.emu-terrorism-politics.gif"


def test_same_picture_same_details(live: RunningServer) -> None:
    first = fetch_results(live, RICH)
    assert fetch_results(live, RICH) == first
    assert fetch_results(live, RICH.replace("a.test", "b.test")) != first
    assert fetch_results(live, RICH, "logo", "ad") == [first[4], first[2]]


def test_same_details_from_start_to_start(start: Callable[..., RunningServer]) -> None:
    assert fetch_results(start(), RICH) == fetch_results(start(), RICH)


def test_what_was_asked_before_changes_no_details(start: Callable[..., RunningServer]) -> None:
    first, second = start(), start()
    for scene in ("ad", "terrorism", "logo"):
        fetch_results(first, RICH, scene)
    for scene in ("logo", "terrorism", "ad"):
        fetch_results(second, RICH, scene)
    assert fetch_results(first, RICH) == fetch_results(second, RICH)


def test_ids_are_new_all_the_same(live: RunningServer) -> None:
    ids = {scan_image(live, "https://a.test/").json()["Data"]["Results"][0]["TaskId"] for _ in range(20)}
    assert len(ids) == 20
    assert all(re.fullmatch(r"img[0-9A-Za-z$@]{22}-1[0-9A-Za-z$@]{5}", task_id) for task_id in ids)


def test_ids_too_repeat_with_a_seed(start: Callable[..., RunningServer]) -> None:
    def fetch_answers() -> list[Any]:
        live = start({"seed": 7})
        return [scan_image(live, "https://a.test/").json() for _ in range(3)]

    assert fetch_answers() == fetch_answers()
