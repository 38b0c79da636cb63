"""What no proper client sends: always an errcode of the documents, never a page of 500 or 413."""

import json
import marshal

import pytest

from moderation_emulator.contract import hostile
from moderation_emulator.contract.hostile import EVERYTHING
from moderation_emulator.contract.in_process import Ask
from moderation_emulator.contract.in_process import make_request as met
from moderation_emulator.contract.raw_socket import Connection, ask, encode_request
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat.builders import CHECK, MEDIA, PNG, call_json, encode_multipart, post, read_code
from tests.providers.wechat.cloud import builders as cloud

TARGET = f"{CHECK}?access_token=ACCESS_TOKEN"
FORM = "multipart/form-data; boundary=bound"
WHOLE = encode_multipart((MEDIA, PNG))


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"", None, 41005),
        (b"", FORM, 41005),
        (b'{"media": "x"}', "application/json", 41005),
        (b"media=x", "application/x-www-form-urlencoded", 41005),
        (PNG, "image/png", 0),
        (PNG, "application/octet-stream", 0),
        (b"no picture", "application/octet-stream", 40004),
        (PNG, "application/octetstream", 41005),
        (PNG, "text/plain", 41005),
        (PNG, None, 41005),
        (PNG, FORM, 47001),
        (WHOLE, "multipart/form-data", 47001),
        (WHOLE, "multipart/form-data; boundary=other", 47001),
        (WHOLE, "multipart/form-data; boundary=", 47001),
        (WHOLE[:-20], FORM, 47001),
        (WHOLE[: len(WHOLE) // 2], FORM, 47001),
        (WHOLE.replace(b"\r\n", b"\n"), FORM, 47001),
        (b"--bound--\r\n", FORM, 41005),
        (encode_multipart((MEDIA, b"")), FORM, 41005),
        (encode_multipart(('form-data; name="file"; filename="a"', PNG)), FORM, 41005),
        (encode_multipart(('form-data; name="media"', b"/tmp/a.png")), FORM, 41005),
        (encode_multipart(("form-data", PNG)), FORM, 41005),
        (encode_multipart((MEDIA, PNG), (MEDIA, b"no picture")), FORM, 0),
        (encode_multipart((MEDIA, b"no picture"), (MEDIA, PNG)), FORM, 40004),
        (1100 * b"--bound\r\n\r\n\r\n" + b"--bound--", FORM, 47001),
        (WHOLE, "MULTIPART/FORM-DATA; BOUNDARY=bound", 0),
        (WHOLE, "multipart/mixed; boundary=bound", 0),
    ],
)
def test_hostile_bodies_get_an_errcode(
    live: RunningServer, body: bytes, content_type: str | None, expected: int
) -> None:
    answer = post(live, body, content_type)
    assert (answer.status_code, read_code(answer.json())) == (200, expected)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(live: RunningServer, method: str) -> None:
    answer = ask(live, encode_request(method, TARGET))
    assert (answer.status, answer.json()["errcode"]) == (200, 43002)


@pytest.mark.parametrize(
    "path",
    [
        "/wxa/nosuch",
        "/wxa/",
        "/wxa",
        "/cgi-bin/nosuch",
        "/cgi-bin",
        "/wxa/img_sec_check/",
        "/wxa/imgSecCheck",
        "/wxa/img_Sec_check",
        "/wxa/img_sec_check;x",
    ],
)
def test_unknown_paths_are_refused(live: RunningServer, path: str) -> None:
    answer = ask(live, encode_request("POST", f"{path}?access_token=ACCESS_TOKEN", b""))
    assert (answer.status, answer.json()["errcode"]) == (200, 40066)


def test_of_what_a_caller_makes_long_the_journal_keeps_little(live: RunningServer) -> None:
    ask(live, encode_request("POST", f"/wxa/{'x' * 1_000_000}?access_token=ACCESS_TOKEN", b""))
    call_json(live, "security.mediaCheckAsync", {"media_url": f"http://h/{'x' * 1_000_000}", "media_type": 2})
    assert (
        cloud.parse_answer(cloud.post(live, cloud.encode_form(cloud.encode_media(), "x" * 1_000_000))).platform
        == -604100
    )
    kept = [len(marshal.dumps(tuple(entry))) for entry in live.list_entries()]
    assert len(kept) == 3
    assert max(kept) < 4 * 64 * 1024


def test_a_proxy_may_send_the_whole_address(live: RunningServer) -> None:
    answer = ask(live, encode_request("POST", f"http://api.weixin.qq.com{TARGET}", WHOLE, Content_Type=FORM))
    assert answer.json()["errcode"] == 0


def test_64_mb_are_refused_before_they_come(live: RunningServer) -> None:
    head = f"POST {TARGET} HTTP/1.1\r\nHost: h\r\nContent-Type: {FORM}\r\nContent-Length: {64 << 20}\r\n\r\n".encode()
    with Connection(live) as connection:
        answer = connection.send(head).read_answer()
        assert (answer.status, answer.json()["errcode"], answer.headers["connection"]) == (200, 40006, "close")
        assert connection.read_rest() == b""


