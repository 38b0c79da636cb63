"""A verdict with a respond: the fragment lies over the answer that the verdict gives, wherever a verdict is told."""

import json
from typing import Any

import pytest

from emulator import rulebook
from emulator.world.verdicts.rulebooks import Rulebook
from tests.live import Live
from tests.providers.alipay import forms as alipay
from tests.providers.alipay.gateway import forms as gateway
from tests.providers.aliyun_green import forms as green
from tests.providers.wechat import forms as wechat
from tests.providers.wechat.cloud import forms as cloud

ONE, TWO = "https://cdn.example.test/one.jpg", "https://cdn.example.test/two.jpg"


def decided(live: Live, outcome: str = "respond", suggestion: str = "block") -> None:
    """How the journal tells of the newest call."""
    entry = live.entries()[0]
    assert (entry.outcome, entry.decided_by[0]) == (outcome, "rule")
    assert entry.subjects[0][6] == suggestion


def again(live: Live) -> None:
    """The rule of the newest entry holds both, and is taken."""
    rule = live.control("POST", f"journal/{live.entries()[0].id}/rule").json()
    assert {"verdict", "respond"} <= rule.keys()
    assert live.control("POST", "rules", rule).status_code == 201


# -- Alibaba: the element of the picture or text, and within it one entry of a list


def test_one_field_of_a_picture(live: Live) -> None:
    live.rule({"url": ONE}, verdict="porn/sexy", respond={"SubResults": {"1": {"Rate": 12.5, "Frames": []}}})
    answer = live.scan_image(ONE, TWO, scenes=("ad", "porn")).json()
    first, second = answer["Data"]["Results"]
    ad, porn = first["SubResults"]
    assert porn == {"Frames": [], "Suggestion": "review", "Label": "sexy", "Rate": 12.5, "Scene": "porn"}
    assert (ad["Label"], ad["Scene"]) == ("normal", "ad")
    assert [each["Suggestion"] for each in second["SubResults"]] == ["pass", "pass"]
    decided(live, suggestion="review")


def test_a_detail_of_a_text_without_its_contexts(live: Live) -> None:
    patch = {"Results": {"0": {"Details": {"0": {"Contexts": None}}}}}
    live.rule({"text": {"contains": "hello"}}, verdict="ad", respond=patch)
    (element,) = live.scan_text("hello").json()["Data"]["Elements"]
    (result,) = element["Results"]
    assert (result["Label"], result["Suggestion"]) == ("ad", "block")
    assert result["Details"] == [{"Label": "ad"}]
    decided(live)


def test_the_parts_of_a_text_by_green(live: Live) -> None:
    """As callers read them: filteredContent with any label, positions of a word (a chat bot cuts words by them)."""
    positions = [{"startPos": 0, "endPos": 2}]
    patch = {
        "filteredContent": "***",
        "results": {"0": {"details": {"0": {"contexts": {"0": {"positions": positions}}}}}},
    }
    live.rule({"text": {"contains": "bad"}}, verdict="politics", respond=patch)
    body = {"scenes": ["antispam"], "tasks": [{"content": "bad"}, {"content": "good"}]}
    first, second = green.call(live, "text/scan", body).json()["data"]
    assert first["filteredContent"] == "***"
    (result,) = first["results"]
    (context,) = result["details"][0]["contexts"]
    assert (result["label"], result["suggestion"]) == ("politics", "block")
    assert context == {"context": "bad", "positions": positions}
    assert second["results"][0]["suggestion"] == "pass"
    decided(live)


def test_a_picture_by_green_at_once_and_later(live: Live) -> None:
    live.rule({"url": ONE}, verdict="porn", respond={"extras": {"a": 1}, "results": {"0": {"rate": 1.5}}})
    (item,) = green.scan(live, ONE)
    (task_id,) = green.submit(live, ONE, callback="http://127.0.0.1:9/", seed="seed")
    assert live.entries()[0].subjects[0][6] == "block"
    (callback,) = live.control("GET", "callbacks").json()["items"]
    pushed = json.loads(callback["form"]["content"])
    (later,) = green.results(live, task_id)
    for told in (item, pushed, later):
        assert told["extras"] == {"a": 1}
        (result,) = told["results"]
        assert (result["label"], result["suggestion"], result["rate"]) == ("porn", "block", 1.5)


