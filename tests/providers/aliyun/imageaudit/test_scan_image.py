"""ScanImage: what each verdict becomes, scene by scene."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import scan_image

URL = "https://a.test/x.jpg"
ALL = ("porn", "terrorism", "ad", "live", "logo")
LABELS = {  # section 3, and the label of its sample answer
    "porn": "normal sexy porn",
    "terrorism": "normal bloody explosion outfit logo weapon politics violence crowd parade carcrash flag location "
    "others",
    "ad": "normal politics porn abuse terrorism contraband spam npx qrcode programCode ad",
    "live": "normal meaningless PIP smoking drivelive drug",
    "logo": "normal TV trademark",
}
PLACES = [(scene, label) for scene, labels in LABELS.items() for label in labels.split()]
CLEAN = {"porn": 99.9, "terrorism": 100.0, "ad": 99.91, "live": 99.91, "logo": 99.9}  # captured; logo by analogy

Row = tuple[str, str, str, float]


def fetch_rows(live: RunningServer, url: str = URL, scenes: tuple[str, ...] = ALL) -> list[Row]:
    """Return scene, label, suggestion and rate of each result of one picture."""
    answer = scan_image(live, url, scenes=scenes)
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["Data"]["Results"]
    return [(sub["Scene"], sub["Label"], sub["Suggestion"], sub["Rate"]) for sub in result["SubResults"]]


def list_clean_rows(*scenes: str) -> list[Row]:
    return [(scene, "normal", "pass", CLEAN[scene]) for scene in scenes]


def fetch_rows_by_rule(live: RunningServer, verdict: Any, *scenes: str) -> list[Row]:
    live.push_rule({"url": URL}, verdict=verdict)
    return fetch_rows(live, scenes=scenes)


def test_a_clean_picture_passes_each_scene(live: RunningServer) -> None:
    assert fetch_rows(live) == list_clean_rows(*ALL)


@pytest.mark.parametrize("scenes", [*permutations(("porn", "ad", "logo")), ("live",), tuple(reversed(ALL))])
def test_results_stand_in_the_order_of_scenes(live: RunningServer, scenes: tuple[str, ...]) -> None:
    assert fetch_rows(live, scenes=scenes) == list_clean_rows(*scenes)


@pytest.mark.parametrize(("scene", "label"), PLACES)
def test_every_documented_label(live: RunningServer, scene: str, label: str) -> None:
    usual = {"normal": ("pass", 99.9), "sexy": ("review", 62.11)}.get(label, ("block", 99.91))
    others = [other for other in ALL if other != scene]
    for found in (
        fetch_rows(live, f"https://a.test/emu-{scene}-{label}.jpg"),
        fetch_rows_by_rule(live, f"{scene}/{label}", *ALL),
    ):
        assert [row for row in found if row[0] != scene] == list_clean_rows(*others)
        (own,) = [row for row in found if row[0] == scene]
        assert own[:3] == (scene, label, usual[0])
        assert own[3] == usual[1] or label == "normal"


@pytest.mark.parametrize(
    ("verdict", "scenes", "expected"),
    [
        ("pass", ("ad", "porn"), list_clean_rows("ad", "porn")),
        ("block", ("ad", "porn"), [("ad", "ad", "block", 99.91), *list_clean_rows("porn")]),
        ("block", ("terrorism",), [("terrorism", "violence", "block", 99.91)]),
        ("review", ("live",), [("live", "meaningless", "review", 62.11)]),
        ("review", ("logo", "ad"), [("logo", "TV", "review", 62.11), *list_clean_rows("ad")]),
        ("porn", ("ad", "porn"), [*list_clean_rows("ad"), ("porn", "porn", "block", 99.91)]),
        ("terrorism", ("terrorism",), [("terrorism", "violence", "block", 99.91)]),
        ("live", ("live",), [("live", "meaningless", "block", 99.91)]),
        ("sexy", ("porn",), [("porn", "sexy", "review", 62.11)]),
        ("smoking", ("ad", "live"), [*list_clean_rows("ad"), ("live", "smoking", "block", 99.91)]),
        (
            "politics",
            ("porn", "ad", "terrorism"),
            [*list_clean_rows("porn"), ("ad", "politics", "block", 99.91), *list_clean_rows("terrorism")],
        ),
        ("politics", ("terrorism", "ad"), [("terrorism", "politics", "block", 99.91), *list_clean_rows("ad")]),
        ("flood", ("porn", "ad"), list_clean_rows("porn", "ad")),
        ("porn", ("ad", "logo"), list_clean_rows("ad", "logo")),
    ],
)
def test_short_verdicts_become_results_by_scene(
    live: RunningServer, verdict: str, scenes: tuple[str, ...], expected: list[Row]
) -> None:
    assert fetch_rows_by_rule(live, verdict, *scenes) == expected


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        ({"scene": "porn"}, ("porn", "porn", "block", 99.91)),
        ({"scene": "porn", "label": "sexy"}, ("porn", "sexy", "review", 62.11)),
        ({"scene": "porn", "suggestion": "review"}, ("porn", "porn", "review", 62.11)),
        ({"scene": "porn", "label": "sexy", "suggestion": "block"}, ("porn", "sexy", "block", 99.91)),
        ({"scene": "porn", "label": "porn", "suggestion": "pass"}, ("porn", "porn", "pass", 99.9)),
        ({"scene": "porn", "suggestion": "review", "rate": 99}, ("porn", "porn", "review", 99.0)),
        ({"scene": "porn", "suggestion": "block", "rate": 0}, ("porn", "porn", "block", 0.0)),
        ({"label": "sexy", "rate": 100}, ("porn", "sexy", "block", 100.0)),
        *[
            ({"scene": "porn", "rate": rate}, ("porn", "porn", suggestion, float(rate)))
            for rate, suggestion in (
                *((100, "block"), (80.01, "block"), (80, "block"), (79.99, "review")),
                *((50, "review"), (49.99, "review"), (0, "review")),
            )
        ],
    ],
)
def test_long_verdicts_become_one_result(live: RunningServer, finding: dict[str, Any], expected: Row) -> None:
    assert fetch_rows_by_rule(live, {"findings": [finding]}, "porn") == [expected]


@pytest.mark.parametrize(
    ("rate", "suggestion"), [("100.0", "block"), ("80.0", "block"), ("79.99", "review"), ("49.9", "review")]
)
def test_a_rate_in_a_magic_word(live: RunningServer, rate: str, suggestion: str) -> None:
    found = fetch_rows(live, f"https://a.test/emu-porn-sexy-{rate}.jpg", ("porn",))
    assert found == [("porn", "sexy", suggestion, float(rate))]


@pytest.mark.parametrize("number", ["1", "7", "20261128"])
def test_a_number_in_the_name_of_a_file_is_no_rate(live: RunningServer, number: str) -> None:
    found = fetch_rows(live, f"https://a.test/emu-porn-{number}.jpg", ("porn",))
    assert found == [("porn", "porn", "block", 99.91)]
    (got, *_) = live.control("GET", "journal").json()["items"]
    warned = (
        [] if len(number) > 3 else [f"magic word emu-porn: {number} is no rate, for emu-porn-{number}.0 would be one"]
    )
    assert got["warnings"] == warned


def test_thresholds_are_a_setting(start: Callable[..., RunningServer]) -> None:
    live = start({"thresholds": {"block": 60, "review": 10}})
    for rate, suggestion in ((60, "block"), (59.99, "review"), (10, "review"), (9.99, "review")):
        assert fetch_rows_by_rule(live, {"findings": [{"scene": "ad", "rate": rate}]}, "ad") == [
            ("ad", "ad", suggestion, rate)
        ]
    assert fetch_rows(live, "https://a.test/emu-ad-60.0", ("ad",)) == [("ad", "ad", "block", 60.0)]


def test_findings_in_several_scenes(live: RunningServer) -> None:
    findings = [{"scene": "logo", "label": "trademark"}, {"scene": "porn", "rate": 70}]
    expected = [("porn", "porn", "review", 70.0), *list_clean_rows("ad"), ("logo", "trademark", "block", 99.91)]
    assert fetch_rows_by_rule(live, {"findings": findings}, "porn", "ad", "logo") == expected
    assert fetch_rows(live, "https://a.test/emu-logo-trademark.emu-porn-70.0", ("porn", "ad", "logo")) == expected


@pytest.mark.parametrize(
    ("findings", "label"),
    [
        ([("sexy", "review", 70), ("porn", "block", 60)], "porn"),
        ([("porn", "block", 60), ("sexy", "review", 99)], "porn"),
        ([("porn", "review", 60), ("sexy", "review", 99)], "sexy"),
        ([("sexy", "review", 70), ("porn", "review", 70)], "sexy"),
        ([("sexy", "pass", 99), ("porn", "review", 1)], "porn"),
    ],
)
def test_the_gravest_finding_of_a_scene_is_shown(
    live: RunningServer, findings: list[tuple[str, str, float]], label: str
) -> None:
    written = [{"scene": "porn", "label": name, "suggestion": s, "rate": rate} for name, s, rate in findings]
    (row,) = fetch_rows_by_rule(live, {"findings": written}, "porn")
    assert row[1] == label


def test_findings_of_scenes_nobody_asked_for_are_not_shown(live: RunningServer) -> None:
    assert fetch_rows_by_rule(live, "logo/TV", "porn", "ad") == list_clean_rows("porn", "ad")


@pytest.mark.parametrize("scene", ["sface", "qrcode", "Porn", "", " porn", "normal", "antispam"])
def test_an_unknown_scene_is_refused(live: RunningServer, scene: str) -> None:
    answer = scan_image(live, URL, scenes=("porn", scene))
    assert (answer.status_code, answer.json()["Code"]) == (400, "InvalidParameter.BadRequest")


def test_what_is_known_of_a_call_in_the_journal(live: RunningServer) -> None:
    fetch_rows(live, "https://a.test/dir/emu-porn.jpg?x=1")
    entry = live.list_entries()[0]
    assert (entry.outcome, entry.decided_by) == ("verdict", ("magic", None, "emu-porn"))
    kind, number, facts, *_ = entry.items[0]
    assert (kind, number, facts["filename"]) == ("picture", 1, "emu-porn.jpg")
