import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay import builders as alipay
from tests.reports.builders import fetch_newest_entry, list_findings, make_entry


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
