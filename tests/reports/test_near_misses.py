from collections.abc import Callable
from time import perf_counter
from typing import Any

import pytest

from emulator.assets import FIXTURES
from emulator.reports.match_score import explain_failure
from emulator.reports.near_misses import COMPARED_LIMIT, find_near_misses
from emulator.rules.conditions import Condition
from emulator.rules.parse import parse_rules
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import AS_B, TEAM_B
from tests.providers.aliyun.rpc_calls import call_rpc, scan_image, scan_text
from tests.providers.wechat.builders import PNG, upload
from tests.reports.builders import fetch_newest_entry

URL = "https://cdn.example.test/a%20b.jpg"


def fetch_near_miss(live: RunningServer, match: dict[str, Any], **outcome: Any) -> dict[str, Any]:
    """Return what is said of one rule that a call for URL just misses."""
    rule = live.push_rule(match, **outcome or {"verdict": "porn"})
    scan_image(live, URL)
    (near,) = [miss for miss in fetch_newest_entry(live)["near_misses"] if miss["rule"] == rule["id"]]
    assert near["source"] == "control"
    return dict(near)


def test_samples_of_ours_are_reported_only_when_there_is_nothing_else(live: RunningServer) -> None:
    scan_image(live, URL)
    samples = fetch_newest_entry(live)["near_misses"]
    assert samples
    assert all(miss["source"].startswith(str(FIXTURES)) for miss in samples)
    live.push_rule({"text": "another thing"}, verdict="porn")
    scan_image(live, URL)
    assert [miss["source"] for miss in fetch_newest_entry(live)["near_misses"]] == ["control"]


@pytest.mark.parametrize(
    ("match", "operator", "hint"),
    [
        ({"url": "https://cdn.example.test/A%20B.jpg"}, "equals", "capitals"),
        ({"url": "https://cdn.example.test/a b.jpg"}, "equals", "percent-encoding"),
        ({"url": "https://cdn.example.test/a+b.jpg"}, "equals", "percent-encoding"),
        ({"url": "http://cdn.example.test/a%20b.jpg"}, "equals", "http and https"),
        ({"url": f" {URL}\n"}, "equals", "blanks"),
        ({"url": "HTTP://cdn.example.test/a b.jpg"}, "equals", "more than one of them"),
        ({"url": "a%20b"}, "equals", "write {contains: ...}"),
        ({"url": {"contains": "A%20b"}}, "contains", "capitals"),
        ({"url": {"contains": "a b"}}, "contains", "percent-encoding"),
        ({"url": {"prefix": "cdn.example.test"}}, "prefix", "not at its beginning"),
        ({"url": {"glob": "a%20b.???"}}, "glob", "begin or end it with *"),
        ({"url": {"regex": "/A%20B[.]jpg$"}}, "regex", "capitals"),
        ({"filename": "Ａ b.jpg"}, "equals", "more than one of them"),
    ],
)
def test_a_failed_condition_has_a_hint(live: RunningServer, match: dict[str, Any], operator: str, hint: str) -> None:
    ((key, value),) = match.items()
    (failed,) = fetch_near_miss(live, match)["failed"]
    assert (failed["key"], failed["operator"]) == (key, operator)
    assert failed["expected"] == (value if isinstance(value, str) else value[operator])
    assert failed["got"] == (URL if key == "url" else "a b.jpg")
    assert hint in failed["hint"]


@pytest.mark.parametrize(
    ("match", "hint"),
    [
        ({"sha256": "0" * 64}, "no picture bytes: images.fetch is off"),
        ({"width": {"min": 5}}, "no picture bytes: images.fetch is off"),
        ({"marker": "abc"}, "no picture bytes: images.fetch is off"),
        ({"text": "hello"}, "it has no text: it is a picture"),
        ({"data_id": "7"}, "no data_id was sent"),
    ],
)
def test_what_is_not_known(live: RunningServer, match: dict[str, Any], hint: str) -> None:
    miss = fetch_near_miss(live, {"url": URL, **match})
    assert miss["matched"] == ["url"]
    (failed,) = miss["failed"]
    assert (failed["got"], failed["hint"]) == (None, hint)


