"""Every error as it is rendered on the wire, against golden/errors.json."""

from typing import Any

from moderation_emulator.contract.running_server import RunningServer
from tests.providers import error_rows
from tests.providers.aliyun.rpc_calls import scan_image, scan_text
from tests.providers.error_rows import Golden

NAME = "aliyun_imageaudit"


def test_the_table_has_the_golden_rows() -> None:
    error_rows.compare(NAME)


def call_operation(live: RunningServer, operation: str, *words: str) -> Any:
    if operation == "ScanText":
        return scan_text(live, *words)
    return scan_image(live, *(f"https://a.test/{word}.jpg" for word in words))


@error_rows.parametrize_rows(NAME)
def test_as_the_answer_to_a_call(live: RunningServer, golden: Golden) -> None:
    live.push_rule({"provider": NAME, "operation": golden.operation}, error=golden.row.code)
    answer = call_operation(live, golden.operation, "one")
    request_id = answer.headers["x-acs-request-id"]
    recommended = f"https://api.aliyun.com/troubleshoot?q={golden.code}&product=imageaudit&requestId={request_id}"
    assert answer.status_code == golden.row.status
    assert answer.json() == {
        "RequestId": request_id,
        "HostId": "127.0.0.1",
        "Code": golden.code,
        "Message": golden.text,
        "Recommend": recommended,
    }


@error_rows.parametrize_rows(NAME)
def test_of_one_picture_or_text_among_three(live: RunningServer, golden: Golden) -> None:
    """An error of one task stands in its element, with the number of section 5 for Code; any other fails the call."""
    key = "text" if golden.operation == "ScanText" else "url"
    live.push_rule({"provider": NAME, key: {"contains": "two"}}, error=golden.row.code)
    answer = call_operation(live, golden.operation, "one", "two", "three")
    if golden.row.scope == "call":
        body = answer.json()
        expected = golden.row.code.replace(".N.", ".2."), golden.row.text.replace(".N.", ".2.")
        assert (answer.status_code, body["Code"], body["Message"]) == (golden.row.status, *expected)
        return
    data = answer.json()["Data"]
    assert answer.status_code == 200
    elements = data["Results"]
    assert {name: elements[1][name] for name in ("Code", "Message")} == {
        "Code": golden.row.status,
        "Message": golden.row.code,
    }
    assert elements[1].keys() == {"Code", "Message", "TaskId", "ImageURL"}
    assert [(element["Code"], element["Message"]) for element in (elements[0], elements[2])] == [(200, "OK")] * 2
