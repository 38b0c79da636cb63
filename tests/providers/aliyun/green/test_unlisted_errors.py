"""An error that a rule writes out: a body code, or a name of the gateway, also one that is in no table."""

from typing import Any

import pytest

from moderation_emulator.contract.journal_entries import assert_warned, get_newest_entry
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green import builders as green

URL = "https://cdn.example.test/one.jpg"


def test_a_body_code(live: RunningServer) -> None:
    live.push_rule({"provider": "aliyun_green", "url": URL}, error={"code": 599, "message": "MADE_UP"})
    failed, fine = green.scan(live, URL, "https://cdn.example.test/two.jpg")
    assert (failed["code"], failed["msg"], "results" in failed) == (599, "MADE_UP", False)
    assert fine["code"] == 200
    (task_id,) = green.submit(live, URL)
    (item,) = green.fetch_results(live, task_id)
    assert (item["code"], item["msg"]) == (599, "MADE_UP")
    live.control("DELETE", "rules")
    live.push_rule({"operation": "text/scan"}, error={"code": 12345, "message": "MADE_UP"})
    body = {"scenes": ["antispam"], "tasks": [{"content": "x"}]}
    answer = green.call(live, "text/scan", body)
    assert answer.status_code == 200
    assert (answer.json()["code"], answer.json()["msg"]) == (12345, "MADE_UP")
    assert_warned(live, "12345", "aliyun_green")


def test_a_name_of_the_gateway(live: RunningServer) -> None:
    """It applies to the whole call, as an item has no name."""
    live.push_rule({"operation": "image/scan", "url": URL}, error={"code": "Made.Up", "message": "No.", "status": 409})
    answer = green.call(live, "image/scan", {"scenes": ["porn"], "tasks": [{"url": "https://a.test/1"}, {"url": URL}]})
    assert answer.status_code == 409
    assert (answer.json()["Code"], answer.json()["Message"]) == ("Made.Up", "No.")


def test_a_known_body_code_with_another_text(live: RunningServer) -> None:
    live.push_rule({"url": URL}, error={"code": 592, "message": "slower than slow"})
    (item,) = green.scan(live, URL)
    assert (item["code"], item["msg"]) == (592, "slower than slow")


@pytest.mark.parametrize("quirk", [False, True])
@pytest.mark.parametrize(("code", "status"), [(444, 444), (99, 200), (100, 200), (12345, 200)])
def test_a_body_code_as_http_status(live: RunningServer, quirk: bool, code: int, status: int) -> None:
    """By the page of image/asyncscan code is the HTTP status: where it can be one."""
    live.control("PATCH", "settings", {"quirks": {"green.http_status": quirk}})
    live.push_rule({"operation": "image/feedback"}, error={"code": code})
    answer = green.call(live, "image/feedback", {"taskId": "t", "suggestion": "pass", "scenes": ["ad"]})
    assert (answer.status_code, answer.json()["code"]) == (status if quirk else 200, code)


@pytest.mark.parametrize("code", ["", "a b", ".a", "x" * 101, "坏", "a/b", '"', 200])
def test_what_is_no_code(live: RunningServer, code: Any) -> None:
    answer = live.control("POST", "rules", {"match": {"provider": "aliyun_green"}, "error": {"code": code}})
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["path"] == "$.error"


def test_a_number_in_a_magic_word_is_no_code_here(live: RunningServer) -> None:
    (item,) = green.scan(live, "https://cdn.example.test/emu-error-99999.jpg")
    assert item["code"] == 200
    assert get_newest_entry(live).warnings[0].startswith("unknown magic word emu-error-99999")
