"""A verdict with a respond: the fragment lies over the success object, or over the gateway's signed answer."""

import json

from tests.contract.journaled import decided
from tests.live import Live
from tests.providers.alipay import forms as alipay
from tests.providers.alipay.gateway import forms as gateway

ONE = "https://cdn.example.test/one.jpg"


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


def test_a_keyword_without_its_words(live: Live) -> None:
    """What callers meet in production: an answer that blocks and does not say by which words."""
    live.rule({"text": {"contains": "one"}}, verdict={"findings": [{"label": "keyword", "contexts": []}]})
    told = alipay.call(live, alipay.TEXT, alipay.text("one")).json()["result"]
    assert told == [{"type": "keyword"}]
    told = gateway.told(live, gateway.DETECT, {"content": "one"})
    assert told["action"] == "REJECTED"
    assert "keywords" not in told
    rule = live.control("POST", f"journal/{live.entries()[0].id}/rule").json()
    assert rule["verdict"]["findings"][0]["contexts"] == []


def test_an_analysis_without_the_words_of_its_text(live: Live) -> None:
    live.rule({"text": "one"}, verdict={"findings": [{"label": "ad", "contexts": []}]})
    params = {key: value for key, value in gateway.content(gateway.ANALYZE, "x").items() if not key.endswith("_urls")}
    (item,) = gateway.told(live, gateway.ANALYZE, {**params, "text": "one"})["hit_detect_items"]
    assert (item["detect_type_code"], "hit_content" in item) == ("KEYWORDS", False)
