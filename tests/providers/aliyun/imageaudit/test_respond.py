"""A verdict with a respond: the fragment is merged into the element of the picture or text, or into the answer."""

import pytest

from emulator.rules.parse import parse_rules
from emulator.rules.rulebooks import Rulebook
from moderation_emulator.contract.journal_entries import assert_decided_by_rule, assert_rule_can_be_repeated
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import scan_image, scan_text

ONE, TWO = "https://cdn.example.test/one.jpg", "https://cdn.example.test/two.jpg"


def test_one_field_of_a_picture(live: RunningServer) -> None:
    live.push_rule({"url": ONE}, verdict="porn/sexy", respond={"SubResults": {"1": {"Rate": 12.5, "Frames": []}}})
    answer = scan_image(live, ONE, TWO, scenes=("ad", "porn")).json()
    first, second = answer["Data"]["Results"]
    ad, porn = first["SubResults"]
    assert porn == {"Frames": [], "Suggestion": "review", "Label": "sexy", "Rate": 12.5, "Scene": "porn"}
    assert (ad["Label"], ad["Scene"]) == ("normal", "ad")
    assert [each["Suggestion"] for each in second["SubResults"]] == ["pass", "pass"]
    assert_decided_by_rule(live, suggestion="review")


def test_a_detail_of_a_text_without_its_contexts(live: RunningServer) -> None:
    patch = {"Results": {"0": {"Details": {"0": {"Contexts": None}}}}}
    live.push_rule({"text": {"contains": "hello"}}, verdict="ad", respond=patch)
    (element,) = scan_text(live, "hello").json()["Data"]["Elements"]
    (result,) = element["Results"]
    assert (result["Label"], result["Suggestion"]) == ("ad", "block")
    assert result["Details"] == [{"Label": "ad"}]
    assert_decided_by_rule(live)


@pytest.mark.parametrize("source", ["control", "file"])
def test_a_rule_for_the_whole_call(live: RunningServer, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    match, verdict, patch = {"operation": "ScanImage"}, "porn", {"Data": {"Results": {"1": {"Extra": 1}}}}
    if source == "control":
        live.push_rule(match, verdict=verdict, respond=patch)
    else:
        form = {"match": match, "verdict": verdict, "respond": patch}
        rules = parse_rules([form], live.app.rule_names, ["file-x"], lambda _index: "x.yaml:1")
        monkeypatch.setattr(live.state.rule_engine, "files", Rulebook(rules))
    first, second = scan_image(live, ONE, TWO).json()["Data"]["Results"]
    assert [each["SubResults"][0]["Suggestion"] for each in (first, second)] == ["block", "block"]
    assert ("Extra" in first, second["Extra"]) == (False, 1)
    assert_decided_by_rule(live)
    if source == "control":
        assert_rule_can_be_repeated(live)


def test_a_respond_alone_lies_over_the_answer_that_passes(live: RunningServer) -> None:
    live.push_rule({"operation": "ScanImage"}, respond={"Data": {"Results": {"0": {"Extra": 1}}}})
    first, second = scan_image(live, ONE, "https://cdn.example.test/emu-porn.jpg").json()["Data"]["Results"]
    assert [each["SubResults"][0]["Suggestion"] for each in (first, second)] == ["pass", "pass"]
    assert first["Extra"] == 1
    assert [item[6] for item in live.list_entries()[0].items] == [None, None]


def test_other_thresholds_change_the_suggestion(live: RunningServer) -> None:
    live.push_rule({"url": ONE}, verdict={"findings": [{"label": "ad", "rate": 60}]}, respond={"Extra": 1})
    live.control("PATCH", "settings", {"thresholds": {"block": 55}})
    (element,) = scan_image(live, ONE, scenes=("ad",)).json()["Data"]["Results"]
    assert (element["SubResults"][0]["Suggestion"], element["Extra"]) == ("block", 1)
