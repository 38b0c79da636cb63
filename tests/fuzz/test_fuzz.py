"""A stream of fuzzed requests, and single ones that were answered badly once. `python -m tests.fuzz` plays many."""

import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.fuzz.beginnings import iterate_beginnings
from tests.fuzz.builders.control import sign_frame_request
from tests.fuzz.draft import Draft, encode_draft
from tests.fuzz.hostile import TAG
from tests.fuzz.lines import BadAnswerError, parse_answer
from tests.fuzz.oracle import find_log_errors, find_problems
from tests.fuzz.rounds import ask, play, split_rounds
from tests.fuzz.serving import FuzzedServer, run_fuzzed_server
from tests.fuzz.shots import HOST, ROUND, Kind, Shot, make_shot
from tests.fuzz.strict import list_due_methods
from tests.providers.alipay.gateway import builders as gateway
from tests.providers.wechat import builders

REQUESTS = 10_000

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the log of a process in /proc, which Linux has")


@pytest.fixture(scope="module")
def server() -> Iterator[FuzzedServer]:
    with run_fuzzed_server() as started:
        yield started


def test_nothing_goes_wrong(server: FuzzedServer) -> None:
    tally = play(server, range(REQUESTS))
    assert "\n".join(map(str, tally.findings.values())) == ""
    assert (tally.requests, tally.hangs) == (REQUESTS, 0)
    assert min(tally.statuses[each] for each in ("2xx", "4xx")) > REQUESTS / 10  # both got past the gate and did not


def _upload(filename: str) -> Draft:
    body = builders.encode_multipart((f'form-data; name="media"; {filename}', builders.PNG))
    kind = {"Content-Type": "multipart/form-data; boundary=bound"}
    return Draft("POST", f"{builders.CHECK}?access_token=ACCESS_TOKEN", kind, body)


def _content(content: Any) -> Draft:
    params = {**gateway.make_common(gateway.DETECT, content), "sign": "x"}
    return Draft("GET", f"/gateway.do?{gateway.encode_form(params)}")


# Each was answered by a mistake of the server's own, or by a tag of the caller's in text/html.
ONCE_BAD = {
    **{f"a frame that expires at {each!a}": sign_frame_request("x-1.png", each) for each in ("abc", "", "²", "1.5")},
    "a frame that expires at 5000 digits": sign_frame_request("x-1.png", "9" * 5000),
    **{
        f"a name in {each}": _upload(f"filename*={each}''%41")
        for each in ("idna", "undefined", "punycode", "hex", "rot13")
    },
    "a tag for a text": _content({"content": [TAG]}),
    "a tag for a name": _content({TAG: 1}),
    "a tag for a method": Draft("GET", f"/gateway.do?method={quote(TAG)}&app_id={gateway.APP_ID}&sign=x"),
    "a tag as a parameter": Draft(
        "GET", f"/gateway.do?method={gateway.DETECT}&app_id={gateway.APP_ID}&charset={quote(TAG)}"
    ),
}


@pytest.mark.parametrize("draft", ONCE_BAD.values(), ids=ONCE_BAD.keys())
def test_requests_once_answered_badly_are_answered_well(server: FuzzedServer, draft: Draft) -> None:
    server.read_log()
    (answered,) = ask(server, [encode_draft(draft, HOST)])
    assert [*find_problems(Kind.PLAIN, answered), *find_log_errors(server.read_log())] == []


# What cannot be read any more, once its head was: the head is read before the rest is sent.
BAD_REST = {
    "a chunk of no size": (b"Transfer-Encoding: chunked", b"zz\r\n"),
    "a chunk longer than told": (b"Transfer-Encoding: chunked", b"1\r\nabc\r\n0\r\n\r\n"),
    "a bare line feed": (b"Transfer-Encoding: chunked", b"1\r\na\r\n0\n\n"),
}


@pytest.mark.parametrize(("header", "rest"), BAD_REST.values(), ids=BAD_REST.keys())
def test_a_bad_rest_is_answered_at_once(server: FuzzedServer, header: bytes, rest: bytes) -> None:
    """And not when the time for a body has run out."""
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\n%b\r\n\r\n" % header
    (answered,) = ask(server, [Shot(0, head + rest, [b"POST"], len(head))])
    assert answered.status == 400


