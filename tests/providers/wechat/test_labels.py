"""The numbers of version 2, for any findings whatever."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.providers.wechat.labels import build_model_detail, build_result, choose_label, combine_outcomes
from emulator.rules.labels import SCENES, SUGGESTIONS, TEXT_LABELS
from emulator.rules.outcome import Error, Finding, Verdict

PLACES: list[tuple[str | None, str | None]] = []
PLACES += [(scene, label) for scene, labels in SCENES.items() for label in (None, *labels)]
PLACES += [(None, label) for label in (None, *TEXT_LABELS)]
FINDINGS = st.builds(
    lambda place, suggestion, rate: Finding(place[0], place[1], suggestion, rate),
    st.sampled_from(PLACES),
    st.sampled_from(SUGGESTIONS),
    st.floats(0, 100),
)
VERDICTS = st.builds(Verdict, st.lists(FINDINGS, max_size=4).map(tuple), st.sampled_from(SUGGESTIONS))
WORDS = {"pass": "pass", "review": "review", "block": "risky"}


@given(st.lists(st.one_of(VERDICTS, st.just(Error("-1")), st.none()), max_size=3))
def test_the_whole_is_as_grave_as_its_gravest_part(outcomes: list[Any]) -> None:
    verdicts = [outcome for outcome in outcomes if isinstance(outcome, Verdict)]
    whole = combine_outcomes(outcomes)
    assert whole.findings == tuple(found for verdict in verdicts for found in verdict.findings)
    parts = [*(each.suggestion for each in verdicts), *(each.suggestion for each in whole.findings)]
    gravest = next((each for each in reversed(SUGGESTIONS) if each in parts), "pass")
    result = build_result(whole.suggestion, whole.findings)
    assert result["suggest"] == WORDS[gravest]
    assert (result["label"] == 100) >= (gravest == "pass")


@given(st.lists(FINDINGS, max_size=4))
def test_what_the_model_tells_is_of_one_finding(found: list[Finding]) -> None:
    result = build_model_detail(found)
    assert 0 <= result["prob"] <= 100
    possible = {(WORDS[each.suggestion], 100 if each.suggestion == "pass" else choose_label(each)) for each in found}
    assert (result["suggest"], result["label"]) in (possible or {("pass", 100)})


@pytest.mark.parametrize(("scene", "label"), PLACES)
def test_only_what_is_normal_is_100(scene: str | None, label: str | None) -> None:
    assert (choose_label(Finding(scene, label, "block", 99.0)) == 100) is (label == "normal")
