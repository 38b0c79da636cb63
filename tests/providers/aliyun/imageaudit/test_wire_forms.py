"""The five forms in which clients send a call, with all their habits of encoding."""

from collections.abc import Callable
from urllib.parse import quote

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.imageaudit.builders import FORMS, IMAGE, call, send_request, sign_acs3
from tests.providers.aliyun.rpc_calls import call_rpc, encode_query, make_image_params, sign_rpc

AWKWARD = "a b+c*~!'()&=%25;,/?:@#[]\"<>\\ 图片 é \U0001f600 \t\r\n.\x00\x1f"
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


def make_text_params(text: str) -> dict[str, str]:
    return {"Labels.1.Label": "ad", "Tasks.1.Content": text}


def read_last_text(live: RunningServer) -> object:
    """Return the text of the last call, as it arrived."""
    return live.list_entries()[0].items[0][2]["text"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("action", ["ScanImage", "ScanText"])
def test_every_form_of_a_call_is_read(live: RunningServer, form: str, action: str) -> None:
    answer = call(live, form, action, IMAGE if action == "ScanImage" else make_text_params("hello"))
    assert (answer.status, list(answer.json())) == (200, ["Data", "RequestId"])
    assert (live.list_entries()[0].account, live.list_entries()[0].operation) == ("acc-1", action)


@pytest.mark.parametrize("form", FORMS)
def test_values_arrive_unchanged(live: RunningServer, form: str) -> None:
    assert call(live, form, "ScanText", make_text_params(AWKWARD)).status == 200
    assert read_last_text(live) == AWKWARD


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("part", ["secret", "value"])
def test_signature_is_checked_in_every_form(live: RunningServer, form: str, part: str) -> None:
    if part == "secret":
        answer = call(live, form, secret="wrong")
    elif form == "E":
        headers = sign_acs3(live.host, "ScanImage", encode_query(IMAGE).encode())
        answer = send_request(live, "POST", "/", headers, encode_query({**IMAGE, "Scene.1": "logo"}).encode())
    else:
        given = {**sign_rpc("ScanImage", IMAGE, method="GET" if form == "C" else "POST"), "Scene.1": "logo"}
        in_body = form in "AB"
        answer = send_request(
            live,
            "GET" if form == "C" else "POST",
            "/" if in_body else f"/?{encode_query(given)}",
            URLENCODED if in_body else {},
            encode_query(given).encode() if in_body else b"",
        )
    assert (answer.status, answer.code) == (400, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda text: quote(text, safe="~*!'()"), id="marks left unencoded"),
        pytest.param(lambda text: quote(text, safe="~").replace("%20", "+"), id="plus for a blank"),
        pytest.param(lambda text: "".join(f"%{byte:02x}" for byte in text.encode()), id="small hexadecimal digits"),
    ],
)
@pytest.mark.parametrize("where", ["query", "body", "acs3 body"])
def test_habits_of_encoding(live: RunningServer, encode: Callable[[str], str], where: str) -> None:
    text = "a b *~!'() 图"
    if where == "acs3 body":
        body = f"Labels.1.Label=ad&Tasks.1.Content={encode(text)}".encode()
        answer = send_request(live, "POST", "/", sign_acs3(live.host, "ScanText", body), body)
    else:
        given = sign_rpc("ScanText", make_text_params(text), method="POST")
        pairs = "&".join(f"{name}={encode(value)}" for name, value in given.items())
        in_body = where == "body"
        answer = send_request(
            live, "POST", "/" if in_body else f"/?{pairs}", URLENCODED, pairs.encode() if in_body else b""
        )
    assert answer.status == 200, answer.body
    assert read_last_text(live) == text


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("form", ["B", "E"])
def test_chunked_bodies_are_read(live: RunningServer, form: str, size: int) -> None:
    params = make_text_params("加我 " * 500)
    if form == "B":
        body = encode_query(sign_rpc("ScanText", params, method="POST")).encode()
        answer = send_request(live, "POST", "/", URLENCODED, body, chunks=size)
    else:
        body = encode_query(params).encode()
        answer = send_request(live, "POST", "/", sign_acs3(live.host, "ScanText", body), body, chunks=size)
    assert answer.status == 200, answer.body
    assert read_last_text(live) == params["Tasks.1.Content"]


@pytest.mark.parametrize("name", ["SignatureType", "RegionId", "Task.1.DataId", "Unheard"])
def test_blank_values_are_signed(live: RunningServer, name: str) -> None:
    assert call_rpc(live, "ScanImage", {**IMAGE, name: ""}).status_code == 200


def test_a_name_without_equals_sign_is_a_blank_value(live: RunningServer) -> None:
    given = encode_query(sign_rpc("ScanImage", {**IMAGE, "SignatureType": ""}))
    assert send_request(live, "GET", f"/?&&{given.replace('SignatureType=', 'SignatureType')}&").status == 200


def test_order_on_the_wire_does_not_matter(live: RunningServer) -> None:
    given = sign_rpc("ScanImage", IMAGE)
    assert send_request(live, "GET", f"/?{encode_query(dict(reversed(given.items())))}").status == 200