class TestFuzzer:
    """The fuzzer itself: what it overlooks, nobody sees."""

    def test_a_seed_gives_the_same_bytes(self) -> None:
        for number in range(0, 20 * ROUND, 50):
            assert make_shot(number) == make_shot(number)

    def test_rounds_are_cut_where_they_end(self) -> None:
        assert [*split_rounds(range(3, 4))] == [range(3, 4)]
        assert [*split_rounds(range(ROUND - 1, 2 * ROUND + 5))] == [
            range(ROUND - 1, ROUND),
            range(ROUND, 2 * ROUND),
            range(2 * ROUND, 2 * ROUND + 5),
        ]
        assert [*iterate_beginnings(0)] == [*iterate_beginnings(ROUND - 1)]

    @pytest.mark.parametrize(
        ("data", "methods"),
        [
            (b"", []),
            (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", [b"GET"]),
            (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" * 3, [b"GET"] * 3),
            (
                b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nabHEAD / HTTP/1.1\r\nHost: h\r\n\r\n",
                [b"POST", b"HEAD"],
            ),
            (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", [b"POST"]),
            (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab\r\n0\r\n\r\n", None),
            (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nab", None),
            (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nab", None),
            (b"GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", None),
            (b"GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", None),
            (b"GET / HTTP/1.1\r\n\r\n", None),
            (b"GET / HTTP/1.1\r\nHost: h\r\n", None),
        ],
    )
    def test_what_must_be_answered(self, data: bytes, methods: list[bytes] | None) -> None:
        assert list_due_methods(data) == methods

    def test_an_answer_is_read_when_it_is_whole(self) -> None:
        data = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        assert [parse_answer(data[:size]) for size in range(len(data))] == [None] * len(data)
        read = parse_answer(data + b"more")
        assert read is not None
        assert (read[0].status, read[0].body, read[1]) == (200, b"ok", len(data))

    @pytest.mark.parametrize("data", [b"nothing\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX\r\n\r\n"])
    def test_bytes_that_are_no_answer_are_found(self, data: bytes) -> None:
        with pytest.raises(BadAnswerError):
            parse_answer(data)

    @pytest.mark.parametrize(
        ("status", "kind_of_body", "body", "count"),
        [
            (200, "application/json", TAG, 0),
            (200, "text/html;charset=utf-8", TAG, 1),
            (200, "application/xml", TAG, 1),
            (200, "text/html", "a &lt;zq9", 0),
            (500, "application/json", "{}", 1),
            (500, "application/json", '{"Code":"InternalServerError"}', 2),
            (200, "application/json", '{"errcode":-1,"errmsg":"x"}', 1),
            (200, "application/json", '{"errcode":-1008}', 0),
            (400, "application/json", '{"Code":"InternalServerError.DB"}', 0),
        ],
    )
    def test_what_is_wrong(self, status: int, kind_of_body: str, body: str, count: int) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind_of_body}\r\nContent-Length: {len(body)}\r\n\r\n"
        read = parse_answer((head + body).encode())
        assert read is not None
        assert len([*find_problems(Kind.PLAIN, read[0])]) == count

    def test_what_a_rule_may_ask_for(self) -> None:
        read = parse_answer(b'HTTP/1.1 580 X\r\nContent-Length: 37\r\n\r\n{"Code":"InternalServerError.DB","a":1}')
        assert read is not None
        counts = {
            each: len([*find_problems(each, read[0])]) for each in (Kind.RULED, Kind.MAGIC, Kind.PLAIN, Kind.CONTROL)
        }
        assert counts == {Kind.RULED: 0, Kind.MAGIC: 0, Kind.PLAIN: 1, Kind.CONTROL: 1}

    def test_mistakes_of_a_log(self) -> None:
        log = [
            "WARNING x",
            "ERROR ours",
            "Traceback (most recent call last):",
            '  File "a.py", line 1, in one',
            "    call()",
            '  File "b.py", line 2, in two',
            "ValueError: secret",
            "ERROR alone",
        ]
        assert [*find_log_errors(log)] == ['logged: ValueError at File "b.py", line 2, in two', "logged: ERROR alone"]
