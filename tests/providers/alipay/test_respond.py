"""A verdict with a respond: the fragment lies over the success object, or over the gateway's signed answer."""

import json

from moderation_emulator.contract.journal_entries import assert_decided_by_rule
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay import builders as alipay
from tests.providers.alipay.gateway import builders as gateway

ONE = "https://cdn.example.test/one.jpg"


def test_a_picture_of_the_mini_program(live: RunningServer) -> None:
    live.push_rule({"url": ONE}, verdict="block", respond={"more": 1})
    task = alipay.submit(live, ONE)
    alipay.advance(live, 0.5)
    answer = alipay.ask(live, task)
    assert json.loads(answer["riskResult"]) == {"action": "REJECTED"}
    assert answer["more"] == 1


def test_a_text_of_the_mini_program(live: RunningServer) -> None:
    live.push_rule(
        {"text": "x"}, verdict={"findings": [{"label": "porn", "rate": 77}]}, respond={"result": {"2": {"a": 1}}}
    )
    body = alipay.call(live, alipay.TEXT, alipay.make_text("x", "0", "1", "2")).json()["result"]
    assert body[2] == {"type": "2", "score": "77.00", "a": 1}
    assert "a" not in body[1]
    assert_decided_by_rule(live, suggestion="review")


def test_a_respond_is_merged_into_answers_of_the_gateway(live: RunningServer) -> None:
    live.push_rule({"provider": "alipay", "text": {"contains": "one"}}, verdict="block", respond={"more": 1})
    live.push_rule({"provider": "alipay", "url": ONE}, verdict="block", respond={"more": 1})
    inner = gateway.call_inner(live, gateway.DETECT, gateway.make_content(gateway.DETECT, "one"))
    assert (inner["action"], inner["more"]) == ("REJECTED", 1)
    inner = gateway.call_inner(live, gateway.SYNC, gateway.make_content(gateway.SYNC, "one"))
    assert (inner["suggestion"], inner["more"]) == ("block", 1)
    taken = gateway.call_inner(live, gateway.ANALYZE, gateway.make_content(gateway.ANALYZE, "one"))
    alipay.advance(live, 60)
    inner = gateway.call_inner(live, gateway.RESULT, {"event_id": taken["event_id"]})
    assert (inner["result_action"], inner["more"]) == ("REJECTED", 1)
    assert inner["hit_detect_items"]


def test_a_keyword_without_its_words(live: RunningServer) -> None:
    """What callers meet in production: an answer that blocks and does not say by which words."""
    live.push_rule({"text": {"contains": "one"}}, verdict={"findings": [{"label": "keyword", "contexts": []}]})
    body = alipay.call(live, alipay.TEXT, alipay.make_text("one")).json()["result"]
    assert body == [{"type": "keyword"}]
    body = gateway.call_inner(live, gateway.DETECT, {"content": "one"})
    assert body["action"] == "REJECTED"
    assert "keywords" not in body
    rule = live.control("POST", f"journal/{live.list_entries()[0].id}/rule").json()
    assert rule["verdict"]["findings"][0]["contexts"] == []


def test_an_analysis_without_the_words_of_its_text(live: RunningServer) -> None:
    live.push_rule({"text": "one"}, verdict={"findings": [{"label": "ad", "contexts": []}]})
    params = {
        key: value for key, value in gateway.make_content(gateway.ANALYZE, "x").items() if not key.endswith("_urls")
    }
    (item,) = gateway.call_inner(live, gateway.ANALYZE, {**params, "text": "one"})["hit_detect_items"]
    assert (item["detect_type_code"], "hit_content" in item) == ("KEYWORDS", False)
