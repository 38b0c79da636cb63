"""Requests that no client should send: each gets a documented refusal, and nothing of it ends in a log."""

import logging
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from emulator.providers.aliyun.imageaudit.errors import ROWS
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.imageaudit.builders import IMAGE, Answer, call, send_bytes, send_request, sign_acs3
from tests.providers.aliyun.rpc_calls import call_rpc, encode_query, make_image_params, scan_text, sign_rpc

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SIGNATURE = "c2lnbmF0dXJlLW9mLXRoZS1jbGllbnQ="
BAD = "InvalidParameter.BadRequest"
MEGABYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Check that no unhandled exception is logged, and nothing that a thief could use, at no level."""
    caplog.set_level(logging.DEBUG)
    yield
    assert "Traceback" not in caplog.text
    for secret in ("testSecret", SIGNATURE, SIGNATURE[:12]):
        assert secret not in caplog.text


def assert_documented(answer: Answer) -> str:
    """Assert that a refusal has the provider's form; return its code."""
    body = answer.json()
    assert set(body) == {"RequestId", "HostId", "Code", "Message", "Recommend"}
    assert ROWS[body["Code"]].status == answer.status < 500
    assert "Traceback" not in body["Message"]
    return str(body["Code"])


QUERIES = [
    ("", "MissingVersion"),
    ("&&&===&", "MissingVersion"),
    ("Action=ScanImage", "MissingVersion"),
    ("Action=ScanImage&Version=2019-12-30", "MissingTimestamp"),
    ("Action=ScanVideo&Version=2019-12-30", "InvalidAction.NotFound"),
    ("Action=scanimage&Version=2019-12-30", "InvalidAction.NotFound"),
    ("Action=__init__&Version=2019-12-30", "InvalidAction.NotFound"),
    ("Action=..%2FScanImage&Version=2019-12-30", "InvalidAction.NotFound"),
    ("Action=%00&Version=2019-12-30", "InvalidAction.NotFound"),
    ("Version=2019-12-30", "MissingAction"),
    ("Action=ScanImage&Version=", "MissingVersion"),
    ("Action=ScanImage&Version=2019-12-31", "InvalidVersion"),
    ("a=%", BAD),
    ("a=%4", BAD),
    ("a=%zz", BAD),
    ("%=1", BAD),
    ("a=%u4e2d", BAD),
    ("a=%ED%A0%80", BAD),
    ("a=%ED%A0%BD%ED%B8%80", BAD),
    ("a=%FF%FE", BAD),
    ("%C3=1", BAD),
    ("a=%C0%AF", BAD),
    ("a=%F5%80%80%80", BAD),
    ("Action=ScanImage&Action=ScanText&Version=2019-12-30", BAD),
    ("Version=2019-12-30&Version=2019-12-30", BAD),
    ("a=1&%61=2", BAD),
    ("a=\x80", BAD),
    ("a=图", BAD),
    ("&".join(f"p{n}=" for n in range(20_000)), "MissingVersion"),
    ("&".join(f"p{n}=" for n in range(20_001)), BAD),
    ("a=1&" * MEGABYTE, BAD),
    ("Task." + "1." * 20_000 + "x=1", BAD),
    ("a=" + "%41" * 300_000, "MissingVersion"),
    ("a=" + "a" * MEGABYTE, "MissingVersion"),
    ("a=" + "a" * 5 * MEGABYTE, BAD),
    (f"Signature={SIGNATURE}&a=%", BAD),
    (f"Signature={SIGNATURE}&a={'a' * 5 * MEGABYTE}", BAD),
]


@pytest.mark.parametrize(("query", "code"), QUERIES, ids=lambda value: value[:40])
def test_hostile_queries_get_a_documented_refusal(live: RunningServer, query: str, code: str) -> None:
    assert assert_documented(send_request(live, "GET", f"/?{query}")) == code
    assert scan_text(live, "still here").status_code == 200


@pytest.mark.parametrize(
    ("query", "code"), [case for case in QUERIES if len(case[0]) < MEGABYTE], ids=lambda value: value[:40]
)
def test_hostile_forms_get_a_documented_refusal(live: RunningServer, query: str, code: str) -> None:
    wanted = {"a=\x80": "MissingVersion", "a=图": "MissingVersion"}.get(query, code)  # UTF-8 that is not encoded
    assert assert_documented(send_request(live, "POST", "/", FORM, query.encode())) == wanted


