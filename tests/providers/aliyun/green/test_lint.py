from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import parse_items
from tests.providers.aliyun.green.builders import fetch_results, submit
from tests.reports.builders import fetch_newest_entry, list_findings, make_entry


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
