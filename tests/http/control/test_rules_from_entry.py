"""What a call got, as a rule: pushed, the same call gets the same again."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import list_control_rules, parse_error
from tests.providers.alipay import builders as alipay
from tests.providers.alipay.gateway import builders as gateway
from tests.providers.aliyun.green import builders as green
from tests.providers.aliyun.rpc_calls import scan_image, scan_text
from tests.providers.wechat import builders as wechat

Ask = Callable[[], Any]


def make_rule(live: RunningServer, at: int = 0) -> Any:
    """Return the newest entry, or the one before it, as a rule; asking must store nothing."""
    before = live.control("GET", "rules").json()["total"]
    answer = live.control("POST", f"journal/{live.list_entries()[at].id}/rule")
    assert answer.status_code == 200, answer.text
    assert live.control("GET", "rules").json()["total"] == before
    return answer.json()


def repeat_by_rule(live: RunningServer, ask: Ask) -> Any:
    """Assert that a call gets the same by its rule alone, without other rules and magic words; return the rule."""
    first = ask()
    rule = make_rule(live)
    live.control("DELETE", "rules")
    live.control("PATCH", "settings", {"magic_words": False})
    assert live.control("POST", "rules", rule).status_code == 201
    assert ask() == first
    return rule


IDS = ("RequestId", "Recommend", "requestId", "TaskId", "taskId", "rid", "requestid")


def read_kept(answer: requests.Response) -> Any:
    """Return what is the same in two answers: all but ids."""
    return answer.status_code, drop_ids(answer.json()) if answer.content else None


def drop_ids(body: Any) -> Any:
    if isinstance(body, list):
        return [drop_ids(each) for each in body]
    if not isinstance(body, dict):
        return body
    return {key: drop_ids(value) for key, value in body.items() if key not in IDS}


def read_break(ask: Ask) -> str:
    with pytest.raises(requests.exceptions.ConnectionError) as caught:
        ask()
    return "reset" if "reset" in str(caught.value) else "closed"


# A verdict.


@pytest.mark.parametrize("word", ["emu-porn-sexy-62.11", "emu-block", "emu-terrorism emu-ad-spam", "emu-pass", "plain"])
def test_a_verdict_of_imageaudit(live: RunningServer, word: str) -> None:
    url = f"https://a.test/{word}.jpg"
    rule = repeat_by_rule(live, lambda: read_kept(scan_image(live, url, scenes=("porn", "terrorism", "ad"))))
    assert rule["match"] == {"provider": "aliyun_imageaudit", "operation": "ScanImage", "url": url}


def test_a_verdict_of_a_text_with_the_words_that_were_hit(live: RunningServer) -> None:
    live.push_rule({"text": {"contains": ["加我", "2026-01-01"]}}, verdict="ad")
    rule = repeat_by_rule(live, lambda: read_kept(scan_text(live, "请加我 2026-01-01")))
    assert rule["verdict"]["findings"][0]["contexts"] == ["加我", "2026-01-01"]


def test_a_verdict_of_wechat_which_is_a_code(live: RunningServer) -> None:
    rule = repeat_by_rule(live, lambda: wechat.read_code(wechat.upload(live, filename="emu-porn.png")))
    assert set(rule["match"]) == {"provider", "operation", "sha256"}


def test_a_verdict_of_green(live: RunningServer) -> None:
    repeat_by_rule(
        live,
        lambda: read_kept(green.call(live, "text/scan", {"scenes": ["antispam"], "tasks": [{"content": "emu-ad"}]})),
    )


def test_a_verdict_of_work_that_is_only_taken(live: RunningServer) -> None:
    def ask() -> Any:
        (task,) = green.submit(live, "https://a.test/emu-porn.jpg")
        return green.fetch_results(live, task)[0]["results"]

    first = ask()
    rule = make_rule(live, at=1)
    assert rule["match"]["operation"] == "image/asyncscan"
    live.control("PATCH", "settings", {"magic_words": False})
    live.control("POST", "rules", rule)
    assert ask() == first


def test_a_verdict_of_the_gateway(live: RunningServer) -> None:
    content = gateway.make_content(gateway.DETECT, "emu-block")
    repeat_by_rule(live, lambda: {**gateway.call_inner(live, gateway.DETECT, content), "unique_id": ""})


# An error.


@pytest.mark.parametrize("code", ["Throttling", "InvalidImage.NotFound", "InternalServerError"])
def test_an_error_of_imageaudit(live: RunningServer, code: str) -> None:
    live.push_rule({"url": {"contains": "a.test"}}, error=code)
    rule = repeat_by_rule(live, lambda: read_kept(scan_image(live, "https://a.test/1.jpg", "https://a.test/2.jpg")))
    assert rule["error"] == code


def test_an_error_of_one_picture_of_several(live: RunningServer) -> None:
    urls = ("https://a.test/1.jpg", "https://a.test/emu-error-InvalidImage.NotFound.jpg", "https://a.test/3.jpg")
    rules = repeat_by_rule(live, lambda: read_kept(scan_image(live, *urls)))
    assert [rule["match"]["url"] for rule in rules] == [[urls[0], urls[2]], urls[1]]


def test_an_error_of_wechat(live: RunningServer) -> None:
    rule = repeat_by_rule(live, lambda: wechat.read_code(wechat.upload(live, filename="emu-error-45009.png")))
    assert rule["error"] == "45009"


def test_an_error_of_a_call_that_has_no_picture(live: RunningServer) -> None:
    live.push_rule({"operation": "cgi-bin/token"}, error=45009, times=1)
    rule = repeat_by_rule(live, lambda: wechat.read_code(wechat.fetch_token(live).json()))
    assert rule["match"] == {"provider": "wechat", "operation": "cgi-bin/token"}


def test_an_error_of_alipay(live: RunningServer) -> None:
    live.push_rule({"operation": alipay.SUBMIT}, error="serviceNoAuth")
    repeat_by_rule(live, lambda: read_kept(alipay.call(live, alipay.SUBMIT, alipay.make_picture())))


def test_a_refusal_at_the_gate(live: RunningServer) -> None:
    """A call that is refused is asked of no rule, so one that is in order gets what it got."""
    scan_text(live, "hello", secret="wrong")
    rule = make_rule(live)
    assert rule["match"] == {"provider": "aliyun_imageaudit", "operation": "ScanText"}
    live.control("POST", "rules", rule)
    assert scan_text(live, "hello").json()["Code"] == "SignatureDoesNotMatch"


# A fault.


@pytest.mark.parametrize("fault", ["reset", "close"])
def test_a_fault_of_alipay(live: RunningServer, fault: str) -> None:
    rule = repeat_by_rule(
        live,
        lambda: read_break(
            lambda: alipay.call(live, alipay.SUBMIT, alipay.make_picture(f"http://a.test/emu-fault-{fault}.jpg"))
        ),
    )
    assert rule["fault"] == {"name": fault}


SLOW = {"name": "slow", "bytes_per_second": 1e9}


def test_a_fault_with_parameters_and_a_delay(live: RunningServer) -> None:
    live.push_rule({"operation": "text/scan"}, fault=SLOW, delay={"min": 0.0, "max": 0.001})
    rule = repeat_by_rule(live, lambda: read_kept(green.call(live, "text/scan")))
    assert rule["fault"] == SLOW
    assert rule["delay"] == {"min": 0.0, "max": 0.001}


# An answer as it was.

RAW = {"status": 502, "headers": {"Content-Type": "text/html", "X-A": "\xe9"}, "body": "<p>坏 😀\r\n</p>"}


def read_literal(answer: requests.Response) -> Any:
    headers = {name.lower(): value for name, value in answer.headers.items() if name != "Date"}
    return answer.status_code, headers, answer.content


@pytest.mark.parametrize("match", [{"operation": "image/scan"}, {"url": {"prefix": "https://a.test"}}])
def test_an_answer_that_was_written_out(live: RunningServer, match: dict[str, Any]) -> None:
    live.push_rule(match, raw=RAW)
    rule = repeat_by_rule(live, lambda: read_literal(green.call(live, "image/scan")))
    assert rule["raw"] == RAW


@pytest.mark.parametrize("match", [{"operation": "ScanText"}, {"text": "hello"}])
def test_an_answer_that_was_changed(live: RunningServer, match: dict[str, Any]) -> None:
    live.push_rule(match, respond={"Data": {"a": 1}, "Label": "x"})
    assert "respond" in repeat_by_rule(live, lambda: read_kept(scan_text(live, "hello")))


# What decided is gone.


def test_the_answer_itself_where_the_rule_is_gone(live: RunningServer) -> None:
    rule = live.push_rule({"text": "hello"}, verdict={"findings": [{"label": "ad", "rate": 77.7}]})
    first = scan_text(live, "hello")
    live.control("DELETE", f"rules/{rule['id']}")
    made = make_rule(live)
    assert made["raw"]["body"] == first.text
    live.control("POST", "rules", made)
    assert read_literal(scan_text(live, "hello")) == read_literal(first)


def test_the_answer_itself_where_another_rule_has_its_id(live: RunningServer) -> None:
    live.control("PUT", "rules/mine", {"match": {"text": "hello"}, "verdict": "ad"})
    first = scan_text(live, "hello", labels=("ad", "spam"))
    live.control("PUT", "rules/mine", {"match": {"text": "hello"}, "verdict": "spam"})
    assert make_rule(live)["raw"]["body"] == first.text
    scan_text(live, "hello", labels=("ad", "spam"))
    assert make_rule(live)["verdict"]["findings"][0]["label"] == "spam"


def test_what_cannot_be_repeated_says_why(live: RunningServer) -> None:
    rule = live.push_rule({"text": "hello"}, fault="empty")
    scan_text(live, "hello")
    live.control("DELETE", f"rules/{rule['id']}")
    problem = parse_error(live.control("POST", f"journal/{live.list_entries()[0].id}/rule"), 409)
    assert "is gone or changed" in problem
    rule = live.push_rule({"operation": "cgi-bin/token"}, respond={"a": 1})
    wechat.fetch_token(live)
    live.control("DELETE", f"rules/{rule['id']}")
    assert "credentials" in parse_error(live.control("POST", f"journal/{live.list_entries()[0].id}/rule"), 409)
    parse_error(live.control("POST", "journal/999999999/rule"), 404)


def test_long_texts_are_known_by_their_beginning(live: RunningServer) -> None:
    live.push_rule({"text": {"prefix": "字"}}, verdict="ad")
    body = {"scenes": ["antispam"], "tasks": [{"content": "字" * 9000}] * 20}
    repeat_by_rule(live, lambda: read_kept(green.call(live, "text/scan", body)))


def test_a_text_that_the_journal_cut_is_known_by_its_first_10_000_characters(live: RunningServer) -> None:
    text = "emu-ad " + "x" * 70_000
    rule = repeat_by_rule(
        live, lambda: wechat.call_json(live, "security.msgSecCheck", {"content": text}).json()["errcode"]
    )
    assert rule["match"]["text"] == {"prefix": [text[:10_000]]}


def test_every_call_has_one_that_can_be_pushed(live: RunningServer) -> None:
    """Whatever came in: the rule is taken, or it is said why there is none."""
    scan_text(live, "hello", key="nobody")
    requests.get(f"{live.url}/?Action=Nothing", timeout=5)
    requests.post(f"{live.url}/wxa/img_sec_check", data=b"\xff", timeout=5)
    requests.post(f"{live.url}/gateway.do", data={"method": "x"}, timeout=5)
    requests.post(f"{live.url}/alipay/my.ap.imgRisk", data=json.dumps({"pid": "\ud800"}), timeout=5)
    for entry in live.list_entries():
        answer = live.control("POST", f"journal/{entry.id}/rule")
        assert answer.status_code in (200, 409)
        if answer.status_code == 200:
            assert live.control("POST", "rules", answer.json()).status_code == 201
    assert list_control_rules(live)