def test_of_a_text_no_picture_is_known_and_of_a_call_without_either_nothing(live: RunningServer) -> None:
    rule = live.push_rule({"provider": "aliyun_imageaudit", "width": {"min": 5}}, verdict="ad")
    scan_text(live, "hello")
    near = next(miss for miss in fetch_newest_entry(live)["near_misses"] if miss["rule"] == rule["id"])
    assert [(failed["key"], failed["hint"]) for failed in near["failed"]] == [
        ("width", "it is a text, not a picture"),
    ]


def test_of_a_call_without_pictures_and_texts_nothing_is_known() -> None:
    miss = explain_failure(Condition("text", "equals", ("x",)), {"operation": "cgi-bin/token"}, fetches_images=True)
    assert miss["hint"] == "the call has no pictures or texts, or was refused before they were looked at"


def test_of_a_picture_that_was_fetched_in_vain_no_measure_is_known() -> None:
    miss = explain_failure(Condition("width", "equals", (5,)), {"url": URL}, fetches_images=True)
    assert (miss["got"], miss["hint"]) == (None, "not known of this picture")


def test_bytes_of_an_uploaded_picture_are_not_kept(live: RunningServer) -> None:
    rule = live.push_rule({"via": "cloud", "marker": "plain", "format": "png", "width": 64}, verdict="block")
    upload(live, PNG + b"plain")
    near = next(miss for miss in fetch_newest_entry(live)["near_misses"] if miss["rule"] == rule["id"])
    hints = {failed["key"]: (failed["got"], failed["hint"]) for failed in near["failed"]}
    assert hints["marker"] == (None, "the journal did not keep the picture's bytes: use sha256")
    assert hints["via"] == ("https", None)


def test_what_held_and_what_did_not(live: RunningServer) -> None:
    miss = fetch_near_miss(live, {"operation": "ScanText", "url": URL, "via": "https"}, verdict="porn", name="mine")
    assert (miss["name"], miss["subject"], miss["matched"]) == ("mine", 1, ["url", "via"])
    assert miss["failed"] == [
        {"key": "operation", "operator": "equals", "expected": "ScanText", "got": "ScanImage", "hint": None}
    ]


def test_three_the_nearest_first(live: RunningServer) -> None:
    far = [live.push_rule({"url": f"https://elsewhere.test/{n}.png"}, verdict="porn")["id"] for n in range(5)]
    near = live.push_rule({"url": "https://cdn.example.test/a%20c.jpg"}, verdict="porn")["id"]
    nearer = live.push_rule({"url": URL, "data_id": "1"}, verdict="porn")["id"]
    scan_image(live, URL)
    missed = [miss["rule"] for miss in fetch_newest_entry(live)["near_misses"]]
    assert len(missed) == 3
    assert missed[:2] == [nearer, near] or missed[:2] == [near, nearer]
    assert missed[2] not in (far[0], far[1])


def test_of_several_pictures_the_one_that_came_nearest(live: RunningServer) -> None:
    rule = live.push_rule({"url": "https://a.test/nude.jpg"}, verdict="porn")
    scan_image(live, "https://b.test/1.png", "https://a.test/Nude.jpg")
    (near,) = [miss for miss in fetch_newest_entry(live)["near_misses"] if miss["rule"] == rule["id"]]
    assert near["subject"] == 2


def test_a_spent_rule_fails_by_its_times(live: RunningServer) -> None:
    rule = live.push_rule({"url": URL}, verdict="porn", times=1)
    scan_image(live, URL)
    assert fetch_newest_entry(live)["near_misses"] == []
    scan_image(live, URL)
    miss = fetch_newest_entry(live)["near_misses"][0]
    assert (miss["rule"], miss["matched"]) == (rule["id"], ["url"])
    (failed,) = miss["failed"]
    assert (failed["key"], failed["expected"], failed["got"]) == ("times", 1, 1)