def test_a_form_of_more_than_four_megabytes(live: RunningServer) -> None:
    """Ten texts of 10 000 Chinese characters, escaped, are less than one."""
    for size, code in ((4 * MEGABYTE, "MissingVersion"), (4 * MEGABYTE + 1, BAD)):
        assert (
            assert_documented(
                send_request(live, "POST", "/", FORM, b"a=" + b"%41" * ((size - 2) // 3) + b"x" * ((size - 2) % 3))
            )
            == code
        )


@pytest.mark.parametrize("name", ["Task.1.DataId", "Scene.1", "Action", "Signature"])
def test_one_name_in_query_and_form(live: RunningServer, name: str) -> None:
    given = sign_rpc("ScanImage", {**IMAGE, "Task.1.DataId": "x"}, method="POST")
    body = urlencode({name: given[name]}).encode()
    assert assert_documented(send_request(live, "POST", f"/?{encode_query(given)}", FORM, body)) == BAD


@pytest.mark.parametrize(
    "names",
    [
        *[
            (f"Task.{number}.ImageURL",)
            for number in ("0", "00", "01", "-1", "+1", "1e3", "x", "", " 1", "１", "१", "²")
        ],
        *[(f"Task.{number}.ImageURL",) for number in ("2", "11", "99999", "100000", "9" * 5000)],
        ("Task.1.ImageURL", "Task.3.ImageURL"),
        ("Task.1.a.b",),
        ("Task.1.ImageURL.",),
        ("Task.1",),
        ("Task.1.",),
        ("Task.1", "Task.1.ImageURL"),
        ("Task.1.ImageURL", "Task.1"),
        ("Task.",),
        ("Task",),
        ("Task", "Task.1.ImageURL"),
        ("Task.1.ImageURL", "Scene"),
        ("Task.1.ImageURL", "Scene.1.x"),
        ("Task.1.ImageURL", "Scene.3"),
        ("Task.1.ImageURL", "Scene.2.x"),
        tuple(f"Task.{n}.ImageURL" for n in range(1, 5001)),
    ],
    ids=lambda names: "+".join(names)[:40],
)
def test_wrongly_numbered_tasks_are_refused(live: RunningServer, names: tuple[str, ...]) -> None:
    answer = call(live, "B", "ScanImage", {"Scene.1": "porn", **dict.fromkeys(names, "https://a.test/x.jpg")})
    assert assert_documented(answer) == BAD


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"Scene.1": "porn"}'),
        ("application/json", b"\xff\xfe"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="Scene.1"\r\n\r\nporn\r\n--x--',
        ),
        ("text/xml", b"<Scene>porn</Scene>"),
        ("image/jpeg", b"\xff\xd8\xff" * 1000),
        ("application/octet-stream", bytes(5 * MEGABYTE)),
    ],
)
def test_bodies_that_are_no_forms_carry_nothing(live: RunningServer, kind: str, body: bytes) -> None:
    given = encode_query(sign_rpc("ScanImage", IMAGE, method="POST"))
    assert send_request(live, "POST", f"/?{given}", {"Content-Type": kind}, body).status == 200
    without = {name: value for name, value in IMAGE.items() if name != "Scene.1"}
    given = encode_query(sign_rpc("ScanImage", without, method="POST"))
    assert assert_documented(send_request(live, "POST", f"/?{given}", {"Content-Type": kind}, body)) == "MissingScene"


@pytest.mark.parametrize(
    "body", [b"\xff", b"a=\xc3", b"\x1f\x8b\x08\x00", b"a=%ED%A0%80", b"a=%", b"a=1&a=2", b"\x00\xff" * MEGABYTE]
)
@pytest.mark.parametrize("kind", [None, FORM["Content-Type"]])
def test_bodies_that_cannot_be_read(live: RunningServer, kind: str | None, body: bytes) -> None:
    headers = {"Content-Type": kind} if kind else {}
    assert assert_documented(send_request(live, "POST", f"/?Signature={SIGNATURE}", headers, body)) == BAD


@pytest.mark.parametrize(
    "name", ["Task.1.ImageURL", "Task.1.Interval", "Scene.1", "Format", "Timestamp", "AccessKeyId"]
)
def test_a_value_of_a_megabyte_is_refused(live: RunningServer, name: str) -> None:
    big = "https://a.test/" + "1" * MEGABYTE
    common = {name: big} if "." not in name else {}
    answer = call_rpc(live, "ScanImage", {**IMAGE, **({} if common else {name: big})}, common=common, form=True)
    assert 400 <= answer.status_code < 500
    assert answer.json()["Code"].split(".")[0] in {code.split(".")[0] for code in ROWS}


@pytest.mark.parametrize("name", ["Task.1.DataId", "SignatureNonce", "Unheard"])
def test_megabyte_values_without_documented_limit(live: RunningServer, name: str) -> None:
    big = {name: "x" * MEGABYTE}
    common = big if name == "SignatureNonce" else {}
    assert call_rpc(live, "ScanImage", {**IMAGE, **big}, common=common, form=True).status_code == 200


