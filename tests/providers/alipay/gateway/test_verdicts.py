"""Each verdict as the methods of the gateway return it."""

from collections.abc import Callable
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway import builders

# All services that the comment on `products` in the vendor's model lists.
ALL = "TJ_POLITICS_MC,TJ_PORN_MC,TJ_ILLEGAL_MC,TJ_TERRORISM_MC,TJ_ABUSES_MC"
TEXT = {**builders.make_content(builders.SYNC, "x"), "content_type": "TEXT", "data_list": ["一段文字"], "products": ALL}


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
def test_action_and_suggestion(live: RunningServer, verdict: Any, action: str, suggestion: str) -> None:
    live.push_rule({"provider": "alipay", "text": "一段文字"}, verdict=verdict)
    detected = builders.call_inner(live, builders.DETECT, {"content": "一段文字"})
    assert detected["action"] == action
    assert ("keywords" in detected) == (action == "REJECTED")
    inner = builders.call_inner(live, builders.SYNC, TEXT)
    assert inner["suggestion"] == suggestion
    assert ("detect_check_labels" in inner) == (suggestion != "pass")
    analyzed = builders.call_inner(live, builders.ANALYZE, {**builders.POST, "text": "一段文字"})
    assert (analyzed["need_query"], analyzed["result_action"]) == ("no_need", action)
    assert ("risk_labels" in analyzed) == ("hit_detect_items" in analyzed) == (suggestion != "pass")


@pytest.mark.parametrize(
    ("verdict", "category", "product"),
    [
        ("porn", "porn", "TJ_PORN_MC"),
        ("porn/sexy", "porn", "TJ_PORN_MC"),
        ("terrorism/politics", "politic", "TJ_POLITICS_MC"),
        ("terrorism/bloody", "terrorism", "TJ_TERRORISM_MC"),
        ("abuse", "abuse", "TJ_ABUSES_MC"),
        ("ad/abuse", "abuse", "TJ_ABUSES_MC"),
        ("ad", "ad", "TJ_ILLEGAL_MC"),
        ("flood", "flood", "TJ_ILLEGAL_MC"),
        ("contraband", "contraband", "TJ_ILLEGAL_MC"),
        ("live/smoking", "other", "TJ_ILLEGAL_MC"),
    ],
)
def test_a_category_is_found_by_its_product_alone(
    live: RunningServer, verdict: str, category: str, product: str
) -> None:
    """The categories are those of the comment on `label` in the vendor's model of an answer, DetectCheckLabel."""
    live.push_rule({"text": "一段文字"}, verdict=verdict)
    inner = builders.call_inner(live, builders.SYNC, {**TEXT, "products": product})
    assert inner["suggestion"] != "pass"
    assert inner["detect_check_labels"]["label"] == category
    others = ",".join(each for each in ALL.split(",") if each != product)
    inner = builders.call_inner(live, builders.SYNC, {**TEXT, "products": others})
    assert (inner["suggestion"], "detect_check_labels" in inner) == ("pass", False)


def test_of_several_findings_those_of_the_products_count(live: RunningServer) -> None:
    findings = [{"label": "porn", "suggestion": "block"}, {"label": "abuse", "suggestion": "review"}]
    live.push_rule({"text": "一段文字"}, verdict={"findings": findings})
    inner = builders.call_inner(live, builders.SYNC, {**TEXT, "products": "TJ_ABUSES_MC"})
    assert (inner["suggestion"], inner["detect_check_labels"]["label"]) == ("review", "abuse")
    assert [below["sub_label"] for below in inner["detect_check_labels"]["sub_check_labels"]] == ["abuse"]


@pytest.mark.parametrize(("products", "metered"), [(" MINE ,TJ_PORN_MC", "MINE;TJ_PORN_MC"), ("", "")])
def test_a_product_of_one_s_own_contract_or_none_finds_everything(
    live: RunningServer, products: str, metered: str
) -> None:
    """What is metered has semicolons between: the comment on `meter_products` in the vendor's model of the answer."""
    live.push_rule({"text": "一段文字"}, verdict="politics")
    inner = builders.call_inner(live, builders.SYNC, {**TEXT, "products": products})
    assert (inner["detect_check_labels"]["label"], inner["meter_products"]) == ("politic", metered)


