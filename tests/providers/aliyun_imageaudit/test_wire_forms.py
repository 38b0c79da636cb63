"""The five forms in which clients send a call, with all their habits of encoding."""

from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.live import Live, encoded, image_params, signed
from tests.providers.aliyun_imageaudit.forms import FORMS, IMAGE, acs3, call, http

AWKWARD = "a b+c*~!'()&=%25;,/?:@#[]\"<>\\ 图片 é \U0001f600 \t\r\n.\x00\x1f"
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


def text_params(text: str) -> dict[str, str]:
    return {"Labels.1.Label": "ad", "Tasks.1.Content": text}


def heard(live: Live) -> object:
    """The text of the last call, as it arrived."""
    return live.entries()[0].subjects[0][2]["text"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("action", ["ScanImage", "ScanText"])
def test_every_form(live: Live, form: str, action: str) -> None:
    answer = call(live, form, action, IMAGE if action == "ScanImage" else text_params("hello"))
    assert (answer.status, list(answer.json())) == (200, ["Data", "RequestId"])
    assert (live.entries()[0].account, live.entries()[0].operation) == ("acc-1", action)


@pytest.mark.parametrize("form", FORMS)
def test_values_arrive_unchanged(live: Live, form: str) -> None:
    assert call(live, form, "ScanText", text_params(AWKWARD)).status == 200
    assert heard(live) == AWKWARD


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("part", ["secret", "value"])
def test_signature_is_checked_in_every_form(live: Live, form: str, part: str) -> None:
    if part == "secret":
        answer = call(live, form, secret="wrong")
    elif form == "E":
        headers = acs3(live.host, "ScanImage", encoded(IMAGE).encode())
        answer = http(live, "POST", "/", headers, encoded({**IMAGE, "Scene.1": "logo"}).encode())
    else:
        given = {**signed("ScanImage", IMAGE, method="GET" if form == "C" else "POST"), "Scene.1": "logo"}
        in_body = form in "AB"
        answer = http(
            live,
            "GET" if form == "C" else "POST",
            "/" if in_body else f"/?{encoded(given)}",
            URLENCODED if in_body else {},
            encoded(given).encode() if in_body else b"",
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
def test_habits_of_encoding(live: Live, encode: Callable[[str], str], where: str) -> None:
    text = "a b *~!'() 图"
    if where == "acs3 body":
        body = f"Labels.1.Label=ad&Tasks.1.Content={encode(text)}".encode()
        answer = http(live, "POST", "/", acs3(live.host, "ScanText", body), body)
    else:
        given = signed("ScanText", text_params(text), method="POST")
        pairs = "&".join(f"{name}={encode(value)}" for name, value in given.items())
        in_body = where == "body"
        answer = http(live, "POST", "/" if in_body else f"/?{pairs}", URLENCODED, pairs.encode() if in_body else b"")
    assert answer.status == 200, answer.body
    assert heard(live) == text


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("form", ["B", "E"])
def test_chunked_bodies(live: Live, form: str, size: int) -> None:
    params = text_params("加我 " * 500)
    if form == "B":
        body = encoded(signed("ScanText", params, method="POST")).encode()
        answer = http(live, "POST", "/", URLENCODED, body, chunks=size)
    else:
        body = encoded(params).encode()
        answer = http(live, "POST", "/", acs3(live.host, "ScanText", body), body, chunks=size)
    assert answer.status == 200, answer.body
    assert heard(live) == params["Tasks.1.Content"]


@pytest.mark.parametrize("name", ["SignatureType", "RegionId", "Task.1.DataId", "Unheard"])
def test_blank_values_are_signed(live: Live, name: str) -> None:
    assert live.rpc("ScanImage", {**IMAGE, name: ""}).status_code == 200


def test_a_name_without_equals_sign_is_a_blank_value(live: Live) -> None:
    given = encoded(signed("ScanImage", {**IMAGE, "SignatureType": ""}))
    assert http(live, "GET", f"/?&&{given.replace('SignatureType=', 'SignatureType')}&").status == 200


def test_order_on_the_wire_does_not_matter(live: Live) -> None:
    given = signed("ScanImage", IMAGE)
    assert http(live, "GET", f"/?{encoded(dict(reversed(given.items())))}").status == 200


@pytest.mark.parametrize("form", FORMS)
def test_tasks_stand_in_order_of_their_numbers(live: Live, form: str) -> None:
    """Signed by name, Task.10 stands before Task.2."""
    urls = tuple(f"https://a.test/{n}.jpg" for n in range(1, 11))
    answer = call(live, form, "ScanImage", image_params(urls, ("porn",)))
    assert [result["ImageURL"] for result in answer.json()["Data"]["Results"]] == list(urls)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        *[(name, "application/json") for name in ("JSON", "json", "Json", None, "", "None")],
        *[(name, "text/xml") for name in ("XML", "xml", "Xml")],
    ],
)
def test_format(live: Live, given: str | None, kind: str) -> None:
    answer = live.rpc("ScanImage", IMAGE, common={"Format": given})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, f"{kind};charset=utf-8")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("application/json", "application/json"), ("application/xml", "text/xml"), (None, "application/json")],
)
def test_form_e_asks_by_accept(live: Live, accept: str | None, kind: str) -> None:
    answer = call(live, "E", headers={"accept": accept})
    assert (answer.status, answer.headers["Content-Type"]) == (200, f"{kind};charset=utf-8")


