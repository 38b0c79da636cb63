"""Every error as it is rendered on the wire, against golden/errors.json."""

from typing import Any

from moderation_emulator.contract.running_server import RunningServer
from tests.providers import error_rows
from tests.providers.aliyun.green.builders import call, fetch_results, scan, submit
from tests.providers.error_rows import Golden

NAME = "aliyun_green"
URL = "https://a.test/two.jpg"


def test_the_table_has_the_golden_rows() -> None:
    error_rows.compare(NAME)


@error_rows.parametrize_rows(NAME, "roa")
def test_of_the_gateway(live: RunningServer, golden: Golden) -> None:
    live.push_rule({"provider": NAME, "operation": golden.operation}, error=golden.row.code)
    answer = call(live, golden.operation)
    request_id = answer.headers["x-acs-request-id"]
    assert answer.status_code == golden.row.status
    assert answer.json() == {
        "RequestId": request_id,
        "HostId": "127.0.0.1",
        "Code": golden.row.code,
        "Message": golden.row.text,
        "Recommend": f"https://api.aliyun.com/troubleshoot?q={golden.row.code}&product=Green&requestId={request_id}",
    }


@error_rows.parametrize_rows(NAME, "green")
def test_of_the_whole_answer(live: RunningServer, golden: Golden) -> None:
    live.push_rule({"provider": NAME, "operation": golden.operation}, error=golden.row.code)
    answer = call(live, golden.operation)
    assert answer.status_code == golden.row.status
    assert answer.json() == {**render_item(golden), "requestId": answer.headers["x-acs-request-id"]}


@error_rows.parametrize_rows(NAME, "green")
def test_of_one_picture_among_three(live: RunningServer, golden: Golden) -> None:
    """An error of one task stands in its item, at once and later; any other fails the call."""
    live.push_rule({"provider": NAME, "url": URL}, error=golden.row.code)
    urls = ("https://a.test/one.jpg", URL, "https://a.test/three.jpg")
    answer = call(live, "image/scan", {"scenes": ["porn"], "tasks": [{"url": url} for url in urls]})
    if golden.row.scope == "call":
        assert answer.status_code == golden.row.status
        assert answer.json() == {**render_item(golden), "requestId": answer.headers["x-acs-request-id"]}
        return
    scanned = scan(live, *urls)
    later = fetch_results(live, *submit(live, *urls))
    for items in (scanned, later):
        assert items[1] == {**render_item(golden), "taskId": items[1]["taskId"], "url": URL}
        assert [(item["code"], item["msg"]) for item in (items[0], items[2])] == [(200, "OK")] * 2


def render_item(golden: Golden) -> dict[str, Any]:
    return {"code": int(golden.row.code), "msg": golden.row.text}
