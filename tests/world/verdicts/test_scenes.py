"""What one scene reports of everything that was found."""

import pytest

from emulator.world.identities import Identities
from emulator.world.verdicts.outcome import Finding
from emulator.world.verdicts.scenes import home, text_label, words_hit, worst_in


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
def test_home(finding: Finding, scenes: list[str], expected: str | None) -> None:
    assert home(finding, scenes) == expected


def test_the_gravest_finding_of_a_scene_is_shown() -> None:
    findings = [
        found("porn", "sexy", "review", 99.0),
        found("porn", "porn", "block", 80.0),
        found("porn", "porn", "block", 85.0),
        found("porn", "sexy", "block", 85.0),
        found("ad", "ad"),
    ]
    assert worst_in("porn", findings, ["porn"]) == findings[2]
    assert worst_in("ad", findings, ["porn", "ad"]) == findings[4]
    assert worst_in("live", findings, ["live"]) is None


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
    assert text_label(finding, "first") == expected


def test_words_that_were_hit() -> None:
    identities = Identities()
    told = found(None, "ad")._replace(contexts=("bb", "zz", "aa"))
    assert words_hit(told, "aa bb", "ad", identities) == ["bb", "aa"]
    (some,) = words_hit(found(None, "ad"), "a long text", "ad", identities)
    assert some in "a long text"
    assert words_hit(found(None, "ad"), "a long text", "ad", Identities()) == [some]
    assert words_hit(found(None, "ad"), "x", "ad", identities) == ["x"]
    assert words_hit(found(None, "ad")._replace(contexts=()), "a long text", "ad", identities) == []
