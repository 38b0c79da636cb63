"""Values that no proper client sends, as a caller may put them anywhere; each has stopped some server somewhere."""

from typing import Any


def nest(levels: int, inner: Any = 1) -> Any:
    for level in range(levels):
        inner = [inner] if level % 2 else {"a": inner}
    return inner


NUMBERS = (0, -1, 2**31, 2**53 + 1, 2**63, 2**64, 10**30, 1e308, -0.0, 1.5, float("nan"), float("inf"), True, None)
SHAPES: tuple[Any, ...] = ({}, [], [[]], {"": ""}, [None], nest(100), nest(260), nest(900), {"a" * 1000: [1] * 1000})
TEXTS = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "\r\nX: y",
        "\x7f\x85\u2028",
        "\ufffe\uffff",
        "\U0010ffff",
        "İıK\u212aſ",
        "\u202e",
        "e\u0301",
    ),
    *(
        "1" * 5000,
        "-" + "9" * 400,
        "١٢٣",
        "²",
        "1_000",
        "0x10",
        "1e999",
        "NaN",
        "Infinity",
        "+1",
        " 1",
        "1.0",
        "1" * 11,
    ),
    *("%", "%f", "%ff", "%00", "%u0041", "%%%", "+", "=", "&", "&amp;", "<", "\\", '"', "'", "{", "[", "{}", "null"),
    *("http://[", "http://[::1", "http://a:99999/", "http://a:b/", "http://", "//", "http:///x", "http://a@b@c/"),
    *("http://\u2100/", "http://xn--a/", "http://a." + "b" * 300, "http://a/%", "http://a/x\u0000.gif", "javascript:1"),
    *(
        "data:,x",
        "file:///etc/passwd",
        "idna''%41",
        "undefined''x",
        "=?utf-8?b?/w==?=",
        "84_=-x",
        "84_%00-x",
        "__proto__",
    ),
    *(
        "2026-13-01T00:00:00Z",
        "0000-00-00T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "Mon, 05 Jan 99999999999999 08:00:00 GMT",
    ),
    *("Mon, 05 Jan 2026 08:00:00 +999999999999", "Mon, 31 Feb 2026 25:61:61 GMT", "0001-01-01T00:00:00+23:59"),
    *("emu-delay-" + "9" * 400 + "s", "emu-porn-" + "9" * 400, "emu-error-", "emu-fault-", "emu-", "x" * 100_000),
)
HALVES = ("\ud800", "a\udc80", "\udfff\ud800")  # half a character, which only JSON can write
EVERYTHING: tuple[Any, ...] = (*NUMBERS, *SHAPES, *TEXTS, *HALVES)

BODIES = (
    *(
        b"",
        b" ",
        b"\0",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"{",
        b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"null",
        b"1",
        b'"',
    ),
    *(b'"x"', b'"\\ud800"', b'{"a":"\\ud800"}', b'{"":1}', b'{"a":1,"a":2}', b"NaN", b"1e999", b"1" * 5000, b"[1,]"),
    *(b"\xef\xbb\xbf{}", b"a", b"=", b"&&&", b"%", b"%ff=%ff", b"a=%f", b"Task.1.=1", b"Task.0=1", b"Task.99999=1"),
    *("Task.١=1".encode(), b"Task.1.x.y=1", b"Task=1&Task.1=1", b"a=1&a=2", b"biz_content=%ff&charset=gbk&sign=x"),
    *(b"--bound", b"--bound--", b"--bound\r\n\r\n\r\n--bound--", b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
)
KINDS = (
    *("", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=bound", "text/xml"),
    *("application/json; charset=undefined", 'multipart/form-data; boundary="', "multipart/form-data; boundary=\u00e9"),
)
HEADERS = ("Accept", "Host", "X-Forwarded-Host", "Cookie")  # and those that the provider reads
