"""What one scene reports of everything that was found."""

import pytest

from emulator.fake.ids import Ids
from emulator.rules.outcome import Finding
from emulator.rules.scenes import choose_hit_words, choose_text_label, find_gravest_in, find_scene


def make_finding(scene: str | None, label: str | None, suggestion: str = "block", rate: float = 99.91) -> Finding:
    return Finding(scene, label, suggestion, rate)


@pytest.mark.parametrize(
    ("finding", "scenes", "expected"),
    [
        (make_finding("porn", "porn"), ["ad", "porn"], "porn"),
        (make_finding("porn", "porn"), ["ad"], "porn"),  # which nobody asked for
        (make_finding("ad", "porn"), ["porn"], "ad"),
        (make_finding(None, "smoking"), ["porn", "live"], "live"),
        (make_finding(None, "smoking"), ["porn"], None),
        (make_finding(None, "politics"), ["ad", "terrorism"], "ad"),
        (make_finding(None, "politics"), ["terrorism", "ad"], "terrorism"),
        (make_finding(None, None), ["logo", "ad"], "logo"),
        (make_finding("ad", "qrcode"), ["qrcode"], "qrcode"),
        (make_finding("qrcode", "qrcode"), ["ad"], "ad"),
        (make_finding("qrcode", "programCode"), ["ad", "qrcode"], "qrcode"),
        (make_finding("ad", "programCode"), ["qrcode", "ad"], "ad"),
        (make_finding("ad", "qrcode"), ["porn"], None),
        (make_finding("ad", "spam"), ["qrcode"], "ad"),
    ],
)
def test_a_finding_is_reported_in_its_scene(finding: Finding, scenes: list[str], expected: str | None) -> None:
    assert find_scene(finding, scenes) == expected


def test_the_gravest_finding_of_a_scene_is_shown() -> None:
    findings = [
        make_finding("porn", "sexy", "review", 99.0),
        make_finding("porn", "porn", "block", 80.0),
        make_finding("porn", "porn", "block", 85.0),
        make_finding("porn", "sexy", "block", 85.0),
        make_finding("ad", "ad"),
    ]
    assert find_gravest_in("porn", findings, ["porn"]) == findings[2]
    assert find_gravest_in("ad", findings, ["porn", "ad"]) == findings[4]
    assert find_gravest_in("live", findings, ["live"]) is None


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (make_finding(None, "spam"), "spam"),
        (make_finding("porn", "sexy"), "porn"),
        (make_finding("ad", "npx"), "ad"),
        (make_finding("ad", "contraband"), "contraband"),
        (make_finding(None, None), "first"),
        (make_finding("logo", "TV"), None),
        (make_finding(None, "keyword"), "keyword"),
    ],
)
def test_labels_of_texts(finding: Finding, expected: str | None) -> None:
    assert choose_text_label(finding, "first") == expected


def test_words_that_were_hit() -> None:
    ids = Ids()
    found = make_finding(None, "ad")._replace(contexts=("bb", "zz", "aa"))
    assert choose_hit_words(found, "aa bb", "ad", ids) == ["bb", "aa"]
    (some,) = choose_hit_words(make_finding(None, "ad"), "a long text", "ad", ids)
    assert some in "a long text"
    assert choose_hit_words(make_finding(None, "ad"), "a long text", "ad", Ids()) == [some]
    assert choose_hit_words(make_finding(None, "ad"), "x", "ad", ids) == ["x"]
    assert choose_hit_words(make_finding(None, "ad")._replace(contexts=()), "a long text", "ad", ids) == []