# -- WeChat: the whole JSON, also where the verdict is told by an errcode


def test_an_errcode_of_a_picture(live: Live) -> None:
    live.rule({"filename": "one.png"}, verdict="block", respond={"errmsg": "risky content", "more": 1})
    told = wechat.upload(live, filename="one.png")
    assert (told["errcode"], told["errmsg"], told["more"]) == (87014, "risky content", 1)
    assert live.entries()[0].code == "87014"
    decided(live)
    again(live)


def test_an_errcode_by_the_cloud(live: Live) -> None:
    live.rule({"filename": "one.png"}, verdict="block", respond={"more": 1})
    told = cloud.read(cloud.post(live, cloud.form(cloud.media(filename="one.png")))).api
    assert (told["errcode"], told["more"]) == (87014, 1)


def test_a_picture_that_passes(live: Live) -> None:
    live.rule({"filename": "one.png"}, verdict="pass", respond={"more": 1})
    assert wechat.upload(live, filename="one.png")["errcode"] == 0
    decided(live, suggestion="pass")


@pytest.mark.parametrize("match", [{"text": "x"}, {"operation": "security.msgSecCheck"}])
def test_an_errcode_of_a_text(live: Live, match: dict[str, Any]) -> None:
    live.rule(match, verdict="block", respond={"more": 1})
    told = wechat.say(live, "security.msgSecCheck", {"content": "x"}).json()
    assert (told["errcode"], told["more"]) == (87014, 1)
    decided(live)
    again(live)


def test_what_the_second_version_tells_of_a_text(live: Live) -> None:
    live.rule({"text": "x"}, verdict="ad", respond={"detail": {"0": {"prob": 7}}, "result": {"label": 20012}})
    params = {"content": "x", "version": 2, "scene": 1, "openid": "o"}
    told = wechat.say(live, "security.msgSecCheck", params).json()
    assert told["result"] == {"suggest": "risky", "label": 20012}
    assert (told["detail"][0]["suggest"], told["detail"][0]["prob"]) == ("risky", 7)


@pytest.mark.parametrize("version", [1, 2])
def test_an_event(live: Live, version: int) -> None:
    live.rule({"url": ONE}, verdict="block", respond={"more": 1})
    more = {"version": 2, "scene": 1, "openid": "o"} if version == 2 else {}
    with wechat.pushing(live, "http://127.0.0.1:9/", push_format="json"):
        answer = wechat.say(live, "security.mediaCheckAsync", {"media_url": ONE, "media_type": 2, **more}).json()
    assert "more" not in answer
    (callback,) = live.control("GET", "callbacks").json()["items"]
    event = json.loads(callback["body"])
    assert event["more"] == 1
    assert event["isrisky"] == 1 if version == 1 else event["result"]["suggest"] == "risky"


# -- Alipay: the success object, and the signed answer of the gateway


def test_a_picture_of_the_mini_program(live: Live) -> None:
    live.rule({"url": ONE}, verdict="block", respond={"more": 1})
    task = alipay.submit(live, ONE)
    alipay.advance(live, 0.5)
    told = alipay.ask(live, task)
    assert json.loads(told["riskResult"]) == {"action": "REJECTED"}
    assert told["more"] == 1


def test_a_text_of_the_mini_program(live: Live) -> None:
    live.rule({"text": "x"}, verdict={"findings": [{"label": "porn", "rate": 77}]}, respond={"result": {"2": {"a": 1}}})
    told = alipay.call(live, alipay.TEXT, alipay.text("x", "0", "1", "2")).json()["result"]
    assert told[2] == {"type": "2", "score": "77.00", "a": 1}
    assert "a" not in told[1]
    decided(live, suggestion="review")


