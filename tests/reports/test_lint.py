import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.reports.lint import find_lint
from emulator.state.journal import Entry
from tests.http.control.builders import parse_error, parse_items
from tests.providers.alipay import builders as alipay
from tests.providers.aliyun.green.builders import fetch_results, submit
from tests.reports.builders import fetch_newest_entry
from tests.running_server import RunningServer

_numbers = count(1)


def make_entry(operation: str, at: float, request: Any = "", answer: Any = "", **more: Any) -> Entry:
    """Return a call as the journal keeps it; requests and answers that are no text are written as JSON."""
    body, got = (each if isinstance(each, str) else json.dumps(each) for each in (request, answer))
    plain = Entry(
        id=next(_numbers),
        at=at,
        account="acc-1",
        provider="any",
        operation=operation,
        via="https",
        method="POST",
        target="/",
        headers=(),
        body=body.encode(),
        request_id="",
        status=200,
        code=None,
        detail="",
        outcome="pass",
        items=(),
        decided_by=("default", None, None),
        warnings=(),
        seconds=0.001,
        response_headers={},
        response_body=got.encode(),
    )
    return plain._replace(**more)


def list_findings(*entries: Entry) -> list[tuple[str, str]]:
    """Return which call has which bad habit, oldest first."""
    found = [(finding["entry"], finding["habit"]) for finding in asyncio.run(find_lint(entries[::-1]))][::-1]
    return [(str([str(each.id) for each in entries].index(name)), habit) for name, habit in found]


def test_a_nonce_used_again(live: RunningServer) -> None:
    for _ in range(2):
        live.scan_text("hello", common={"SignatureNonce": "mine"})
    entry = fetch_newest_entry(live)
    assert entry["code"] == "SignatureNonceUsed"
    (got,) = entry["etiquette"]
    assert (got["entry"], got["habit"]) == (entry["id"], "nonce reused")
    first = parse_items(live.control("GET", "journal"))[1]
    assert f"entry {first['id']} " in got["advice"]
    assert parse_items(live.control("GET", "etiquette")) == [got]
    assert parse_items(live.control("GET", "etiquette", account="default")) == [got]
    parse_error(live.control("GET", "etiquette", account="nobody"), 404)
    parse_error(live.control("GET", "etiquette", since="0"), 400)


def test_only_the_newest_64_mib_are_looked_at() -> None:
    """The bytes of a call are those of address, request and answer; the one that goes beyond is looked at as well."""
    target, large = "/?SignatureNonce=mine", "x" * (32 * 1024 * 1024)
    used = [make_entry("ScanText", at, target=target) for at in range(4)]
    beyond = make_entry("ScanText", 4, large, large)
    found = asyncio.run(find_lint([used[3], used[2], beyond, used[1], used[0]]))
    assert [(finding["entry"], finding["habit"]) for finding in found] == [(str(used[3].id), "nonce reused")]
    fits = make_entry("ScanText", 4, large, large[: -3 * len(target) - 1])  # "/" as well: not a byte is left
    found = asyncio.run(find_lint([used[3], used[2], fits, used[1], used[0]]))
    assert [finding["entry"] for finding in found] == [str(used[3].id), str(used[2].id), str(used[1].id)]


def test_a_nonce_in_headers_and_forms() -> None:
    header = (("X-Acs-Signature-Nonce", "n1"),)
    calls = [
        make_entry("a", 0, headers=header),
        make_entry("a", 1, "SignatureNonce=n1&b=c"),
        make_entry("a", 2, target="/?a=b&SignatureNonce=n2"),
        make_entry("a", 3, "x=y&SignatureNonce=n2"),
        make_entry("a", 4, "MySignatureNonce=n2"),
        make_entry("a", 5),
    ]
    assert list_findings(*calls) == [("1", "nonce reused"), ("3", "nonce reused")]


@pytest.mark.parametrize(("after", "told"), [(0, True), (6899, True), (6901, False), (7201, False)])
def test_a_token_fetched_while_the_last_was_good(after: float, told: bool) -> None:
    first, second = make_entry("cgi-bin/token", 1000), make_entry("cgi-bin/token", 1000 + after)
    assert list_findings(first, second) == ([("1", "token fetched per call")] if told else [])


@pytest.mark.parametrize(
    ("stage", "provider", "told"), [("gate", "any", False), ("gate", "other", True), ("rule", "any", True)]
)
def test_a_token_fetched_because_the_last_was_refused(stage: str, provider: str, told: bool) -> None:
    """A call may be refused for its token, as after a reset, and then a new one is what it takes."""
    refused = make_entry("wxa/img_sec_check", 1, code="1", provider=provider, decided_by=(stage, None, None))
    calls = [make_entry("cgi-bin/token", 0), refused, make_entry("cgi-bin/token", 2)]
    assert list_findings(*calls) == ([("2", "token fetched per call")] if told else [])