def test_chunks_without_end_are_bounded(live: RunningServer) -> None:
    head = f"POST {TARGET} HTTP/1.1\r\nHost: h\r\nContent-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunk = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    with Connection(live) as connection:
        connection.send(head)
        for _ in range(17):
            connection.send(chunk, wait=False)
        answer = connection.read_answer()
        assert (answer.status, answer.json()["errcode"], answer.headers["connection"]) == (200, 40006, "close")


def test_sixteen_mb_are_read_and_refused(live: RunningServer) -> None:
    body = encode_multipart((MEDIA, PNG + bytes(15 << 20)))
    assert read_code(post(live, body).json()) == 40006
    assert len(live.list_entries()[0].body) < 1000


@pytest.mark.parametrize(
    "query",
    ["", "?", "?access_token", "?access_token=", "?access_token=%", "?access_token=%ff", "?access_token=84_%00-x"],
)
def test_odd_queries_are_refused(live: RunningServer, query: str) -> None:
    answer = ask(live, encode_request("POST", CHECK + query, WHOLE, Content_Type=FORM))
    assert answer.json()["errcode"] in (40001, 41001)


@pytest.mark.parametrize(
    "token",
    ["84_-", "84_=-x", "84_d3gwMTIzNDU2Nzg5YWJjZGVm-forged", "_", "-", "%E5%9B%BE", "84_" + 5000 * "A", "x" * 100_000],
)
def test_forged_tokens_are_refused(live: RunningServer, token: str) -> None:
    target = f"{CHECK}?access_token={token}".encode().decode("latin-1")
    assert ask(live, encode_request("POST", target, WHOLE, Content_Type=FORM)).json()["errcode"] == 40001


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", 44002),
        (b"null", 44002),
        (b"{", 47001),
        (b"[]", 47001),
        (b'"x"', 47001),
        (b"\xff", 47001),
        (b"{}", 41002),
        (b'{"appid": 5}', 41002),
        (b'{"appid": null}', 41002),
        (b'{"appid": "\\ud800"}', 47001),
        (b"[" * 100_000, 47001),
        (b"grant_type=client_credential&appid=x&secret=y", 47001),
    ],
)
def test_odd_token_calls(live: RunningServer, body: bytes, expected: int) -> None:
    answer = ask(live, encode_request("POST", "/cgi-bin/stable_token", body))
    assert (answer.status, json.loads(answer.body)["errcode"]) == (200, expected)


@pytest.mark.parametrize("operation", ["security.imgSecCheck", "security.msgSecCheck", "security.mediaCheckAsync", "x"])
def test_values_in_a_cloud_call(ask: Ask, operation: str) -> None:
    headers = {"Content-Type": f"multipart/form-data; boundary={cloud.BOUNDARY}", "Authorization": cloud.TC3}
    bodies = [
        cloud.encode_form(data, operation)
        for value in EVERYTHING
        for text in [json.dumps(value).encode()]
        for data in (
            cloud.encode_data(
                cloud.encode_pair("media", text),
                cloud.encode_pair("content", text),
                cloud.encode_pair("x", b"\xff" + text[:100]),
            ),
            cloud.encode_data(
                cloud.encode_pair("version", b"2"),
                cloud.encode_pair("media_url", text),
                cloud.encode_pair("scene", text),
            ),
            cloud.encode_data(
                cloud.encode_pair("media", PNG, "x.png"), cloud.encode_pair("media", text), api_type=2**33
            ),
        )
    ]
    raw = [*hostile.BODIES, b"\x12\xff\xff\xff\xff\x0f", b"\x0a\x80", b"\x08\x00\x32\x02\xff\xff"]
    bodies += [cloud.encode_form(each, operation) for each in raw]
    bodies += [cloud.encode_form(cloud.encode_media(), operation, authorization=each, eventId=each) for each in raw]
    bodies += [cloud.encode_multipart({"action": b"wx.openApi", "apiName": each, "requestData": b""}) for each in raw]
    ask(met("/admin?env=local", body, headers) for body in bodies)


@pytest.mark.parametrize(
    "charset",
    [
        "idna",
        "undefined",
        "punycode",
        "rot13",
        "hex",
        "utf-7",
        "unicode_escape",
        "mbcs",
        "",
        "utf-8",
        "gbk",
        "ISO-8859-1",
    ],
)
def test_charsets_of_a_filename(ask: Ask, charset: str) -> None:
    for value in ("%41", "%ff", "%", "\ufffd", "%E5%9B%BE", "%00", "." * 300, "xn--\u2100"):
        disposition = f"form-data; name=\"media\"; filename*={charset}''{value}"
        body = encode_multipart((disposition, PNG))
        ask([met(TARGET, body, {"Content-Type": FORM})])
