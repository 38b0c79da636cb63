"""What one scene reports of everything that was found."""

import pytest

from emulator.fake.ids import Ids
from emulator.rules.outcome import Finding
from emulator.rules.scenes import choose_hit_words, choose_text_label, find_scene, find_worst


def found(scene: str | None, label: str | None, suggestion: str = "block", rate: float = 99.91) -> Finding:
    return Finding(scene, label, suggestion, rate)


@pytest.mark.parametrize(
    ("finding", "scenes", "expected"),
    [
        (found("porn", "porn"), ["ad", "porn"], "porn"),
        (found("porn", "porn"), ["ad"], "porn"),  # which nobody asked for
        (found("ad", "porn"), ["porn"], "ad"),
        (found(None, "smoking"), ["porn", "live"], "live"),
        (found(None, "smoking"), ["porn"], None),
        (found(None, "politics"), ["ad", "terrorism"], "ad"),
        (found(None, "politics"), ["terrorism", "ad"], "terrorism"),
        (found(None, None), ["logo", "ad"], "logo"),
        (found("ad", "qrcode"), ["qrcode"], "qrcode"),
        (found("qrcode", "qrcode"), ["ad"], "ad"),
        (found("qrcode", "programCode"), ["ad", "qrcode"], "qrcode"),
        (found("ad", "programCode"), ["qrcode", "ad"], "ad"),
        (found("ad", "qrcode"), ["porn"], None),
        (found("ad", "spam"), ["qrcode"], "ad"),
    ],
)
def test_a_finding_is_reported_in_its_scene(finding: Finding, scenes: list[str], expected: str | None) -> None:
    assert find_scene(finding, scenes) == expected


def test_the_gravest_finding_of_a_scene_is_shown() -> None:
    findings = [
        found("porn", "sexy", "review", 99.0),
        found("porn", "porn", "block", 80.0),
        found("porn", "porn", "block", 85.0),
        found("porn", "sexy", "block", 85.0),
        found("ad", "ad"),
    ]
    assert find_worst("porn", findings, ["porn"]) == findings[2]
    assert find_worst("ad", findings, ["porn", "ad"]) == findings[4]
    assert find_worst("live", findings, ["live"]) is None


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (found(None, "spam"), "spam"),
        (found("porn", "sexy"), "porn"),
        (found("ad", "npx"), "ad"),
        (found("ad", "contraband"), "contraband"),
        (found(None, None), "first"),
        (found("logo", "TV"), None),
        (found(None, "keyword"), "keyword"),
    ],
)
def test_labels_of_texts(finding: Finding, expected: str | None) -> None:
    assert choose_text_label(finding, "first") == expected


def test_words_that_were_hit() -> None:
    ids = Ids()
    told = found(None, "ad")._replace(contexts=("bb", "zz", "aa"))
    assert choose_hit_words(told, "aa bb", "ad", ids) == ["bb", "aa"]
    (some,) = choose_hit_words(found(None, "ad"), "a long text", "ad", ids)
    assert some in "a long text"
    assert choose_hit_words(found(None, "ad"), "a long text", "ad", Ids()) == [some]
    assert choose_hit_words(found(None, "ad"), "x", "ad", ids) == ["x"]
    assert choose_hit_words(found(None, "ad")._replace(contexts=()), "a long text", "ad", ids) == []
