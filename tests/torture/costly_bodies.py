"""Bodies that the server bore at the first try, but that let a neighbour wait for more than 50 ms."""

import json
from functools import partial

from tests.bench.pushing import running_receiver
from tests.bench.signed import sign_green
from tests.torture.attack import Attack, Attacks
from tests.torture.siege import Siege, encode_multipart
from tests.torture.small import write_thirty_thousand_rules

ENDPOINTS = ("rules", "accounts", "clock", "reset", "journal/verify", "settings")
_FORM = "application/x-www-form-urlencoded"


def send_small_chunks(siege: Siege) -> None:
    """Send a body in two million chunks of one byte."""
    head = "POST /wxa/msg_sec_check HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    part = b"1\r\nx\r\n" * 100_000
    siege.send(head.encode(), *[part] * 20, b"0\r\n\r\n", timeout=50)


def send_escapes(siege: Siege) -> None:
    """Send forms of 4 million %41, in a body and as far as a line goes in a query."""
    for path in ("/", "/gateway.do", "/green/text/scan"):
        siege.ask("POST", path, b"Action=" + b"%41" * 4_000_000, kind=_FORM)
    siege.ask("GET", "/?Action=" + "%41" * 1_300_000)


def send_pairs(siege: Siege, pair: str, path: str) -> None:
    """Send a form of 15 MB of very many pairs, and a query of 4 MB."""
    siege.ask("POST", path, pair.encode() * (15_000_000 // len(pair)), kind=_FORM)
    siege.ask("GET", f"{path}?{pair * (4_000_000 // len(pair))}")


def send_protobuf(siege: Siege, data: bytes) -> None:
    """Send a cloud call with so much protobuf."""
    fields = {"action": b"wx.openApi", "apiName": b"security.imgSecCheck", "requestData": data}
    body, kind = encode_multipart((f'; name="{name}"', value) for name, value in fields.items())
    siege.ask("POST", "/admin", body, kind=kind)


def _encode_message(inner: bytes) -> bytes:
    """Return a CommApiData whose openapiData is this."""
    size, length = len(inner), b""
    while size > 0x7F:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return b"\x08\x00\x12" + length + bytes([size]) + inner


def send_near_marks(siege: Siege) -> None:
    """Send uploads of bytes that look like the mark between parts, and of very many parts."""
    mark = "torture"
    bodies = [
        encode_multipart([('; name="media"; filename="a"', f"\r\n--{mark}x".encode() * 1_200_000)])[0],
        encode_multipart((f'; name="n{n}"', b"") for n in range(100_000))[0],
        encode_multipart([(f'; name="media"; filename="{"a" * 15_000}"; x{";" * 900}', b"") for _ in range(900)])[0],
        encode_multipart([('; name="media"' + '; filename="\\"' * 1000, b"") for _ in range(900)])[0],
    ]
    for path in ("/wxa/img_sec_check?access_token=ACCESS_TOKEN", "/admin"):
        for body in bodies:
            siege.ask("POST", path, body, kind=f"multipart/form-data; boundary={mark}")


def send_broken_json(siege: Siege, form: object) -> None:
    """Send something that nobody understands to every endpoint that takes JSON."""
    for path in ENDPOINTS:
        siege.control("PATCH" if path == "settings" else "POST", path, form)


def send_deep_json(siege: Siege) -> None:
    """Send a million brackets to every endpoint that takes JSON."""
    for path in ENDPOINTS:
        siege.ask("PATCH" if path == "settings" else "POST", f"/_emulator/{path}", b"[" * 1_000_000)


def send_large_json(siege: Siege) -> None:
    """Send bodies of 15 MB to the providers: deep, wide, and of long keys."""
    wide = json.dumps({f"unknown{n}": n for n in range(700_000)}).encode()
    tasks = json.dumps({"scenes": ["porn"] * 700_000, "tasks": [{}] * 700_000}).encode()
    for path in (
        "/green/text/scan",
        "/wxa/msg_sec_check?access_token=ACCESS_TOKEN",
        "/alipay/my.textRiskIdentification",
    ):
        for body in (
            wide,
            tasks,
            b"[" * 15_000_000,
            b'{"a":' * 2_000_000,
            b'{"content": "' + b"\\u0041" * 2_500_000 + b'"}',
        ):
            siege.ask("POST", path, body)
    siege.send(sign_green(siege.host, "image/asyncscan", {"scenes": ["porn"] * 500_000, "tasks": [{}] * 500_000}))


def reload(siege: Siege) -> None:
    """Read 30 000 rules again, five times."""
    siege.repeat(siege.encode_request("POST", "/_emulator/rules/reload"), 5, 1)


def advance(siege: Siege) -> None:
    """Turn the clock over 20 000 callbacks that are late, and then reset."""
    with running_receiver() as url:
        for _ in range(200):
            tasks = [{"dataId": f"d{n}", "url": "https://a.test/emu-callback-late.jpg"} for n in range(100)]
            form = {"scenes": ["porn"], "tasks": tasks, "callback": url, "seed": "seed"}
            siege.send(sign_green(siege.host, "image/asyncscan", form))
        siege.control("POST", "clock", {"advance": 86_400})
        siege.control("GET", "callbacks?limit=1000")
        siege.control("POST", "reset", {})


_PAIRS = _encode_message(b"\x0a\x00" * 7_000_000)
_UNKNOWN = _encode_message(b"\x78\x01" * 7_000_000)
_GROUPS = _encode_message(b"\x7b" * 4_000_000 + b"\x7c" * 4_000_000)
_UNKNOWN_KEYS = {f"unknown{n}": n for n in range(5000)}
_BROKEN_RULES = [{"match": {f"x{n}": n}, "y": 1} for n in range(2000)]
_BROKEN_PATTERNS = [{"match": {"url": {"regex": f"({n}"}}, "verdict": "pass"} for n in range(2000)]
_NULLS = {"match": {"text": {"contains": [None] * 100_000}}}

ATTACKS: Attacks = (
    Attack("held: 2 million chunks of one byte", send_small_chunks),
    Attack("held: forms of 4 million %41", send_escapes),
    Attack("held: forms of 5 million a=& at /", partial(send_pairs, pair="a=&", path="/")),
    Attack("held: forms of 5 million a=& at /gateway.do", partial(send_pairs, pair="a=&", path="/gateway.do")),
    Attack("held: forms of 15 million & at /", partial(send_pairs, pair="&", path="/")),
    Attack("held: 7 million empty pairs of protobuf", partial(send_protobuf, data=_PAIRS)),
    Attack("held: 7 million unknown fields of protobuf", partial(send_protobuf, data=_UNKNOWN)),
    Attack("held: 4 million nested groups of protobuf", partial(send_protobuf, data=_GROUPS)),
    Attack("held: multipart, near marks and many parts", send_near_marks),
    Attack("held: control JSON of 5000 unknown keys", partial(send_broken_json, form=_UNKNOWN_KEYS)),
    Attack("held: control JSON of 2000 broken rules", partial(send_broken_json, form=_BROKEN_RULES)),
    Attack("held: control JSON of 2000 broken patterns", partial(send_broken_json, form=_BROKEN_PATTERNS)),
    Attack("held: control JSON of 100 000 nulls", partial(send_broken_json, form=_NULLS)),
    Attack("held: control JSON of a million brackets", send_deep_json),
    Attack("held: JSON of 15 MB for providers", send_large_json),
    Attack("held: reload of 30 000 rules", reload, prepare=write_thirty_thousand_rules),
    Attack("held: advance over 20 000 late callbacks", advance),
)
