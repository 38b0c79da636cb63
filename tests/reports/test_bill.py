from collections.abc import Callable

from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import AS_B, TEAM_B, parse_error
from tests.providers.alipay.gateway.builders import ANALYZE, POST, RESULT, call_inner
from tests.providers.aliyun.rpc_calls import call_rpc, scan_image, scan_text
from tests.reports.builders import fetch_bill, fetch_counts

URL = "https://a.test/1.jpg"


def test_each_text_is_counted_whatever_its_labels(live: RunningServer) -> None:
    scan_text(live, "one", "two", "three", labels=("ad", "spam"))
    assert fetch_counts(live) == (1, 0, 0, 0, 3)


def test_refusals_and_errors_cost_nothing(live: RunningServer) -> None:
    scan_image(live, URL, secret="wrong")
    call_rpc(live, "ScanImage")
    scan_image(live, "https://a.test/emu-error-Throttling.jpg")
    scan_image(live, "https://a.test/emu-error-InvalidImage.NotFound.jpg")
    assert fetch_bill(live) == {}
    scan_image(live, URL, "https://a.test/emu-error-InvalidImage.NotFound.jpg")
    assert fetch_counts(live) == (1, 1, 1, 1, 0)


def test_an_answer_that_was_disturbed_costs(live: RunningServer) -> None:
    live.push_rule({"operation": "ScanImage"}, fault="empty")
    scan_image(live, URL, f"{URL}?2")
    assert fetch_counts(live) == (1, 2, 1, 2, 0)


def test_an_analysis_of_alipay_costs_once(live: RunningServer) -> None:
    post = {**POST, "picture_urls": [URL, f"{URL}?2"]}
    event = call_inner(live, ANALYZE, post)["event_id"]
    for _ in range(2):
        assert live.control("POST", "clock", {"advance": 60}).status_code == 200
        assert call_inner(live, RESULT, {"event_id": event})["result_action"] == "PASSED"
    assert list(fetch_bill(live)) == [("acc-1", ANALYZE)]
    line = fetch_bill(live)["acc-1", ANALYZE]
    assert (line["pictures"], line["scenes"], line["units"]) == (2, 0, 2)


def test_by_account_and_operation_and_filter(start: Callable[..., RunningServer]) -> None:
    live = start({"accounts": [TEAM_B]})
    scan_image(live, URL)
    scan_text(live, "one")
    scan_image(live, URL, **AS_B)
    assert set(fetch_bill(live)) == {("acc-1", "ScanImage"), ("acc-1", "ScanText"), ("acc-2", "ScanImage")}
    assert set(fetch_bill(live, account="team-b")) == {("acc-2", "ScanImage")}
    assert set(fetch_bill(live, operation="ScanText")) == {("acc-1", "ScanText")}
    assert fetch_bill(live, account="null") == {}
    assert fetch_bill(live, until="0") == {}
    parse_error(live.control("GET", "bill", month="5"), 400)
