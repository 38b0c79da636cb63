"""Bytes that no client sends: each is answered in the provider's form, logs nothing, and hurts nobody."""

import gzip
import logging
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.http import server
from moderation_emulator.contract.raw_socket import Answer, Connection, ask, encode_request
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import encode_query, scan_text, sign_rpc

SECRET = "KEYthatIsNobodysBusiness"
QUERY = f"AccessKeyId={SECRET}&Signature={SECRET}"
POST = f"POST /?{QUERY} HTTP/1.1\r\nHost: localhost\r\n".encode()
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
ERROR = {"RequestId", "HostId", "Code", "Message", "Recommend"}


@pytest.fixture(autouse=True)
def _quiet_and_alive(live: RunningServer, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Check after each test: no trace of it in a log, no unhandled exception, and the server goes on."""
    for name in ("emulator", "aiohttp.server", "aiohttp.web", "aiohttp.access", "asyncio"):
        caplog.set_level(logging.DEBUG, name)
    yield
    records = caplog.get_records("call")
    found = [record for record in records if record.name.split(".")[0] in ("emulator", "aiohttp", "asyncio")]
    assert not [record.getMessage() for record in found if SECRET in logging.Formatter().format(record)]
    assert not [record.getMessage() for record in found if record.levelno >= logging.ERROR or record.exc_info]
    assert scan_text(live, "still here").status_code == 200


def assert_error(answer: Answer, code: str = "InvalidParameter.BadRequest", status: int = 400) -> None:
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    body = answer.json()
    assert set(body) == ERROR
    assert body["Code"] == code
    assert answer.headers["x-acs-request-id"] == body["RequestId"]
    assert SECRET not in answer.body.decode()


def encode_line(text: str) -> bytes:
    return f"{text}\r\nHost: localhost\r\n\r\n".encode("latin-1")


def encode_header(text: str) -> bytes:
    return f"GET /?{QUERY} HTTP/1.1\r\nHost: localhost\r\n{text}\r\n\r\n".encode("latin-1")


UNREADABLE = {
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + SECRET.encode() + b"\r\n\r\n",
    "an HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a word": f"{SECRET}\r\n\r\n".encode(),
    "NUL bytes": bytes(64) + SECRET.encode() + b"\r\n\r\n",
    "a method with a sign": encode_line(f"G@T /?{QUERY} HTTP/1.1"),
    "a method in small letters": encode_line(f"get /?{QUERY} HTTP/1.1"),
    "no version": encode_line(f"GET /?{QUERY} HTTP"),
    "a version of the future": encode_line(f"GET /?{QUERY} HTTP/9.9"),
    "a blank in the target": encode_line(f"GET /?{QUERY} x HTTP/1.1"),
    "NUL in the target": encode_line(f"GET /?{QUERY}\0 HTTP/1.1"),
    "bytes that are no ASCII in the target": encode_line(f"GET /?{QUERY}\xff\xfe HTTP/1.1"),
    "a target that is no URL": encode_line(f"GET http://[::/?{QUERY} HTTP/1.1"),
    "no Host": f"GET /?{QUERY} HTTP/1.1\r\n\r\n".encode(),
    "two Hosts": encode_header("Host: other"),
    "a header without colon": encode_header(f"Signature {SECRET}"),
    "a header without name": encode_header(f": {SECRET}"),
    "a blank before the colon": encode_header(f"Signature : {SECRET}"),
    "a folded header": encode_header(f"X-One: a\r\n {SECRET}"),
    "NUL in a header": encode_header(f"X-One: {SECRET}\0"),
    "bare line feeds": f"GET /?{QUERY} HTTP/1.1\nHost: localhost\n\n".encode(),
    "a negative length": POST + f"Content-Length: -5\r\n\r\n{SECRET}".encode(),
    "a length of letters": POST + f"Content-Length: {SECRET}\r\n\r\nabc".encode(),
    "a length beyond 64 bits": POST + b"Content-Length: 99999999999999999999\r\n\r\n",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a coding that nobody knows": POST + f"Transfer-Encoding: {SECRET}\r\n\r\nabc".encode(),
    "a chunk of no size": CHUNKED + f"{SECRET}\r\n\r\n".encode(),
    "a chunk of a negative size": CHUNKED + b"-5\r\nabcde\r\n0\r\n\r\n",
    "a chunk that is longer than told": CHUNKED + f"5\r\nabcde{SECRET}\r\n0\r\n\r\n".encode(),
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_unreadable_bytes_are_answered_and_not_journaled(live: RunningServer, data: bytes) -> None:
    with Connection(live) as connection:
        assert_error(connection.send(data).read_answer())
        assert connection.read_rest() == b""
    assert live.list_entries() == []  # nobody called: there is nothing to note in the journal


@pytest.mark.parametrize("size", range(1, 120, 17))
def test_any_beginning_of_a_request_and_then_nothing(live: RunningServer, size: int) -> None:
    data = encode_request("POST", f"/?{QUERY}", SECRET.encode())
    with Connection(live) as connection:
        assert connection.send(data[:size]).finish().read_rest() == b""


@pytest.mark.parametrize(
    "data",
    [
        POST + b"Content-Length: 50\r\n\r\n" + SECRET.encode(),
        CHUNKED + b"5\r\nabc",
        CHUNKED + b"5\r\nabcde\r\n",
    ],
    ids=["length", "within a chunk", "between chunks"],
)
def test_half_a_body_and_then_nothing(live: RunningServer, data: bytes) -> None:
    with Connection(live) as connection:
        assert connection.send(data).finish().read_rest() == b""
    assert live.list_entries() == []


@pytest.mark.parametrize(
    "parts",
    [
        (POST + b"Content-Length: 50\r\n\r\n", SECRET.encode()),
        (CHUNKED, b"5\r\nabc"),
        (CHUNKED, b"5\r\nabcde\r\n", f"{SECRET}\r\n\r\n".encode()),
    ],
    ids=["length", "chunk", "chunks, then garbage"],
)
def test_a_body_that_never_ends_is_given_up(
    live: RunningServer, monkeypatch: pytest.MonkeyPatch, parts: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(server, "BODY_SECONDS", 0.05)
    with Connection(live) as connection:
        assert_error(connection.send(*parts).read_answer())
        connection.finish()
        assert connection.read_rest() == b""


def test_line_up_to_its_limit_is_read(live: RunningServer) -> None:
    longest = "/?a=".ljust(server.LINE_LIMIT, "x")
    assert_error(ask(live, encode_request(target=longest[:-1])), "MissingVersion")
    assert_error(ask(live, encode_request(target=longest)), "MissingVersion")
    assert len(live.list_entries()) == 2
    assert_error(ask(live, encode_request(target=f"{longest}x")))
    assert len(live.list_entries()) == 2


def test_ten_thousand_chinese_characters_in_a_query(live: RunningServer) -> None:
    assert scan_text(live, "文" * 10_000).status_code == 200


READ, REFUSED = "MissingVersion", "InvalidParameter.BadRequest"


@pytest.mark.parametrize(("number", "code"), [(127, READ), (128, READ), (129, REFUSED), (4000, REFUSED)])
def test_number_of_headers(live: RunningServer, number: int, code: str) -> None:
    others = (f"X-{n}: {SECRET}" for n in range(1, number))  # Host is one, too
    assert_error(ask(live, encode_header("\r\n".join(others))), code)


@pytest.mark.parametrize(("size", "code"), [(8189, READ), (8190, READ), (8191, REFUSED), (1_000_000, REFUSED)])
def test_size_of_a_header(live: RunningServer, size: int, code: str) -> None:
    assert_error(ask(live, encode_header(f"X-Long: {'x' * size}")), code)


@pytest.mark.parametrize("length", [server.BODY_LIMIT - 1, server.BODY_LIMIT])
def test_body_up_to_its_limit_is_read(live: RunningServer, length: int) -> None:
    body = encode_request(
        "POST", body=b"x" * length, Content_Type="application/octet-stream"
    )  # no form, which has a limit
    assert_error(ask(live, body), "MissingVersion")
    assert len(live.list_entries()[0].body) == 64 * 1024  # of which the journal keeps a part


def test_body_over_its_limit_by_length(live: RunningServer) -> None:
    with Connection(live) as connection:
        connection.send(encode_request("POST", body=b"a=" + b"x" * (server.BODY_LIMIT - 1)))
        assert_error(connection.read_answer())
        assert connection.read_rest() == b""


@pytest.mark.parametrize("blanks", ["", " \r\n\t" * 100])
@pytest.mark.parametrize(("commas", "read"), [(server.MAX_ELEMENTS, True), (server.MAX_ELEMENTS + 1, False)])
def test_json_of_too_many_values_is_not_read(live: RunningServer, blanks: str, commas: int, read: bool) -> None:
    body = f"{blanks}[0{',0' * commas}]".encode()
    with Connection(live) as connection:
        connection.send(encode_request("POST", "/_emulator/reset", body=body))
        answer = connection.read_answer()
    assert answer.status == (400 if read else 413)
    assert read or f"{server.MAX_ELEMENTS} entries" in answer.json()["error"]
    assert_error(
        ask(live, encode_request("POST", body=body)), "MissingVersion" if read else "InvalidParameter.BadRequest"
    )


def test_body_over_its_limit_by_chunks_does_not_fill_memory(live: RunningServer) -> None:
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    tracemalloc.start()
    try:
        with Connection(live) as connection:
            connection.send(CHUNKED)
            for _ in range(48):
                connection.send(chunk)
            peak = tracemalloc.get_traced_memory()[1]
            assert_error(connection.send(b"0\r\n\r\n").read_answer())
            assert connection.read_rest() == b""
    finally:
        tracemalloc.stop()
    assert peak < 2.5 * server.BODY_LIMIT


def test_compressed_body_is_not_inflated(live: RunningServer) -> None:
    params = sign_rpc("ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": "hello"}, method="POST")
    packed = gzip.compress(encode_query(params).encode())
    kind = {"Content_Type": "application/x-www-form-urlencoded", "Content_Encoding": "gzip"}
    assert_error(ask(live, encode_request("POST", body=packed, **kind)))


def test_gzip_bomb_costs_nothing(live: RunningServer) -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    tracemalloc.start()
    try:
        assert ask(live, encode_request("POST", body=bomb, Content_Encoding="gzip")).status == 400
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD", "PROPFIND"])
def test_other_methods_are_refused_once_they_are_signed(live: RunningServer, method: str) -> None:
    params = sign_rpc("ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": "hello"}, method=method)
    answer = ask(live, encode_request(method, f"/?{encode_query(params)}"), head=method == "HEAD")
    assert answer.status == 403
    assert int(answer.headers["content-length"]) > 100
    assert live.list_entries()[0].code == "UnsupportedHTTPMethod"
    if method != "HEAD":
        assert_error(answer, "UnsupportedHTTPMethod", 403)


@pytest.mark.parametrize("target", ["*", "/", "http://localhost/", "http://localhost"])
def test_targets_without_a_call(live: RunningServer, target: str) -> None:
    assert_error(ask(live, encode_request("OPTIONS", target)), "MissingVersion")


def test_connect_opens_no_tunnel(live: RunningServer) -> None:
    assert ask(live, encode_request("CONNECT", "localhost:80"), SECRET.encode()).status == 400


def test_upgrade_is_declined(live: RunningServer) -> None:
    asked = encode_request(Connection="Upgrade", Upgrade="websocket", Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==")
    assert_error(ask(live, asked), "MissingVersion")


def test_a_connection_is_kept_until_it_is_closed(live: RunningServer) -> None:
    with Connection(live) as connection:
        for _ in range(5):
            params = sign_rpc("ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": "hello"})
            assert connection.send(encode_request(target=f"/?{encode_query(params)}")).read_answer().status == 200
        assert_error(connection.send(encode_request(Connection="close")).read_answer(), "MissingVersion")
        assert connection.read_rest() == b""


def test_http_1_0_is_closed_after_its_answer(live: RunningServer) -> None:
    with Connection(live) as connection:
        assert_error(connection.send(b"GET / HTTP/1.0\r\n\r\n").read_answer(), "MissingVersion")
        assert connection.read_rest() == b""


def test_pipelined_calls_are_answered_in_order(live: RunningServer) -> None:
    with Connection(live) as connection:
        connection.send(b"".join(encode_request(target=f"/nowhere-{n}") for n in range(100)))
        for n in range(100):
            assert f"/nowhere-{n};" in connection.read_answer().json()["error"]


def test_body_behind_its_length_is_no_second_call(live: RunningServer) -> None:
    """What a length leaves over is read as the next request, and refused."""
    with Connection(live) as connection:
        connection.send(POST + f"Content-Length: 3\r\n\r\nabc{SECRET}\r\n\r\n".encode())
        answers = connection.read_rest()
    assert answers.count(b"HTTP/1.") == answers.count(b" 400 Bad Request") >= 1
    assert SECRET.encode() not in answers


def test_client_that_waits_to_be_told_to_go_on(live: RunningServer) -> None:
    """`Expect: 100-continue` (RFC 9110, 10.1.1): curl sends it with large bodies, and waits."""
    body = b"a=b"
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode()
    with Connection(live, timeout=1) as connection:
        assert connection.send(head).read_answer().status == 100
        assert_error(connection.send(body).read_answer(), "MissingVersion")


def test_odd_bytes_in_headers_are_read(live: RunningServer) -> None:
    for name in ("Accept", "Host", "Content_Type", "X_Odd", "Authorization"):
        headers = {"host": "\xff\xfe"} if name == "Host" else {name: "\xff\xfe"}
        assert_error(ask(live, encode_request("POST", body=b"a=b", **headers)), "MissingVersion")
    assert len(live.list_entries()) == 5


@pytest.mark.parametrize(
    "raw",
    [
        {"status": 200, "body": "hello", "headers": {"Content-Type": "text/plain", "Date": "today", "Server": "nginx"}},
        {"status": 200, "body": "hello", "headers": {"Content-Length": "2"}},
        {"status": 200, "body": "hello", "headers": {"content-length": "500"}},
        {"status": 200, "body": "hello", "headers": {"Transfer-Encoding": "chunked"}},
        {"status": 200, "body": "", "headers": {}},
        {"status": 204, "body": "hello"},
        {"status": 304, "body": "hello"},
        {"status": 599, "body": "hello"},
    ],
)
def test_literal_answers_do_not_spoil_the_connection(live: RunningServer, raw: dict[str, Any]) -> None:
    """Whatever headers a rule gives, the answer ends where a client expects it to (RFC 9112, section 6.3)."""
    if live.control("POST", "rules", {"match": {"text": "raw"}, "raw": raw}).status_code == 400:
        return  # a rule that says so is refused: as good
    texts = ({"Labels.1.Label": "ad", "Tasks.1.Content": text} for text in ("raw", "plain"))
    with Connection(live) as connection:
        connection.send(*(encode_request(target=f"/?{encode_query(sign_rpc('ScanText', params))}") for params in texts))
        head, _, rest = connection.read_available().partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = [line.lower().partition(": ")[::2] for line in lines]
    assert status.startswith(f"HTTP/1.1 {raw['status']} ")
    assert len({name for name, _value in headers}) == len(headers)
    assert "transfer-encoding" not in dict(headers)
    body = b"" if raw["status"] in (204, 304) else rest[: int(dict(headers)["content-length"])]
    assert body.decode() == ("" if raw["status"] in (204, 304) else raw["body"])
    assert rest[len(body) :].startswith(b"HTTP/1.1 200 OK\r\n")


def test_literal_answer_may_close_the_connection(live: RunningServer) -> None:
    live.push_rule({}, raw={"status": 200, "body": "hello", "headers": {"Connection": "close"}})
    params = sign_rpc("ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": "hello"})
    with Connection(live, timeout=1) as connection:
        assert connection.send(encode_request(target=f"/?{encode_query(params)}")).read_answer().body == b"hello"
        assert connection.read_rest() == b""


def test_head_of_an_answer_without_its_body(live: RunningServer) -> None:
    with Connection(live) as connection:
        connection.send(encode_request("HEAD", "/nowhere"), encode_request(target="/nowhere"))
        by_head, by_get = connection.read_answer(head=True), connection.read_answer()
    assert by_head.status == by_get.status == 404
    assert int(by_head.headers["content-length"]) == len(by_get.body)
