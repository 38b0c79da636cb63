"""What goes back: headers, JSON, and XML that says the same as the JSON."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from defusedxml import ElementTree

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.imageaudit.builders import FORMS, IMAGE, call, send_bytes, send_request
from tests.providers.aliyun.rpc_calls import call_rpc, make_image_params, scan_image, scan_text

UUID = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}")
CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST, GET, OPTIONS, PUT, DELETE",
    "access-control-allow-headers": "X-Requested-With, X-Sequence, _aop_secret, _aop_signature, x-acs-action, "
    "x-acs-version, x-acs-date, Content-Type",
    "access-control-max-age": "172800",
}
TYPES = {"JSON": "application/json;charset=utf-8", "XML": "text/xml;charset=utf-8"}
HEAD = b"<?xml version='1.0' encoding='UTF-8'?>"

Leaves = list[tuple[str, str]]


def iterate_json_leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield every scalar with its path, as the XML should hold it; lists repeat the name of their key."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            for key, inner in item.items():
                yield from iterate_json_leaves(f"{name}/{key}", inner)
        else:
            yield name, f"{item:g}" if isinstance(item, float) else str(item)


def parse_xml_leaves(body: bytes) -> tuple[str, Leaves]:
    def iterate_below(path: str, element: Any) -> Iterator[tuple[str, str]]:
        for child in element:
            here = f"{path}/{child.tag}"
            yield from iterate_below(here, child) if len(child) else [(here, child.text or "")]

    assert body.startswith(HEAD)
    root = ElementTree.fromstring(body)
    return root.tag, list(iterate_below("", root))


def drop_ids(leaves: Leaves) -> Leaves:
    """Return the leaves without the ids that are new in each answer."""
    return [
        (path, UUID.sub("*", text)) for path, text in leaves if path.rpartition("/")[2] not in ("TaskId", "RequestId")
    ]


def fetch_both(live: RunningServer, action: str, params: dict[str, str]) -> tuple[Leaves, str, Leaves]:
    """Return the leaves of the same answer as JSON and as XML, and the name of the XML's root."""
    answers = [call_rpc(live, action, params, common={"Format": form}) for form in ("JSON", "XML")]
    root, leaves = parse_xml_leaves(answers[1].content)
    return drop_ids(list(iterate_json_leaves("", answers[0].json()))), root, drop_ids(leaves)


def test_xml_says_what_json_says_of_pictures(live: RunningServer) -> None:
    live.state.accounts.default.clock.freeze(True)  # addresses of frames carry the time
    scenes = ("porn", "terrorism", "ad", "live", "logo")
    urls = (
        "https://a.test/1.gif?emu-terrorism-politics&emu-ad-spam&emu-logo",
        "https://a.test/2.jpg?emu-ad-programCode",
    )
    params = {
        **make_image_params(urls, scenes),
        "Task.1.Interval": "1",
        "Task.1.MaxFrames": "3",
        "Task.2.DataId": "x&<y>",
    }
    expected, root, found = fetch_both(live, "ScanImage", params)
    assert root == "ScanImageResponse"
    assert found == expected
    names = {path.rpartition("/")[2] for path, _text in found}
    assert names >= {"Name", "Id", "Context", "OCRDataList", "X", "Y", "Width", "Height", "URL", "DataId"}


def test_xml_says_what_json_says_of_texts(live: RunningServer) -> None:
    params = {"Labels.1.Label": "ad", "Labels.2.Label": "spam"}
    params |= {"Tasks.1.Content": "emu-ad <b>&amp;</b> emu-spam-review", "Tasks.2.Content": "fine"}
    expected, root, found = fetch_both(live, "ScanText", params)
    assert (root, found) == ("ScanTextResponse", expected)


