"""Each verdict as the methods of the gateway tell it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.live import Live
from tests.providers.alipay.gateway import forms

TEXT = {**forms.content(forms.SYNC, "x"), "content_type": "TEXT", "data_list": ["一段文字"]}


@pytest.mark.parametrize(
    ("verdict", "action", "suggestion"),
    [
        ("pass", "PASSED", "pass"),
        ("review", "PASSED", "review"),
        ("block", "REJECTED", "block"),
        ("porn/sexy", "PASSED", "review"),
        ("porn", "REJECTED", "block"),
        ("logo/TV", "REJECTED", "block"),
        ("keyword", "REJECTED", "block"),
        ({"suggestion": "block"}, "REJECTED", "block"),
        ({"findings": [{"scene": "porn", "label": "porn", "rate": 20}]}, "PASSED", "review"),
        ({"findings": [{"label": "ad", "suggestion": "review"}, {"label": "abuse"}]}, "REJECTED", "block"),
    ],
)
def test_action_and_suggestion(live: Live, verdict: Any, action: str, suggestion: str) -> None:
    live.rule({"provider": "alipay", "text": "一段文字"}, verdict=verdict)
    detected = forms.told(live, forms.DETECT, {"content": "一段文字"})
    assert detected["action"] == action
    assert ("keywords" in detected) == (action == "REJECTED")
    told = forms.told(live, forms.SYNC, TEXT)
    assert told["suggestion"] == suggestion
    assert ("detect_check_labels" in told) == (suggestion != "pass")
    analyzed = forms.told(live, forms.ANALYZE, {**forms.POST, "text": "一段文字"})
    assert (analyzed["need_query"], analyzed["result_action"]) == ("no_need", action)
    assert ("risk_labels" in analyzed) == ("hit_detect_items" in analyzed) == (suggestion != "pass")


@pytest.mark.parametrize(
    ("verdict", "product"),
    [
        ("porn", "TJ_PORN_MC"),
        ("porn/sexy", "TJ_PORN_MC"),
        ("terrorism/politics", "TJ_POLITICS_MC"),
        ("terrorism/bloody", "TJ_TERRORISM_MC"),
        ("abuse", "TJ_ABUSES_MC"),
        ("ad/abuse", "TJ_ABUSES_MC"),
        ("ad", "TJ_ILLEGAL_MC"),
        ("live/smoking", "TJ_ILLEGAL_MC"),
        ("block", "MINE"),
    ],
)
def test_products(live: Live, verdict: str, product: str) -> None:
    live.rule({"text": "一段文字"}, verdict=verdict)
    labels = forms.told(live, forms.SYNC, {**TEXT, "products": " MINE ,TJ_PORN_MC"})["detect_check_labels"]
    assert labels["label"] == product


def test_rates_are_fractions(live: Live) -> None:
    findings = [{"label": "ad", "suggestion": "review", "rate": 62.11}, {"label": "porn", "rate": 100}]
    live.rule({"text": "一段文字"}, verdict={"findings": findings})
    assert forms.told(live, forms.SYNC, TEXT)["detect_check_labels"] == {
        "label": "TJ_PORN_MC",
        "rate": "1.00",
        "sub_check_labels": [{"sub_label": "ad", "rate": "0.62"}, {"sub_label": "porn", "rate": "1.00"}],
    }


def test_quirks(start: Callable[..., Live]) -> None:
    live = start({"quirks": {"alipay.review": "REJECTED", "alipay.check_labels": "list"}})
    live.rule({"text": "一段文字"}, verdict="review")
    assert forms.told(live, forms.DETECT, {"content": "一段文字"})["action"] == "REJECTED"
    told = forms.told(live, forms.SYNC, TEXT)
    assert (told["suggestion"], len(told["detect_check_labels"])) == ("review", 1)


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [("porn", "SEXY_PIC"), ("ad/qrcode", "QRCODE"), ("ocr", "OCR"), ("sface", "PICTURE_FACE"), ("ad", "RULEORMODEL")],
)
def test_hits_of_pictures(live: Live, verdict: str, kind: str) -> None:
    url = "https://a.test/a.jpg"
    live.rule({"url": url}, verdict=verdict)
    event = forms.told(live, forms.ANALYZE, {**forms.POST, "picture_urls": [url]})["event_id"]
    live.control("POST", "clock", {"advance": 60})
    told = forms.told(live, forms.RESULT, {"event_id": event})
    (item,) = told["hit_detect_items"]
    assert (item["detect_type_code"], item["hit_content"]) == (kind, url)
    assert told["risk_labels"] == item["hit_detect_resource"]
