"""What is done to requests after they were signed and written: bytes go in, bytes go out."""

import re
from collections.abc import Callable

from tests.fuzz.rng import Rng

Break = Callable[[Rng, bytes, bytes], bytes]  # a request, and another that may be mixed into it

_LENGTH = re.compile(rb"Content-Length: \d+")
_LENGTHS = (
    b"0",
    b"-1",
    b"+5",
    b"5, 5",
    b"0x10",
    b"1e3",
    b"9" * 20,
    b"99999999",
    b"",
    b" 5 5",
    b"5\x00",
    b"\xb2",
    b"1_0",
)
_CODINGS = (
    b"chunked",
    b"Chunked",
    b"chunked, chunked",
    b"gzip, chunked",
    b"identity",
    b"\x0bchunked",
    b"xchunked",
    b"chunked;a=b",
)
_HEADERS = (
    *(b"Content-Length: 5", b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip", b"Content-Encoding: gzip"),
    *(b"Host: a.test", b"Connection: close"),
    *(b"Connection: upgrade\r\nUpgrade: websocket", b"TE: trailers", b"Trailer: X"),
    *(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c", b"Expect: 100-continue", b"Expect: x", b"X-One: a\r\n b"),
    *(b" X: 1", b"X : 1", b": 1", b"X", b"X-One: \0", b"X-One: a\rb"),
    *(b"X-One: \xff\xfe", b"\x7f: 1", b"Max-Forwards: 0"),
    *(b"Origin: null", b"Origin: <zq9>", b"Cookie: a=b; a=c", b"Range: bytes=0-,0-,0-", b"If-None-Match: *"),
    *(b"Content-Type: multipart/form-data; boundary=", b"Content-Type: application/json; charset=idna"),
    *(b"Accept: " + b"*/*," * 900, b"X-" + b"a" * 9000 + b": 1"),
    *(b"X-One: " + b"a" * 9000, b"Sec-Fetch-Site: cross-site"),
    *(b"\r\n".join(b"X-%d: 1" % n for n in range(200)), b"X-Forwarded-For: ::1", b"X-HTTP-Method-Override: DELETE"),
)  # fmt: skip
_STARTS = (
    *(b"\r\n", b"\n", b"\0", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    *(b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", b"GET\r\n\r\n"),
    *(b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/0.9\r\n\r\n"),
    *(b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n", b"get / HTTP/1.1\r\n"),
)  # fmt: skip
_LINES = (
    (b" HTTP/1.1\r\n", b" HTTP/1.0\r\n"),
    (b" HTTP/1.1\r\n", b" HTTP/2.0\r\n"),
    (b" HTTP/1.1\r\n", b"\r\n"),
    (b" /", b" http://127.0.0.1/"),
    (b" /", b" //"),
    (b" /", b" *"),
    (b" /", b" "),
    (b" /", b" /%2e%2e/"),
    (b" /", b" /\xc3\x28"),
    (b" /", b"  /"),
    (b"/_emulator/", b"http://a.test/_emulator/"),
    (b"/_emulator/", b"/_emulator//"),
    (b"POST", b"HEAD"),
    (b"POST", b"OPTIONS"),
    (b"POST", b"post"),
    (b"GET", b"M-SEARCH"),
    (b"GET", b"POST"),
)


def _split(data: bytes) -> tuple[bytes, bytes]:
    head, _, body = data.partition(b"\r\n\r\n")
    return head, body


def _harm(rng: Rng, data: bytes, _other: bytes) -> bytes:
    return rng.harm(data)


def _harm_head(rng: Rng, data: bytes, _other: bytes) -> bytes:
    head, body = _split(data)
    return rng.harm(head, 3) + b"\r\n\r\n" + body


def _cut(rng: Rng, data: bytes, _other: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _splice(rng: Rng, data: bytes, other: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _join(rng: Rng, data: bytes, other: bytes) -> bytes:
    """Join requests one behind the other."""
    return b"".join(rng.choices((data, other, data), k=rng.randrange(2, 7)))


def _add_headers(rng: Rng, data: bytes, _other: bytes) -> bytes:
    head, body = _split(data)
    lines = head.split(b"\r\n")
    at = rng.randrange(1, len(lines) + 1)
    lines[at:at] = rng.sample(_HEADERS, rng.randrange(1, 3))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _drop_or_double_header(rng: Rng, data: bytes, _other: bytes) -> bytes:
    """Leave one header out, or write it twice."""
    head, body = _split(data)
    lines = head.split(b"\r\n")
    at = rng.randrange(len(lines))
    lines[at : at + 1] = [lines[at]] * rng.choice((0, 2))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _change_length(rng: Rng, data: bytes, _other: bytes) -> bytes:
    """Write another length than that of the body."""
    near = (b"%d" % (len(_split(data)[1]) + rng.choice((-1, 1, 2, 100))),)
    return _LENGTH.sub(lambda _: b"Content-Length: " + rng.choice(near * 5 + _LENGTHS), data, count=1)


def _chunk(rng: Rng, data: bytes, _other: bytes) -> bytes:
    """Send the body in chunks; in one of three not as the standard has it."""
    head, body = _split(data)
    size = rng.choice((1, 7, 1000))
    parts = [body[at : at + size] for at in range(0, min(len(body), 60 * size), size)]
    ends = rng.one_in(3)
    more = rng.choice((b";a=b", b";" + b"a" * 9000, b" ", b"\n", b"x", b"g", b"-")) if ends else b""
    chunks = b"".join(b"%x%b\r\n%b\r\n" % (len(part), more, part) for part in parts)
    last = (
        rng.choice((b"0\r\n\r\n", b"0\r\nX: 1\r\n\r\n", b"0\r\n", b"", b"00000\r\n\r\n", b"0\n\n"))
        if ends
        else b"0\r\n\r\n"
    )
    coding = b"Transfer-Encoding: " + (rng.choice(_CODINGS) if ends else b"chunked")
    head = _LENGTH.sub(coding, head) if _LENGTH.search(head) else head + b"\r\n" + coding
    return head + b"\r\n\r\n" + chunks + last


def _prepend_start(rng: Rng, data: bytes, _other: bytes) -> bytes:
    return rng.choice(_STARTS) + data


def _change_request_line(rng: Rng, data: bytes, _other: bytes) -> bytes:
    """Write another request line."""
    return data.replace(*rng.choice(_LINES), 1)


def _make_noise(rng: Rng, data: bytes, _other: bytes) -> bytes:
    return rng.randbytes(rng.choice((1, 20, 400))) + rng.choice((b"", b"\r\n\r\n", data))


BREAKS: tuple[Break, ...] = (
    *(
        _harm,
        _harm,
        _harm_head,
        _cut,
        _splice,
        _join,
        _join,
        _add_headers,
        _add_headers,
        _drop_or_double_header,
        _change_length,
    ),
    *(_chunk, _chunk, _prepend_start, _change_request_line, _make_noise),
)
