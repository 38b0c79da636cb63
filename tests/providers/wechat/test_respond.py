"""A verdict with a respond: the fragment is merged into the whole JSON, also where an errcode is the verdict."""

import json
from typing import Any

import pytest

from moderation_emulator.contract.journal_entries import assert_decided_by_rule, assert_rule_can_be_repeated
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat import builders as wechat
from tests.providers.wechat.cloud import builders as cloud

ONE = "https://cdn.example.test/one.jpg"


def test_an_errcode_of_a_picture(live: RunningServer) -> None:
    live.push_rule({"filename": "one.png"}, verdict="block", respond={"errmsg": "risky content", "more": 1})
    answer = wechat.upload(live, filename="one.png")
    assert (answer["errcode"], answer["errmsg"], answer["more"]) == (87014, "risky content", 1)
    assert live.list_entries()[0].code == "87014"
    assert_decided_by_rule(live)
    assert_rule_can_be_repeated(live)


def test_an_errcode_by_the_cloud(live: RunningServer) -> None:
    live.push_rule({"filename": "one.png"}, verdict="block", respond={"more": 1})
    found = cloud.parse_answer(cloud.post(live, cloud.encode_form(cloud.encode_media(filename="one.png")))).api
    assert (found["errcode"], found["more"]) == (87014, 1)


def test_a_picture_that_passes(live: RunningServer) -> None:
    live.push_rule({"filename": "one.png"}, verdict="pass", respond={"more": 1})
    assert wechat.upload(live, filename="one.png")["errcode"] == 0
    assert_decided_by_rule(live, suggestion="pass")


@pytest.mark.parametrize("match", [{"text": "x"}, {"operation": "security.msgSecCheck"}])
def test_an_errcode_of_a_text(live: RunningServer, match: dict[str, Any]) -> None:
    live.push_rule(match, verdict="block", respond={"more": 1})
    body = wechat.call_json(live, "security.msgSecCheck", {"content": "x"}).json()
    assert (body["errcode"], body["more"]) == (87014, 1)
    assert_decided_by_rule(live)
    assert_rule_can_be_repeated(live)


def test_what_the_second_version_tells_of_a_text(live: RunningServer) -> None:
    live.push_rule({"text": "x"}, verdict="ad", respond={"detail": {"0": {"prob": 7}}, "result": {"label": 20012}})
    params = {"content": "x", "version": 2, "scene": 1, "openid": "o"}
    body = wechat.call_json(live, "security.msgSecCheck", params).json()
    assert body["result"] == {"suggest": "risky", "label": 20012}
    assert (body["detail"][0]["suggest"], body["detail"][0]["prob"]) == ("risky", 7)


@pytest.mark.parametrize("version", [1, 2])
def test_a_respond_is_merged_into_the_event(live: RunningServer, version: int) -> None:
    live.push_rule({"url": ONE}, verdict="block", respond={"more": 1})
    more = {"version": 2, "scene": 1, "openid": "o"} if version == 2 else {}
    with wechat.pushing(live, "http://127.0.0.1:9/", push_format="json"):
        answer = wechat.call_json(live, "security.mediaCheckAsync", {"media_url": ONE, "media_type": 2, **more}).json()
    assert "more" not in answer
    (callback,) = live.control("GET", "callbacks").json()["items"]
    event = json.loads(callback["body"])
    assert event["more"] == 1
    assert event["isrisky"] == 1 if version == 1 else event["result"]["suggest"] == "risky"


def test_a_keyword_without_its_words(live: RunningServer) -> None:
    """What callers meet in production: an answer that blocks and does not say by which words."""
    live.push_rule({"text": {"contains": "one"}}, verdict={"findings": [{"label": "keyword", "contexts": []}]})
    params = {"content": "one", "version": 2, "scene": 1, "openid": "o"}
    (detail,) = wechat.call_json(live, "security.msgSecCheck", params).json()["detail"][1:]
    assert (detail["strategy"], detail["suggest"], "keyword" in detail) == ("keyword", "risky", False)
    rule = live.control("POST", f"journal/{live.list_entries()[0].id}/rule").json()
    assert rule["verdict"]["findings"][0]["contexts"] == []
