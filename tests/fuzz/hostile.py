"""Values that some reader of them may not expect."""

from typing import Any

TAG = "<zq9 src=//h.test>"  # no answer that a browser renders may hold it

TEXTS = (
    *("", " ", "0", "-1", "null", "true", "NaN", "[]", "{}", '"'),
    *("'", "\\", "%", "%zz", "%00", "%ff", "+", "&a=b", "=", "#"),
    *("\0", "\t", "\r\nX-One: 1", "\x7f", "\x1b[31m", "\u2028", "\ufeff", "\ufffe", "\u202e", "\ud800", "\udc00\ud800"),
    *("示例", "e\u0301", "\u00e9", "İ", "ß", "ﬁ", "①", "²", "٣", "１２", "𝟙", "👩\u200d👩\u200d👧", "\U0010ffff"),
    *(TAG, f"]]>{TAG}", f"--{TAG}", "&lt;", "${7*7}", "{{7*7}}"),
    *("{0.__class__}", "%s%n", "../../etc/hosts", "..%2f", "a/b", "a\\b"),
    *("2026-01-05T08:00:00Z", "1e400", "0x10", "1_000", "9" * 25, "-" * 300, "a" * 129),
    *("utf-7", "idna", "undefined", "hex", "unicode_escape"),
    *("JSON", "XML", "xml", "GBK", "utf-16", "https://", "x.gif"),
)  # fmt: skip
LONG = ("9" * 4000, "a" * 1025, "中" * 3334, "emu-x " * 60, "%e4" * 5000, "a" * 70_000)
NUMBERS = (
    *(0, 1, -1, 2, 100, 101, 2**31 - 1, 2**31, 2**32, 2**53 + 1),
    *(2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**30, 10**400),
    *(0.5, -0.0, 1e-320, 1e308, -1e308, float("nan"), float("inf"), float("-inf"), 1.7e9, 253402300800, -62135596801),
)  # fmt: skip
URLS = (
    *("http://127.0.0.1:9/", "http://127.0.0.1:9/a?b#c", "http://[::1]:9/", "http://localhost:9/%zz", "HTTP://127.1:9"),
    *("http://a@127.0.0.1:9/", "http://127.0.0.1:99999/"),
    *("http://127.0.0.1:9/\ud800", "http://[::1", "http://", "//a.test"),
    *("https://cdn.example.test/x.gif", "https://cdn.example.test/中.jpg"),
    *("file:///x", "data:image/png;base64,AAAA", "x"),
    *("https://cdn.example.test/" + "a" * 2000, "http://①②⑦.test/", "https://cdn.example.test/%e4%b8%ad?x=%00"),
)  # fmt: skip
ODD: tuple[Any, ...] = (None, True, False, [], {}, [[]], {"": None}, [None], {"a": {"b": [1]}})