@pytest.mark.parametrize(
    ("products", "label"), [("TJ_ABUSES_MC,TJ_PORN_MC", "abuse"), ("MINE", "other"), ("", "other")]
)
def test_what_names_nothing_is_the_first_product_s(live: RunningServer, products: str, label: str) -> None:
    live.push_rule({"text": "一段文字"}, verdict="block")
    inner = builders.call_inner(live, builders.SYNC, {**TEXT, "products": products})
    assert (inner["suggestion"], inner["detect_check_labels"]["label"]) == ("block", label)


@pytest.mark.parametrize(("quirk", "rates"), [("percent", ["62.11", "100.00"]), ("fraction", ["0.62", "1.00"])])
def test_rates_are_written_as_the_quirk_says(start: Callable[..., RunningServer], quirk: str, rates: list[str]) -> None:
    """From 0 to 100 by the comment on `rate` in the vendor's model of 2024, to 1 by that of 2022."""
    live = start({"quirks": {"alipay.check_rates": quirk}})
    findings = [{"label": "ad", "suggestion": "review", "rate": 62.11}, {"label": "porn", "rate": 100}]
    live.push_rule({"text": "一段文字"}, verdict={"findings": findings})
    assert builders.call_inner(live, builders.SYNC, TEXT)["detect_check_labels"] == {
        "label": "porn",
        "rate": rates[1],
        "sub_check_labels": [{"sub_label": "ad", "rate": rates[0]}, {"sub_label": "porn", "rate": rates[1]}],
    }


@pytest.mark.parametrize(
    ("verdict", "strategy"), [("porn", 0), ("ocr", 1), ({"findings": [{"label": "ad", "contexts": ["加我"]}]}, 1)]
)
def test_a_picture_was_seen_or_read(live: RunningServer, verdict: Any, strategy: int) -> None:
    """The comment on `hit_strategy` in the vendor's model: 0 what the picture shows, 1 the writing on it."""
    url = "https://a.test/a.jpg"
    live.push_rule({"url": url}, verdict=verdict)
    inner = builders.call_inner(live, builders.SYNC, {**TEXT, "content_type": "PICTURE", "data_list": [url]})
    (below,) = inner["detect_check_labels"]["sub_check_labels"]
    assert below["hit_strategy"] == strategy


def test_quirks_change_action_and_labels(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"alipay.review": "REJECTED", "alipay.check_labels": "list"}})
    live.push_rule({"text": "一段文字"}, verdict="review")
    assert builders.call_inner(live, builders.DETECT, {"content": "一段文字"})["action"] == "REJECTED"
    inner = builders.call_inner(live, builders.SYNC, TEXT)
    assert (inner["suggestion"], len(inner["detect_check_labels"])) == ("review", 1)


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [("porn", "sexyPic"), ("ad/qrcode", "QRCode"), ("ocr", "ocr"), ("sface", "picture_face"), ("ad", "RULEORMODEL")],
)
def test_hits_of_pictures(live: RunningServer, verdict: str, kind: str) -> None:
    """The codes of the comment on `detect_type_code` in the vendor's model, InfoSecHitDetectItem."""
    url = "https://a.test/a.jpg"
    live.push_rule({"url": url}, verdict=verdict)
    event = builders.call_inner(live, builders.ANALYZE, {**builders.POST, "picture_urls": [url]})["event_id"]
    live.control("POST", "clock", {"advance": 60})
    inner = builders.call_inner(live, builders.RESULT, {"event_id": event})
    (item,) = inner["hit_detect_items"]
    assert (item["detect_type_code"], item["hit_content"]) == (kind, url)
    assert inner["risk_labels"] == item["hit_detect_resource"]


def test_hits_of_a_text(live: RunningServer) -> None:
    """One for each keyword, which is what the check knew as well as what it met: comments in InfoSecHitDetectItem."""
    live.push_rule({"text": {"contains": ["加我", "优惠"]}}, verdict="ad")
    inner = builders.call_inner(live, builders.ANALYZE, {**builders.POST, "text": "优惠多多，加我"})
    hits = [
        (item["detect_type_code"], item["hit_detect_resource"], item["hit_content"])
        for item in inner["hit_detect_items"]
    ]
    assert hits == [("KEYWORDS", "加我", "加我"), ("KEYWORDS", "优惠", "优惠")]
    assert inner["risk_labels"] == "ad"
