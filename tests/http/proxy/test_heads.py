"""Where a head leads: each has its fate, or an answer that says what is wrong with it."""

import re
from time import process_time

import pytest

from emulator.http import entrance
from emulator.http.proxy_head import REST_LIMIT, Unreadable, read_head
from emulator.http.server import LINE_LIMIT
from moderation_emulator.contract.raw_socket import encode_request
from tests.http.proxy.conftest import SECRET
from tests.http.proxy.proxied import PICTURES, TALK, Client, Proxied, encode_connect

HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + SECRET.encode()
LONG = f"X-Long: {'x' * REST_LIMIT}"


def encode_get(target: str, *lines: str, version: str = "1.1") -> bytes:
    return "\r\n".join([f"GET {target} HTTP/{version}", "Host: other.test", *lines, "", ""]).encode("latin-1")


UNREADABLE = {
    "a TLS hello": HELLO,
    "an HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "NUL bytes": bytes(64) + b"\r\n\r\n",
    "an empty line": b"\r\nGET http://other.test/ HTTP/1.1\r\n\r\n",
    "a word": f"{SECRET}\r\n\r\n".encode(),
    "no host": encode_connect(":443"),
    "no port": encode_connect(TALK),
    "port 0": encode_connect(f"{TALK}:0"),
    "port 65536": encode_connect(f"{TALK}:65536"),
    "a port of letters": encode_connect(f"{TALK}:https"),
    "an empty port": encode_connect(f"{TALK}:"),
    "a port with a sign": encode_connect(f"{TALK}:+443"),
    "a port of another script": encode_connect(f"{TALK}:４４３"),
    "a user": encode_connect(f"{SECRET}@{TALK}:443"),
    "a URL": encode_connect(f"https://{TALK}:443/"),
    "an address of IPv6 without brackets": encode_connect("::1:443"),
    "half an address of IPv6": encode_connect("[::1:443"),
    "a zone": encode_connect("[fe80::1%25lo]:443"),
    "a blank in the host": encode_connect(f"api .{TALK}:443"),
    "a letter that is no ASCII": encode_connect(f"äpi.{TALK}:443"),
    "NUL in the host": encode_connect(f"{TALK}\0.evil.test:443"),
    "HTTP/2": encode_connect(f"{TALK}:443").replace(b"HTTP/1.1", b"HTTP/2.0"),
    "no version": f"CONNECT {TALK}:443\r\n\r\n".encode(),
    "small letters": encode_connect(f"{TALK}:443").replace(b"CONNECT", b"connect"),
    "bare line feeds": encode_connect(f"{TALK}:443").replace(b"\r\n", b"\n"),
    "a carriage return alone": encode_connect(f"{TALK}:443", f"X-One: {SECRET}\rX-Two: 2"),
    "a header without colon": encode_connect(f"{TALK}:443", SECRET),
    "a header without name": encode_connect(f"{TALK}:443", f": {SECRET}"),
    "a folded header": encode_connect(f"{TALK}:443", "X-One: 1", f" {SECRET}"),
    "a blank before the colon": encode_connect(f"{TALK}:443", f"X-One : {SECRET}"),
    "a header with a long name": encode_connect(f"{TALK}:443", f"{'X' * 257}: 1"),
    "two hosts": encode_connect(f"{TALK}:443", "Host: other.test"),
    "300 headers": encode_connect(f"{TALK}:443", *["X: 1"] * 300),
    "a long head": encode_connect(f"{TALK}:443", LONG),
    "a long head without end": encode_connect(f"{TALK}:443", LONG)[:-4],
    "a long head of a request": encode_get("http://other.test/", LONG),
    "a first line without end": f"GET http://{TALK}/{'x' * (LINE_LIMIT + REST_LIMIT)}".encode(),
    "no proxy is meant": encode_request(target="/_emulator/health"),
    "an asterisk": encode_request("OPTIONS", "*"),
    "another scheme": encode_get(f"ftp://{TALK}/"),
    "a URL with a user": encode_get(f"http://{SECRET}:{SECRET}@{TALK}/"),
    "a URL without host": encode_get("http:///path"),
    "a URL with an empty port": encode_get(f"http://{TALK}:/path"),
    "a blank in a URL": encode_get(f"http://{TALK}/a b"),
    "a tab in a URL": encode_get(f"http://{TALK}/a\tb"),
    "a blank in the host of a URL": encode_get(f"http://{TALK} /"),
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_request_to_a_proxy_is_answered(proxied: Proxied, data: bytes) -> None:
    with Client(proxied) as client:
        answer = client.send(data).read_answer()
        assert client.read_rest() == b""
    assert answer.status == 400
    assert re.fullmatch(r"moderation-emulator: [A-Z].+[.]\n", answer.body.decode())
    assert SECRET not in answer.body.decode()
    assert proxied.asked == []
    assert proxied.live.list_entries() == []


FATES = [
    ("CONNECT", f"{TALK}:443", (TALK, 443), 200),
    ("CONNECT", f"{TALK.upper()}:443", (TALK, 443), 200),
    ("CONNECT", f"{TALK}.:443", (f"{TALK}.", 443), 200),
    ("CONNECT", f"{TALK}:0443", (TALK, 443), 200),
    ("CONNECT", f"{TALK}:80", (TALK, 80), 200),
    ("CONNECT", f"{TALK}:22", (TALK, 22), 403),
    ("CONNECT", f"{TALK}:8443", (TALK, 8443), 403),
    ("CONNECT", "x.oss-cn-shanghai.aliyuncs.com:443", ("x.oss-cn-shanghai.aliyuncs.com", 443), 403),
    ("CONNECT", "imageaudit.cn-beijing.aliyuncs.com:443", ("imageaudit.cn-beijing.aliyuncs.com", 443), 403),
    ("CONNECT", "metadata.tencentyun.com:80", ("metadata.tencentyun.com", 80), 403),
    ("GET", "http://100.100.100.200/latest/meta-data/", ("100.100.100.200", 80), 403),
    ("GET", f"HTTP://{TALK}/cgi-bin/token", (TALK, 80), 200),
    ("GET", f"http://{TALK}:80/cgi-bin/token", (TALK, 80), 200),
    ("GET", f"https://{TALK}/cgi-bin/token", (TALK, 443), 200),
    ("GET", f"http://{TALK}:8080/cgi-bin/token", (TALK, 8080), 403),
    ("GET", "http://STS.aliyuncs.com/", ("sts.aliyuncs.com", 80), 403),
]


@pytest.mark.parametrize(("method", "target", "asked", "status"), FATES, ids=[f"{row[0]} {row[1]}" for row in FATES])
def test_fates(proxied: Proxied, method: str, target: str, asked: tuple[str, int], status: int) -> None:
    with Client(proxied) as client:
        answer = client.send(encode_get(target).replace(b"GET", method.encode(), 1)).read_answer()
    assert (answer.status, proxied.asked) == (status, [asked])
    assert [each[:2] for each in proxied.stopped] == ([asked] if status == 403 else [])


@pytest.mark.parametrize(
    "place",
    ["api.weixin.qq.com.evil.test", "evil-api.weixin.qq.com.test", "apixweixin.qq.com.test", "[::ffff:127.0.0.1]"],
)
def test_look_alikes_and_addresses_are_led_to_where_they_are(proxied: Proxied, place: str) -> None:
    """Nobody listens on port 1, and nobody has such a name: what counts is that no emulator answers."""
    with Client(proxied) as client:
        answer = client.send(encode_connect(f"{place}:1"), wait=False).read_answer()
    assert answer.status == 502
    assert answer.body.decode().startswith(f"moderation-emulator: {place}:1 cannot be reached: ")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_old_versions(proxied: Proxied, version: str) -> None:
    with Client(proxied) as client:
        answer = client.send(encode_get(f"http://{TALK}/cgi-bin/token", version=version)).read_answer()
        assert (answer.status, client.read_rest()) == (200, b"")
    with Client(proxied) as client:
        client.send(f"CONNECT {TALK}:443 HTTP/{version}\r\n\r\n".encode())
        assert client.read_answer(head=True).status == 200


@pytest.mark.parametrize("data", [encode_connect(f"{TALK}:443"), encode_get(f"http://{TALK}/cgi-bin/token")])
def test_a_head_in_pieces(proxied: Proxied, data: bytes) -> None:
    with Client(proxied) as client:
        client.send(*(data[at : at + 1] for at in range(len(data))))
        assert client.read_answer(head=True).status == 200


def test_a_refused_call_is_told_with_its_client(proxied: Proxied) -> None:
    with Client(proxied) as client:
        agent = f"User-Agent: curl/7\x1b[31m{'x' * 500}"
        answer = client.send(encode_connect("sts.aliyuncs.com:443", agent)).read_answer()
    assert answer.status == 403
    assert "sts.aliyuncs.com:443 is a real service that is not emulated; --allow sts.aliyuncs.com " in str(answer.body)
    ((host, port, told),) = proxied.stopped
    assert (host, port) == ("sts.aliyuncs.com", 443)
    assert told.startswith("curl/7?[31mxxx")
    assert len(told) == 200


def test_a_refused_client_that_still_sends_reads_the_answer(proxied: Proxied) -> None:
    head = encode_get("http://sts.aliyuncs.com/", "Content-Length: 9000000").replace(b"GET", b"PUT", 1)
    with Client(proxied) as client:
        client.send(head, *[bytes(1_000_000)] * 9, wait=False)
        assert client.read_answer().status == 403


def test_a_refused_client_that_stays_is_hung_up_on(proxied: Proxied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "LINGER_SECONDS", 0)
    with Client(proxied) as client:
        client.send(encode_connect(TALK))
        proxied.live.run(proxied.wait_until_left())


@pytest.mark.parametrize(("sent", "status"), [(b"", None), (b"C", 408), (encode_connect(f"{TALK}:443")[:-2], 408)])
def test_a_silent_client(proxied: Proxied, monkeypatch: pytest.MonkeyPatch, sent: bytes, status: int | None) -> None:
    """One that sent nothing has perhaps opened the connection for later: it expects no answer."""
    monkeypatch.setattr(entrance, "HEAD_SECONDS", 0.05)
    with Client(proxied) as client:
        client.send(sent, wait=False)
        if status is not None:
            assert client.read_answer().status == status
        assert client.read_rest() == b""


@pytest.mark.parametrize("size", [0, 1, 20, 60])
def test_any_beginning_and_then_nothing(proxied: Proxied, size: int) -> None:
    with Client(proxied) as client:
        assert client.send(encode_connect(f"{TALK}:443")[:size]).finish().read_rest() == b""


@pytest.mark.parametrize("behind", [HELLO, b"x", b"GET / HTTP/1.1\r\n\r\n"])
@pytest.mark.parametrize("port", [443, 80])
def test_a_tunnel_that_is_used_before_it_is_open(proxied: Proxied, behind: bytes, port: int) -> None:
    with Client(proxied) as client:
        assert client.send(encode_connect(f"{TALK}:{port}") + behind).read_answer().status == 400


def test_a_long_query_comes_through(proxied: Proxied) -> None:
    """As on the emulator's own port: ten texts of 10 000 Chinese characters are 900 kB."""
    request = encode_get(f"http://{TALK}/cgi-bin/token?{'x' * 1_000_000}")
    with Client(proxied) as client:
        assert client.send(request, wait=False).read_answer().status == 200


# What is passed on.


def encode_for_host(*lines: str, target: str = "http://Other.test/a?b") -> list[bytes]:
    head = "\r\n".join([f"POST {target} HTTP/1.1", *lines, "", ""]).encode("latin-1")
    return read_head(head).encode_for_host().split(b"\r\n")


def test_what_is_for_the_proxy_stays_there() -> None:
    said = [
        "Proxy-Connection: keep-alive",
        "PROXY-AUTHORIZATION: Basic eA==",
        "Keep-Alive: 5",
        "Connection: keep-alive",
    ]
    assert encode_for_host("Host: other.test", *said, "Content-Length: 1", "x-Two: \t b:c ") == [
        b"POST /a?b HTTP/1.1",
        b"Host: other.test",
        b"Content-Length: 1",
        b"x-Two: b:c",
        b"Connection: close",
        *(b"", b""),
    ]


@pytest.mark.parametrize("host", ["other.test", "Other.Test:80", "OTHER.test"])
def test_a_host_that_is_meant_stays_as_it_was_signed(host: str) -> None:
    assert encode_for_host(f"Host: {host}")[1:-2] == [f"Host: {host}".encode(), b"Connection: close"]


@pytest.mark.parametrize("host", [[], ["Host: evil.test"], ["Host: other.test:81"], ["Host: "], ["Host: u@other.test"]])
def test_the_target_says_which_host_is_meant(host: list[str]) -> None:
    assert encode_for_host(*host)[1:-2] == [b"Host: Other.test", b"Connection: close"]


def test_an_address_without_a_path() -> None:
    assert encode_for_host(target="http://other.test?b")[0] == b"POST /?b HTTP/1.1"
    assert encode_for_host(target="http://other.test")[0] == b"POST / HTTP/1.1"
    assert encode_for_host(target="https://[::1]:8443/a//b?c=http://d")[:2] == [
        b"POST /a//b?c=http://d HTTP/1.1",
        b"Host: [::1]:8443",
    ]


def test_a_web_socket_may_be_opened() -> None:
    said = ["Host: other.test", "Connection: keep-alive, Upgrade", "Upgrade: websocket"]
    assert encode_for_host(*said)[2:-2] == [b"Upgrade: websocket", b"Connection: close, upgrade"]


def test_another_proxy_gets_the_request_as_it_was() -> None:
    head = read_head(b"GET https://other.test/a HTTP/1.0\r\nProxy-Authorization: Basic eA==\r\nA: b\r\n\r\n")
    assert head.encode_for_proxy(b"Basic eQ==") == (
        b"GET https://other.test/a HTTP/1.0\r\nA: b\r\nHost: other.test\r\nConnection: close\r\n"
        b"Proxy-Authorization: Basic eQ==\r\n\r\n"
    )
    tunnel = read_head(encode_connect(f"{PICTURES}:443", "Proxy-Connection: keep-alive"))
    assert tunnel.encode_for_proxy(None) == encode_connect(f"{PICTURES}:443")


@pytest.mark.parametrize("piece", [b":", b"a:\r\n", b"\r\n", b" ", b",", b"\n", b"[", b"http://"])
@pytest.mark.parametrize("beginning", [b"", b"GET ", b"GET http://a/", b"GET http://a/ HTTP/1.1\r\n", b"CONNECT "])
def test_no_head_takes_long(beginning: bytes, piece: bytes) -> None:
    """Each is looked at a fixed number of times, however long it is: two milliseconds here."""
    head = beginning + piece * (LINE_LIMIT // len(piece)) + b"\r\n\r\n"
    began = process_time()
    with pytest.raises(Unreadable):
        read_head(head)
    assert process_time() - began < 0.05