@pytest.mark.parametrize("form", ["A", "B", "C", "D"])
def test_acs_headers_do_not_make_form_e(live: Live, form: str) -> None:
    """The older clients send them along with their parameters."""
    given = encoded(signed("ScanImage", IMAGE, method="POST"))
    headers = {**URLENCODED, "x-acs-action": "ScanText", "x-acs-version": "2000-01-01", "Authorization": "Basic eA=="}
    body = given.encode() if form in "AB" else b""
    assert http(live, "POST", "/" if body else f"/?{given}", headers, body).status == 200


def test_form_e_with_parameters_in_the_query(live: Live) -> None:
    headers = acs3(live.host, "ScanImage", query=IMAGE)
    assert http(live, "POST", f"/?{encoded(IMAGE)}", headers).status == 200
    headers = acs3(live.host, "ScanImage", query=IMAGE, method="GET")
    assert http(live, "GET", f"/?{encoded(dict(reversed(IMAGE.items())))}", headers).status == 200


def test_form_e_in_other_spellings(live: Live) -> None:
    body = encoded(IMAGE).encode()
    headers = acs3(live.host, "ScanImage", body)
    headers["Authorization"] = headers["Authorization"].replace(",", ", ")
    assert http(live, "POST", "/", {name.title(): value for name, value in headers.items()}, body).status == 200


def test_form_e_signs_the_body_to_the_byte(live: Live) -> None:
    body = encoded(IMAGE).encode()
    changed = b"&".join(reversed(body.split(b"&")))
    assert http(live, "POST", "/", acs3(live.host, "ScanImage", body), changed).code == "SignatureDoesNotMatch"


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
def test_host(live: Live, host: str, told: str) -> None:
    """Clients sign and send whatever they were given as their endpoint."""
    assert http(live, "GET", f"/?{encoded(signed('ScanImage', IMAGE))}", {"Host": host}).status == 200
    body = encoded(IMAGE).encode()
    assert http(live, "POST", "/", acs3(host, "ScanImage", body), body).status == 200
    assert http(live, "GET", "/", {"Host": host}).json()["HostId"] == told


@pytest.mark.parametrize("target", ["http://imageaudit.test/?{}", "http://imageaudit.test:80?{}", "//?{}"])
def test_targets_of_proxies(live: Live, target: str) -> None:
    given = encoded(signed("ScanImage", IMAGE))
    assert http(live, "GET", target.format(given)).status == 200


def test_absolute_target_in_form_e(live: Live) -> None:
    body = encoded(IMAGE).encode()
    assert http(live, "POST", "http://imageaudit.test/", acs3(live.host, "ScanImage", body), body).status == 200


@pytest.mark.parametrize(
    "kind", [None, "application/x-www-form-urlencoded; charset=UTF-8", "APPLICATION/X-WWW-FORM-URLENCODED"]
)
def test_content_types_of_forms(live: Live, kind: str | None) -> None:
    body = encoded(signed("ScanImage", IMAGE, method="POST")).encode()
    assert http(live, "POST", "/", {"Content-Type": kind} if kind else {}, body).status == 200
