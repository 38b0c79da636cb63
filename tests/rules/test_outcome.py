"""Verdicts in all their written forms, and the merge patch of a respond."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.merge_patch import apply_patch
from emulator.rules.labels import CORE, SCENE_LABEL, SCENES, SUGGESTIONS, TEXT_LABELS, find_usual, find_worst
from emulator.rules.outcome import (
    Error,
    Finding,
    Respond,
    Verdict,
    build_finding,
    build_verdict,
    classify_rate,
    find_label,
    find_verdict,
)

THRESHOLDS = {"block": 80, "review": 50}


def build_short(word: str) -> Verdict:
    return build_verdict(word, THRESHOLDS)


def build_one(form: dict[str, Any]) -> Finding:
    return build_finding(form, THRESHOLDS)


# -- the short form


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("pass", Verdict((), "pass")),
        ("review", Verdict((Finding(None, None, "review", 62.11),), "review")),
        ("block", Verdict((Finding(None, None, "block", 99.91),), "block")),
        ("porn", Verdict((Finding("porn", "porn", "block", 99.91),), "block")),
        ("terrorism", Verdict((Finding("terrorism", "violence", "block", 99.91),), "block")),
        ("ad", Verdict((Finding("ad", "ad", "block", 99.91),), "block")),
        ("live", Verdict((Finding("live", "meaningless", "block", 99.91),), "block")),
        ("logo", Verdict((Finding("logo", "TV", "block", 99.91),), "block")),
        ("porn/sexy", Verdict((Finding("porn", "sexy", "review", 62.11),), "review")),
        ("porn/normal", Verdict((Finding("porn", "normal", "pass", 99.9),), "pass")),
        ("ad/politics", Verdict((Finding("ad", "politics", "block", 99.91),), "block")),
        ("terrorism/politics", Verdict((Finding("terrorism", "politics", "block", 99.91),), "block")),
        ("sexy", Verdict((Finding("porn", "sexy", "review", 62.11),), "review")),
        ("qrcode", Verdict((Finding("ad", "qrcode", "block", 99.91),), "block")),
        ("normal", Verdict((Finding(None, "normal", "pass", 99.9),), "pass")),
        ("drug", Verdict((Finding("live", "drug", "block", 99.91),), "block")),
        ("ocr", Verdict((Finding("ocr", "ocr", "review", 99.91),), "review")),
        ("tag", Verdict((Finding("tag", "tag", "review", 99.2),), "review")),
        ("spam", Verdict((Finding(None, "spam", "block", 99.91),), "block")),
        ("keyword", Verdict((Finding(None, "keyword", "block", 99.91),), "block")),
    ],
)
def test_each_short_form_becomes_its_verdict(word: str, expected: Verdict) -> None:
    assert build_short(word) == expected


@pytest.mark.parametrize("scene", [scene for scene in SCENES if scene != "qrcode"])  # a label of ad as well
def test_a_scene_alone_stands_for_the_label_of_the_table(scene: str) -> None:
    assert build_short(scene) == build_short(f"{scene}/{SCENE_LABEL[scene]}")


@pytest.mark.parametrize(("scene", "label"), [(scene, label) for scene, labels in SCENES.items() for label in labels])
def test_every_pair_of_the_table(scene: str, label: str) -> None:
    (found,) = build_short(f"{scene}/{label}").findings
    assert found == Finding(scene, label, *find_usual(label))


def test_a_label_alone_is_taken_wherever_it_is_not_in_doubt() -> None:
    for table in (CORE, SCENES):
        homes: dict[str, list[str]] = {}
        for scene, labels in table.items():
            for label in labels:
                homes.setdefault(label, []).append(scene)
        for label, scenes in homes.items():
            if table is SCENES and any(label in labels for labels in CORE.values()):
                continue  # what imageaudit knows comes first
            if label in table:
                assert find_label(label) == (label, SCENE_LABEL[label])
            elif label in TEXT_LABELS or label == "normal":
                assert find_label(label) == (None, label)
            elif label == "gamble":
                assert (scenes, find_label(label)) == (["terrorism", "live"], None)
            else:
                assert find_label(label) == (scenes[0], label)
                assert len(scenes) == 1


def test_a_label_of_two_scenes_is_refused_when_it_names_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.rules.outcome.SCENES", {"a": ("both", "x"), "b": ("both", "politics")})
    assert find_label("both") is None
    assert find_label("a/both") == ("a", "both")
    assert find_label("x") == ("a", "x")
    assert find_label("politics") == (None, "politics")


@pytest.mark.parametrize(
    "word",
    [
        "",
        "prn",
        "Porn",
        "PASS",
        "porn/",
        "/porn",
        "porn/spam",
        "spam/porn",
        "porn/sexy/x",
        "sexy/porn",
        " porn",
        "porn sexy",
    ],
)
def test_short_forms_that_name_nothing(word: str) -> None:
    with pytest.raises(ValueError, match=f"^{word}$"):
        build_short(word)


# -- the long form


@pytest.mark.parametrize(
    ("rate", "suggestion"),
    [(0, "pass"), (49.99, "pass"), (50, "review"), (50.01, "review"), (79.99, "review"), (80, "block"), (100, "block")],
)
def test_a_rate_without_suggestion_goes_by_the_thresholds(rate: float, suggestion: str) -> None:
    assert classify_rate(rate, THRESHOLDS) == suggestion
    assert build_one({"rate": rate}) == Finding(None, None, suggestion, float(rate))


@pytest.mark.parametrize(("rate", "suggestion"), [(0, "review"), (49.99, "review"), (79.99, "review"), (80, "block")])
def test_what_is_named_is_found_however_low_its_rate(rate: float, suggestion: str) -> None:
    assert build_one({"label": "spam", "rate": rate}) == Finding(None, "spam", suggestion, float(rate))
    assert build_one({"scene": "porn", "rate": rate}) == Finding("porn", "porn", suggestion, float(rate))
    built = build_verdict({"findings": [{"scene": "ad", "label": "qrcode", "rate": rate}]}, THRESHOLDS)
    assert built.suggestion == suggestion


@pytest.mark.parametrize("rate", [0, 60, 99])
def test_normal_and_an_explicit_pass_pass_whatever_the_rate(rate: float) -> None:
    for form in ({"label": "normal"}, {"scene": "ad", "suggestion": "pass"}, {"label": "normal", "suggestion": "pass"}):
        assert build_one({**form, "rate": rate}).suggestion == "pass"
    built = build_verdict({"suggestion": "pass", "findings": [{"label": "spam", "rate": rate}]}, THRESHOLDS)
    assert [built.suggestion, *(found.suggestion for found in built.findings)] == ["pass", "pass"]


def test_thresholds_may_fall_together_or_out_of_reach() -> None:
    assert classify_rate(60, {"block": 60, "review": 60}) == "block"
    assert classify_rate(100, {"block": 101, "review": 101}) == "pass"
    assert classify_rate(0, {"block": 0, "review": 0}) == "block"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"scene": "porn"}, Finding("porn", "porn", "block", 99.91)),
        ({"scene": "porn", "label": "sexy"}, Finding("porn", "sexy", "review", 62.11)),
        ({"scene": "porn", "label": "normal"}, Finding("porn", "normal", "pass", 99.9)),
        ({"label": "sexy"}, Finding(None, "sexy", "review", 62.11)),
        ({"scene": "ad", "suggestion": "review"}, Finding("ad", "ad", "review", 62.11)),
        ({"scene": "ad", "suggestion": "pass"}, Finding("ad", "ad", "pass", 99.9)),
        ({"scene": "ad", "suggestion": "pass", "rate": 99}, Finding("ad", "ad", "pass", 99.0)),
        ({"scene": "porn", "label": "sexy", "rate": 99}, Finding("porn", "sexy", "block", 99.0)),
        ({"rate": 0, "label": "spam"}, Finding(None, "spam", "review", 0.0)),
        ({"suggestion": "block"}, Finding(None, None, "block", 99.91)),
        ({"label": "spam", "contexts": ["a", "b"]}, Finding(None, "spam", "block", 99.91, ("a", "b"))),
        ({"label": "spam", "contexts": []}, Finding(None, "spam", "block", 99.91, ())),
    ],
)
def test_blanks_are_filled_as_usual_for_the_label(form: dict[str, Any], expected: Finding) -> None:
    assert build_one(form) == expected
    assert isinstance(build_one(form).rate, float)


def test_the_whole_suggestion_is_the_worst_of_its_findings_unless_given() -> None:
    findings = [{"label": "sexy"}, {"label": "spam"}, {"label": "normal"}]
    assert build_verdict({"findings": findings}, THRESHOLDS).suggestion == "block"
    assert build_verdict({"findings": findings[::2]}, THRESHOLDS).suggestion == "review"
    assert build_verdict({"findings": findings[2:]}, THRESHOLDS).suggestion == "pass"
    assert build_verdict({"findings": []}, THRESHOLDS) == Verdict((), "pass")
    assert build_verdict({"findings": findings, "suggestion": "review"}, THRESHOLDS).suggestion == "review"


def test_a_suggestion_given_fills_the_findings_that_say_nothing() -> None:
    built = build_verdict(
        {"suggestion": "review", "findings": [{"label": "spam"}, {"label": "ad", "rate": 90}]}, THRESHOLDS
    )
    assert [found[2:4] for found in built.findings] == [("review", 62.11), ("block", 90.0)]


def test_a_suggestion_alone_is_the_same_in_both_forms() -> None:
    for suggestion in SUGGESTIONS:
        assert build_verdict({"suggestion": suggestion}, THRESHOLDS) == build_short(suggestion)


def test_a_verdict_may_tell_the_number_of_frames() -> None:
    assert build_verdict({"frames": 12}, THRESHOLDS) == Verdict((), "pass", 12)
    assert build_verdict({"suggestion": "block", "frames": 12}, THRESHOLDS).frames == 12
    assert build_short("porn").frames is None


@pytest.mark.parametrize(
    ("suggestions", "expected"),
    [
        ([], "pass"),
        (["pass"], "pass"),
        (["pass", "review"], "review"),
        (["review", "block", "pass"], "block"),
        (["block", "block"], "block"),
    ],
)
def test_the_worst_suggestion_wins(suggestions: list[str], expected: str) -> None:
    assert find_worst(suggestions) == expected


def test_the_verdict_that_an_outcome_is_or_brings_along() -> None:
    found = build_short("porn")
    assert (find_verdict(found), find_verdict(Respond({}, found))) == (found, found)
    for outcome in (None, Error("x"), Respond({"a": 1}), Verdict()):
        assert find_verdict(outcome) == Verdict((), "pass")


# -- merge patch


@pytest.mark.parametrize(
    ("target", "patch", "expected"),
    [
        # RFC 7386, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        # beyond it: numbers name the entries of a list
        ({"a": [{"b": 1, "c": 2}, 3]}, {"a": {"0": {"b": 9}}}, {"a": [{"b": 9, "c": 2}, 3]}),
        ([1, 2, 3], {"0": None, "2": 9}, [2, 9]),
        ([1], {"1": 2, "5": {"a": 1}}, [1, 2, {"a": 1}]),
        ([[1, 2], [3]], {"1": {"0": 4}}, [[1, 2], [4]]),
        ([1], {"999999": 2}, [1, 2]),
        ([1, 2], {"0": 9, "a": 1}, {"0": 9, "a": 1}),
        ([1, 2], {"00": 9}, {"00": 9}),
        ([1, 2], {"-1": 9}, {"-1": 9}),
        ([1, 2], {"1000000": 9}, {"1000000": 9}),
        ([1, 2], {}, {}),
        ({"0": 1}, {"0": 9, "1": 2}, {"0": 9, "1": 2}),
        (None, {"0": 9}, {"0": 9}),
        # and the example of its section 3
        (
            {"title": "Goodbye!", "author": {"givenName": "J", "familyName": "D"}, "tags": ["x", "y"], "content": "z"},
            {"title": "Hello!", "phoneNumber": "+01", "author": {"familyName": None}, "tags": ["x"]},
            {"title": "Hello!", "author": {"givenName": "J"}, "tags": ["x"], "content": "z", "phoneNumber": "+01"},
        ),
    ],
)
def test_a_merge_patch_is_that_of_rfc_7386(target: Any, patch: Any, expected: Any) -> None:
    before = repr((target, patch))
    assert apply_patch(target, patch) == expected
    assert repr((target, patch)) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


@given(JSON, JSON)
def test_a_patch_applied_twice_is_a_patch_applied_once(target: Any, patch: Any) -> None:
    once = apply_patch(target, patch)
    assert apply_patch(once, patch) == once


@given(JSON)
def test_an_empty_patch_changes_no_object(target: Any) -> None:
    assert apply_patch(target, {}) == (target if isinstance(target, dict) else {})