def test_a_token_that_was_refused_is_none() -> None:
    refused = make_entry("cgi-bin/token", 0, code="40001")
    assert list_findings(refused, make_entry("cgi-bin/token", 1)) == []


@pytest.mark.parametrize(("waited", "early"), [(0.0, True), (0.3, True), (0.5, False), (9.0, False)])
def test_a_risk_result_asked_for_too_early(waited: float, early: bool) -> None:
    name = "11111111-2222-3333-4444-555555555555"
    submission = make_entry("my.ap.imgRisk", 5, "", {"success": {"riskResult": json.dumps({"apply_id": name})}})
    query = make_entry("my.ap.imgRiskCallback", 5 + waited, f"bizContext=%7B%22apply_id%22%3A%22{name}%22%7D")
    assert list_findings(submission, query) == ([("1", "polled too early")] if early else [])
    assert list_findings(submission) == [("0", "result never fetched")]


def test_queries_at_the_same_time() -> None:
    calls = [
        make_entry("my.ap.imgRiskCallback", at, seconds=seconds) for at, seconds in ((1, 0.1), (1.05, 0.1), (2, 0.1))
    ]
    assert list_findings(*calls) == [("1", "concurrent queries")]


def test_of_a_live_mini_program(start: Callable[..., RunningServer]) -> None:
    live = start({"latency": {"min": 0.02, "max": 0.02}})
    task = alipay.submit(live, "https://a.test/1.png")
    assert [finding["habit"] for finding in fetch_newest_entry(live)["etiquette"]] == ["result never fetched"]
    alipay.ask(live, task)
    assert [finding["habit"] for finding in fetch_newest_entry(live)["etiquette"]] == ["polled too early"]
    alipay.advance(live, 0.5)
    alipay.ask(live, task)
    assert fetch_newest_entry(live)["etiquette"] == []
    with ThreadPoolExecutor(4) as together:
        list(together.map(lambda _: alipay.ask(live, task), range(4)))
    assert "concurrent queries" in [finding["habit"] for finding in fetch_newest_entry(live)["etiquette"]]


def test_results_that_nobody_asks_for() -> None:
    scan = make_entry("image/asyncscan", 0, {"tasks": []}, {"data": [{"taskId": "img1"}, {"taskId": "img2"}]})
    assert list_findings(scan) == [("0", "result never fetched")]
    assert list_findings(scan, make_entry("image/results", 1, ["img1"])) == [("0", "result never fetched")]
    assert list_findings(scan, make_entry("image/results", 1, ["img1", "img2"])) == []
    assert list_findings(scan, make_entry("image/results", 1, ["img1"]), make_entry("image/results", 2, ["img2"])) == []
    assert list_findings(scan._replace(body=b'{"callback": "http://a.test/"}')) == []


def test_of_a_live_client(live: RunningServer) -> None:
    (task,) = submit(live, "https://a.test/emu-delay-9s.jpg")
    assert fetch_newest_entry(live)["etiquette"][0]["habit"] == "result never fetched"
    fetch_results(live, task)
    (finding,) = fetch_newest_entry(live)["etiquette"]
    assert finding["habit"] == "polled too early"
    (listed,) = parse_items(live.control("GET", "etiquette"))
    assert listed == {
        "entry": str(live.list_entries()[0].id),
        "account": live.state.accounts.default.id,
        "operation": "image/results",
        "habit": "polled too early",
        "advice": finding["advice"],
    }
    assert [finding["habit"] for finding in parse_items(live.control("GET", "etiquette"))] == ["polled too early"]
    live.control("POST", "clock", {"advance": 9})
    fetch_results(live, task)
    assert fetch_newest_entry(live)["etiquette"] == []


def test_results_that_were_not_ready() -> None:
    early = make_entry("image/results", 1, ["img1"], {"code": 200, "data": [{"code": 280, "msg": "PROCESSING"}]})
    assert list_findings(early) == [("0", "polled too early")]
    assert list_findings(early._replace(response_body=b'{"data": [{"code": 2800}]}')) == []


@given(st.lists(st.binary(max_size=30), max_size=4), st.sampled_from(["image/results", "my.ap.imgRiskCallback", "x"]))
def test_any_bytes_will_do(bodies: list[bytes], operation: str) -> None:
    calls = [make_entry(operation, n)._replace(body=body, response_body=body) for n, body in enumerate(bodies)]
    assert all(finding["operation"] == operation for finding in asyncio.run(find_lint(calls)))