@pytest.mark.parametrize("form", FORMS)
def test_tasks_stand_in_order_of_their_numbers(live: RunningServer, form: str) -> None:
    """Signed by name, Task.10 stands before Task.2."""
    urls = tuple(f"https://a.test/{n}.jpg" for n in range(1, 11))
    answer = call(live, form, "ScanImage", make_image_params(urls, ("porn",)))
    assert [result["ImageURL"] for result in answer.json()["Data"]["Results"]] == list(urls)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        *[(name, "application/json") for name in ("JSON", "json", "Json", None, "", "None")],
        *[(name, "text/xml") for name in ("XML", "xml", "Xml")],
    ],
)
def test_the_format_asked_for_is_answered(live: RunningServer, given: str | None, kind: str) -> None:
    answer = call_rpc(live, "ScanImage", IMAGE, common={"Format": given})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, f"{kind};charset=utf-8")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("application/json", "application/json"), ("application/xml", "text/xml"), (None, "application/json")],
)
def test_form_e_asks_by_accept(live: RunningServer, accept: str | None, kind: str) -> None:
    answer = call(live, "E", headers={"accept": accept})
    assert (answer.status, answer.headers["Content-Type"]) == (200, f"{kind};charset=utf-8")


@pytest.mark.parametrize("form", ["A", "B", "C", "D"])
def test_acs_headers_do_not_make_form_e(live: RunningServer, form: str) -> None:
    """The older clients send them along with their parameters."""
    given = encode_query(sign_rpc("ScanImage", IMAGE, method="POST"))
    headers = {**URLENCODED, "x-acs-action": "ScanText", "x-acs-version": "2000-01-01", "Authorization": "Basic eA=="}
    body = given.encode() if form in "AB" else b""
    assert send_request(live, "POST", "/" if body else f"/?{given}", headers, body).status == 200


def test_form_e_with_parameters_in_the_query(live: RunningServer) -> None:
    headers = sign_acs3(live.host, "ScanImage", query=IMAGE)
    assert send_request(live, "POST", f"/?{encode_query(IMAGE)}", headers).status == 200
    headers = sign_acs3(live.host, "ScanImage", query=IMAGE, method="GET")
    assert send_request(live, "GET", f"/?{encode_query(dict(reversed(IMAGE.items())))}", headers).status == 200


def test_form_e_in_other_spellings(live: RunningServer) -> None:
    body = encode_query(IMAGE).encode()
    headers = sign_acs3(live.host, "ScanImage", body)
    headers["Authorization"] = headers["Authorization"].replace(",", ", ")
    assert send_request(live, "POST", "/", {name.title(): value for name, value in headers.items()}, body).status == 200


def test_form_e_signs_the_body_to_the_byte(live: RunningServer) -> None:
    body = encode_query(IMAGE).encode()
    changed = b"&".join(reversed(body.split(b"&")))
    assert (
        send_request(live, "POST", "/", sign_acs3(live.host, "ScanImage", body), changed).code
        == "SignatureDoesNotMatch"
    )


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("imageaudit.cn-shanghai.aliyuncs.com", "imageaudit.cn-shanghai.aliyuncs.com"),
        ("localhost:8080", "localhost"),
        ("mock_server:80", "mock_server"),
        ("[::1]:8080", "[::1]"),
        ("127.0.0.1:8080/prefix", "127.0.0.1"),
        ("", "imageaudit.cn-shanghai.aliyuncs.com"),
        ("@:/?#", "imageaudit.cn-shanghai.aliyuncs.com"),
    ],
)
def test_any_host_is_served_and_told_in_refusals(live: RunningServer, host: str, told: str) -> None:
    """Clients sign and send whatever they were given as their endpoint."""
    assert send_request(live, "GET", f"/?{encode_query(sign_rpc('ScanImage', IMAGE))}", {"Host": host}).status == 200
    body = encode_query(IMAGE).encode()
    assert send_request(live, "POST", "/", sign_acs3(host, "ScanImage", body), body).status == 200
    assert send_request(live, "GET", "/", {"Host": host}).json()["HostId"] == told


@pytest.mark.parametrize("target", ["http://imageaudit.test/?{}", "http://imageaudit.test:80?{}", "//?{}"])
def test_targets_of_proxies(live: RunningServer, target: str) -> None:
    given = encode_query(sign_rpc("ScanImage", IMAGE))
    assert send_request(live, "GET", target.format(given)).status == 200


def test_absolute_target_in_form_e(live: RunningServer) -> None:
    body = encode_query(IMAGE).encode()
    assert (
        send_request(live, "POST", "http://imageaudit.test/", sign_acs3(live.host, "ScanImage", body), body).status
        == 200
    )


@pytest.mark.parametrize(
    "kind", [None, "application/x-www-form-urlencoded; charset=UTF-8", "APPLICATION/X-WWW-FORM-URLENCODED"]
)
def test_content_types_of_forms(live: RunningServer, kind: str | None) -> None:
    body = encode_query(sign_rpc("ScanImage", IMAGE, method="POST")).encode()
    assert send_request(live, "POST", "/", {"Content-Type": kind} if kind else {}, body).status == 200