def test_xml_says_what_json_says_of_errors(live: RunningServer) -> None:
    expected, root, found = fetch_both(live, "ScanVideo", {})
    assert (root, found) == ("Error", expected)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("<&>'\"]]>", "<&>'\"]]>"),
        ("图 \U0001f600 é", "图 \U0001f600 é"),
        ("a\tb\nc\rd\r\ne", "a\tb\nc\rd\r\ne"),
        ("\x00\x01\x0b\x1f\x7f\x85", "\ufffd\ufffd\ufffd\ufffd\x7f\x85"),
        ("\ufffe\uffff", "\ufffd\ufffd"),
    ],
)
def test_xml_holds_any_text(live: RunningServer, given: str, shown: str) -> None:
    answer = call_rpc(live, "ScanImage", {**IMAGE, "Task.1.DataId": given}, common={"Format": "XML"})
    assert dict(parse_xml_leaves(answer.content)[1])["/Data/Results/DataId"] == shown
    assert (
        call_rpc(live, "ScanImage", {**IMAGE, "Task.1.DataId": given}).json()["Data"]["Results"][0]["DataId"] == given
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("action", ["ScanImage", "ScanVideo"])
def test_each_answer_has_the_documented_headers(live: RunningServer, form: str, action: str) -> None:
    answer = call(live, form, action)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert headers["content-type"] == "application/json;charset=utf-8"
    assert headers["x-acs-request-id"] == answer.json()["RequestId"]
    assert UUID.fullmatch(headers["x-acs-request-id"])
    assert re.fullmatch("[0-9a-f]{32}", headers["x-acs-trace-id"])
    assert headers.items() >= CORS.items()


def test_request_ids_are_new_each_time(live: RunningServer) -> None:
    assert len({scan_image(live, "https://a.test/").json()["RequestId"] for _ in range(20)}) == 20


def test_success_has_no_code_at_the_top(live: RunningServer) -> None:
    """One client takes any answer with a Code for an error, another one without Code for a success."""
    assert list(scan_image(live, "https://a.test/").json()) == ["Data", "RequestId"]
    assert list(scan_text(live, "hello").json()) == ["Data", "RequestId"]


def test_an_error_has_the_documented_body(live: RunningServer) -> None:
    answer = send_request(live, "GET", "/?Format=JSON", {"Host": "imageaudit.cn-shanghai.aliyuncs.com:80"})
    body = answer.json()
    assert list(body) == ["RequestId", "HostId", "Code", "Message", "Recommend"]
    assert body["HostId"] == "imageaudit.cn-shanghai.aliyuncs.com"
    assert body["Recommend"] == (
        f"https://api.aliyun.com/troubleshoot?q=MissingVersion&product=imageaudit&requestId={body['RequestId']}"
    )


def test_xml_error_body(live: RunningServer) -> None:
    answer = send_request(live, "GET", "/?Format=XML")
    request_id = answer.headers["x-acs-request-id"]
    assert answer.headers["Content-Type"] == "text/xml;charset=utf-8"
    assert answer.body.decode() == (
        "<?xml version='1.0' encoding='UTF-8'?><Error>"
        f"<RequestId>{request_id}</RequestId><HostId>127.0.0.1</HostId>"
        "<Code>MissingVersion</Code><Message>Version is mandatory for this action.</Message>"
        "<Recommend><![CDATA[https://api.aliyun.com/troubleshoot?q=MissingVersion&product=imageaudit"
        f"&requestId={request_id}]]></Recommend></Error>"
    )


@pytest.mark.parametrize("default", ["JSON", "XML"])
def test_the_default_format_is_that_of_the_quirk(start: Callable[..., RunningServer], default: str) -> None:
    live = start({"quirks": {"imageaudit.default_format": default}})
    for given in (None, "", "None"):
        for action in ("ScanImage", "ScanVideo"):
            answer = call_rpc(live, action, IMAGE, common={"Format": given})
            assert answer.headers["Content-Type"] == TYPES[default]
            assert answer.content.startswith(HEAD) == (default == "XML")
    assert call_rpc(live, "ScanImage", IMAGE, common={"Format": "JSON"}).json()["Data"]


@pytest.mark.parametrize("default", ["JSON", "XML"])
@pytest.mark.parametrize("asked", ["JSON", "XML", "xml", ""])
@pytest.mark.parametrize("where", ["query", "body", "accept"])
def test_format_of_what_cannot_be_read(
    start: Callable[..., RunningServer], default: str, asked: str, where: str
) -> None:
    live = start({"quirks": {"imageaudit.default_format": default}})
    broken = f"a=%&Format={asked}"
    if where == "query":
        answer = send_request(live, "GET", f"/?{broken}", {"Accept": "*/*"})
    elif where == "body":
        answer = send_request(live, "POST", "/", {}, broken.encode())
    else:
        accept = {"Accept": f"application/{asked}"} if asked else {}
        answer = send_request(live, "POST", "/?a=%", {"Authorization": "ACS3-HMAC-SHA256 ", **accept})
    assert answer.status == 400
    assert answer.body.startswith(HEAD) == ((asked or default).upper() == "XML")


def test_bytes_that_are_no_http(live: RunningServer) -> None:
    answer = send_bytes(live, b"nonsense\r\n\r\n")
    assert (answer.status, answer.code) == (400, "InvalidParameter.BadRequest")
    assert answer.json()["HostId"] == "imageaudit.cn-shanghai.aliyuncs.com"