@pytest.mark.parametrize("form", ["C", "E"])
@pytest.mark.parametrize("letter", ["图", "\U0001f600", "a"])
@pytest.mark.parametrize(("length", "status"), [(9_999, 200), (10_000, 200), (10_001, 400)])
def test_a_text_of_ten_thousand_characters_is_the_longest(
    live: RunningServer, form: str, letter: str, length: int, status: int
) -> None:
    answer = call(live, form, "ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": letter * length})
    assert answer.status == status
    assert status == 200 or assert_documented(answer) == BAD


ODD_BYTES = "\udcff\udc80"  # what a header's bytes that are no UTF-8 become


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("x-acs-action", "InvalidAction.NotFound"),
        ("x-acs-version", "InvalidVersion"),
        ("x-acs-date", "InvalidTimeStamp.Format"),
        ("x-acs-signature-nonce", "SignatureDoesNotMatch"),
        ("x-acs-security-token", "InvalidSecurityToken.MismatchWithAccessKey"),
        ("x-acs-extra", "SignatureDoesNotMatch"),
        ("accept", "SignatureDoesNotMatch"),
    ],
)
def test_odd_bytes_in_headers(live: RunningServer, name: str, code: str) -> None:
    headers = sign_acs3(live.host, "ScanImage", headers={"x-acs-extra": "x"}, secret="wrong")
    assert assert_documented(send_request(live, "POST", "/", {**headers, name: ODD_BYTES})) == code


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("ACS3-HMAC-SHA256", "IncompleteSignature"),
        ("ACS3-HMAC-SHA256 Credential=testId", "IncompleteSignature"),
        ("ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=x", "IncompleteSignature"),
        ("ACS3-HMAC-SHA256 Credential=testId,SignedHeaders=;,Signature=x", "IncompleteSignature"),
        ("ACS3-HMAC-SHA256 Credential=testId,SignedHeaders=host,Signature=x,More=1", "IncompleteSignature"),
        ("ACS3-HMAC-SHA256X Credential=testId,SignedHeaders=host,Signature=x", "IncompleteSignature"),
        (f"ACS3-HMAC-SHA256 Credential={ODD_BYTES},SignedHeaders=host,Signature=x", "InvalidAccessKeyId.NotFound"),
        (f"ACS3-HMAC-SHA256 Credential=testId,SignedHeaders={ODD_BYTES},Signature=x", "SignatureDoesNotMatch"),
        (f"ACS3-HMAC-SHA256 Credential=testId,SignedHeaders=host,Signature={ODD_BYTES}", "SignatureDoesNotMatch"),
        ("ACS3-HMAC-SHA256 Credential=testId,SignedHeaders=nobody;sent,Signature=0", "SignatureDoesNotMatch"),
    ],
)
def test_a_broken_authorization_is_refused(live: RunningServer, authorization: str, code: str) -> None:
    headers = {**sign_acs3(live.host, "ScanImage"), "Authorization": authorization}
    assert assert_documented(send_request(live, "POST", "/", headers)) == code


@pytest.mark.parametrize(
    "target", ["*", "/?a=\x00", "/?a=b c", "/ HTTP/9.9", "imageaudit.test:80", "/?a=1#%", "//", "http://", "://?"]
)
def test_odd_request_targets_are_refused(live: RunningServer, target: str) -> None:
    assert assert_documented(send_request(live, "GET", target)) in (BAD, "MissingVersion")


def test_ten_tasks_of_the_longest_addresses(live: RunningServer) -> None:
    urls = tuple(f"https://a.test/{n}{'x' * 8170}" for n in range(10))
    assert call(live, "B", "ScanImage", make_image_params(urls, ("porn",))).status == 200


@pytest.mark.parametrize("name", ["Scene.1.", "Scene.01", "Scene.１", "Scene.+1", ".Scene.1", "Scene..1"])
def test_near_names_are_not_taken_for_the_right_one(live: RunningServer, name: str) -> None:
    params = {name: "porn", "Task.1.ImageURL": "https://a.test/x.jpg"}
    assert assert_documented(call(live, "C", "ScanImage", params)) in (BAD, "MissingScene")


@pytest.mark.parametrize("line", [b"\0", b"GET /?", b"x: y\r\n"])
def test_who_still_sends_what_is_refused_gets_the_answer(live: RunningServer, line: bytes) -> None:
    answer = send_bytes(live, line * (5 * MEGABYTE // len(line)) + b"\r\n\r\n")
    assert answer.status == 400
    assert answer.headers["Connection"] == "close"