def test_the_gateway(live: Live) -> None:
    live.rule({"provider": "alipay", "text": {"contains": "one"}}, verdict="block", respond={"more": 1})
    live.rule({"provider": "alipay", "url": ONE}, verdict="block", respond={"more": 1})
    told = gateway.told(live, gateway.DETECT, gateway.content(gateway.DETECT, "one"))
    assert (told["action"], told["more"]) == ("REJECTED", 1)
    told = gateway.told(live, gateway.SYNC, gateway.content(gateway.SYNC, "one"))
    assert (told["suggestion"], told["more"]) == ("block", 1)
    taken = gateway.told(live, gateway.ANALYZE, gateway.content(gateway.ANALYZE, "one"))
    alipay.advance(live, 60)
    told = gateway.told(live, gateway.RESULT, {"event_id": taken["event_id"]})
    assert (told["result_action"], told["more"]) == ("REJECTED", 1)
    assert told["hit_detect_items"]


# -- a rule for the whole call: the verdict is that of each picture, the fragment lies over the whole answer


@pytest.mark.parametrize("source", ["control", "file"])
def test_a_rule_for_the_whole_call(live: Live, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    match, verdict, patch = {"operation": "ScanImage"}, "porn", {"Data": {"Results": {"1": {"Extra": 1}}}}
    if source == "control":
        live.rule(match, verdict=verdict, respond=patch)
    else:
        form = {"match": match, "verdict": verdict, "respond": patch}
        rules = rulebook.built([form], live.house.known, ["file-x"], lambda _index: "x.yaml:1")
        monkeypatch.setattr(live.world.judge, "files", Rulebook(rules))
    first, second = live.scan_image(ONE, TWO).json()["Data"]["Results"]
    assert [each["SubResults"][0]["Suggestion"] for each in (first, second)] == ["block", "block"]
    assert ("Extra" in first, second["Extra"]) == (False, 1)
    decided(live)
    if source == "control":
        again(live)


def test_a_respond_alone_lies_over_the_answer_that_passes(live: Live) -> None:
    live.rule({"operation": "ScanImage"}, respond={"Data": {"Results": {"0": {"Extra": 1}}}})
    first, second = live.scan_image(ONE, "https://cdn.example.test/emu-porn.jpg").json()["Data"]["Results"]
    assert [each["SubResults"][0]["Suggestion"] for each in (first, second)] == ["pass", "pass"]
    assert first["Extra"] == 1
    assert [subject[6] for subject in live.entries()[0].subjects] == [None, None]


def test_other_thresholds_judge_anew(live: Live) -> None:
    live.rule({"url": ONE}, verdict={"findings": [{"label": "ad", "rate": 60}]}, respond={"Extra": 1})
    live.control("PATCH", "settings", {"thresholds": {"block": 55}})
    (element,) = live.scan_image(ONE, scenes=("ad",)).json()["Data"]["Results"]
    assert (element["SubResults"][0]["Suggestion"], element["Extra"]) == ("block", 1)


# -- no words told: contexts of a finding that are an empty list


def test_a_keyword_without_its_words(live: Live) -> None:
    """What callers meet in production: an answer that blocks and does not say by which words."""
    live.rule({"text": {"contains": "one"}}, verdict={"findings": [{"label": "keyword", "contexts": []}]})
    told = alipay.call(live, alipay.TEXT, alipay.text("one")).json()["result"]
    assert told == [{"type": "keyword"}]
    told = gateway.told(live, gateway.DETECT, {"content": "one"})
    assert told["action"] == "REJECTED"
    assert "keywords" not in told
    params = {"content": "one", "version": 2, "scene": 1, "openid": "o"}
    (detail,) = wechat.say(live, "security.msgSecCheck", params).json()["detail"][1:]
    assert (detail["strategy"], detail["suggest"], "keyword" in detail) == ("keyword", "risky", False)
    rule = live.control("POST", f"journal/{live.entries()[0].id}/rule").json()
    assert rule["verdict"]["findings"][0]["contexts"] == []


def test_an_analysis_without_the_words_of_its_text(live: Live) -> None:
    live.rule({"text": "one"}, verdict={"findings": [{"label": "ad", "contexts": []}]})
    params = {key: value for key, value in gateway.content(gateway.ANALYZE, "x").items() if not key.endswith("_urls")}
    (item,) = gateway.told(live, gateway.ANALYZE, {**params, "text": "one"})["hit_detect_items"]
    assert (item["detect_type_code"], "hit_content" in item) == ("KEYWORDS", False)