def test_newer_than_the_call(live: RunningServer) -> None:
    scan_image(live, URL)
    rule = live.push_rule({"url": URL}, verdict="porn")
    near = fetch_newest_entry(live)["near_misses"][0]
    assert (near["rule"], near["failed"][0]["key"]) == (rule["id"], "precedence")
    of_call = live.push_rule({"operation": "ScanImage"}, error="Throttling")
    (near,) = [miss for miss in fetch_newest_entry(live)["near_misses"] if miss["rule"] == of_call["id"]]
    assert (near["subject"], near["failed"][0]["key"], near["failed"][0]["got"]) == (None, "precedence", "default")


def test_rules_of_another_account_never_and_of_another_provider_only_when_all_else_holds(
    start: Callable[..., RunningServer],
) -> None:
    live = start({"accounts": [TEAM_B]})
    live.control("POST", "rules", {"match": {"url": URL}, "verdict": "porn"}, account="team-b")
    live.control("POST", "rules", {"match": {"url": f"{URL}x"}, "verdict": "porn"}, account="team-b")
    live.push_rule({"url": URL, "account": "team-b"}, verdict="porn")
    green = live.push_rule({"provider": "aliyun_green", "url": URL}, verdict="porn")
    live.push_rule({"provider": "aliyun_green", "url": f"{URL}x"}, verdict="porn")
    scan_image(live, URL)
    near = {
        miss["rule"]: miss["failed"] for miss in fetch_newest_entry(live)["near_misses"] if miss["source"] == "control"
    }
    assert {rule: [each["key"] for each in failed] for rule, failed in near.items()} == {
        green["id"]: ["provider"],
    }
    scan_image(live, URL, **AS_B)
    assert fetch_newest_entry(live)["near_misses"] == []


def test_nothing_of_calls_that_were_decided_or_refused(live: RunningServer) -> None:
    live.push_rule({"url": f"{URL}x"}, verdict="porn")
    scan_image(live, URL, secret="wrong")
    entry = fetch_newest_entry(live)
    assert (entry["near_misses"], entry["rules"]) == ([], "not asked: refused by the gate")
    call_rpc(live, "ScanImage")
    assert fetch_newest_entry(live)["rules"] == "not asked: refused by the schema"
    live.push_rule({"operation": "ScanImage"}, error="Throttling")
    scan_image(live, URL)
    entry = fetch_newest_entry(live)
    assert (entry["near_misses"], entry["rules"]) == ([], "asked")


def test_rules_that_only_delay_are_no_misses(live: RunningServer) -> None:
    rule = live.push_rule({"url": f"{URL}x"}, delay=0.001)
    scan_image(live, URL)
    assert rule["id"] not in [miss["rule"] for miss in fetch_newest_entry(live)["near_misses"]]


def test_a_hundred_thousand_rules(start: Callable[..., RunningServer]) -> None:
    """A rule far behind those that are compared one by one is found by the index, and soon."""
    live = start()
    forms = [{"match": {"url": f"https://cdn.example.test/{n}.jpg"}, "verdict": "porn"} for n in range(100_000)]
    wanted = COMPARED_LIMIT * 10
    scan_image(live, f"http://CDN.example.test/{wanted}.jpg")
    ids = (f"rule-{n}" for n in range(len(forms)))
    rules = parse_rules(forms, live.app.rule_names, ids, lambda _index: "control")
    live.run(live.state.rule_engine.control.change(None, lambda _none: rules))
    for n in (wanted, COMPARED_LIMIT - 1 - COMPARED_LIMIT // 2):
        scan_image(live, f"https://cdn.example.test/{n}.JPG")
        began = perf_counter()
        miss = live.run(find_near_misses(live.list_entries()[0], live.state))
        assert perf_counter() - began < 1
        assert miss[0]["rule"] == f"rule-{n}"
        assert len(miss) == 3
