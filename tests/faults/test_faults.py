"""Each disturbance as a client sees it, asked for by a rule and by a magic word."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from emulator.discovery import find_faults
from emulator.faults import Line, Parameters
from emulator.providers.wechat import gate
from emulator.types import WireResponse
from moderation_emulator.contract.raw_socket import Connection, encode_request, settle
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import AS_B, TEAM_B
from tests.providers.aliyun.rpc_calls import encode_query, scan_text, sign_rpc

NAMES = sorted(find_faults())
HEADERS = {"content-type": "application/json;charset=utf-8", "access-control-allow-origin": "*"}


@pytest.fixture(autouse=True)
def _alive_and_quiet(live: RunningServer, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Check after each fault: other calls are answered, no handler is left over, and the log has no complaint."""
    caplog.set_level(logging.DEBUG)
    before = live.run(count_handlers())
    yield
    assert scan_text(live, "still here").status_code == 200
    live.run(wait_for_handlers(before + 1))
    assert live.state.accounts.default.clock.waiting == 0
    assert not [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.WARNING]


@pytest.fixture(params=["rule", "magic"])
def text(request: pytest.FixtureRequest, live: RunningServer) -> Callable[[str], str]:
    """Return a function that makes a text which brings about the fault of a name."""

    def make_text(name: str) -> str:
        if request.param == "magic":
            return f"hello emu-fault-{name}"
        live.push_rule({"text": f"hello {name}"}, fault=name)
        return f"hello {name}"

    return make_text


async def count_handlers() -> int:
    """Return how many tasks the server has under way, this one not counted."""
    return len(asyncio.all_tasks()) - 1


async def wait_for_handlers(most: int) -> None:
    """Wait until at most so many handlers are left, for two seconds."""
    async with asyncio.timeout(2):
        while await count_handlers() > most:
            await asyncio.sleep(0.001)


def make_params(content: str) -> dict[str, str]:
    return {"Labels.1.Label": "ad", "Tasks.1.Content": content}


def encode_scan(content: str, **credentials: Any) -> bytes:
    """Return the bytes of a ScanText call."""
    return encode_request(target=f"/?{encode_query(sign_rpc('ScanText', make_params(content), **credentials))}")


def get_decision(live: RunningServer) -> tuple[str, str]:
    """Return what the journal says of the last call: its outcome, and the kind of who decided."""
    entry = live.list_entries()[0]
    return entry.outcome, entry.decided_by[0]


@pytest.mark.parametrize("name", NAMES)
def test_journal_tells_the_fault(live: RunningServer, text: Callable[[str], str], name: str) -> None:
    content = text(name)
    with Connection(live) as connection:
        connection.send(encode_scan(content))
        entry = live.list_entries()[0]
    assert (entry.outcome, entry.decided_by[0]) == ("fault", "magic" if "emu-" in content else "rule")
    assert entry.status == 200


def test_reset_cuts_the_connection(live: RunningServer, text: Callable[[str], str]) -> None:
    with Connection(live) as connection, pytest.raises(ConnectionResetError):
        connection.send(encode_scan(text("reset"))).read_rest()


def test_close_hangs_up_without_an_answer(live: RunningServer, text: Callable[[str], str]) -> None:
    with Connection(live) as connection:
        assert connection.send(encode_scan(text("close"))).read_rest() == b""


def test_hang_never_answers(live: RunningServer, text: Callable[[str], str]) -> None:
    before = live.run(count_handlers())
    with Connection(live) as connection:
        assert connection.send(encode_scan(text("hang"))).read_available() == b""
        assert live.run(count_handlers()) > before
    live.run(wait_for_handlers(before))  # the client is gone, and so is what waited for it


@pytest.mark.parametrize("leave", [Connection.close, Connection.finish, Connection.reset])
def test_hang_ends_with_its_client(live: RunningServer, leave: Callable[[Connection], object]) -> None:
    before = live.run(count_handlers())
    with Connection(live) as connection:
        leave(connection.send(encode_scan("emu-fault-hang")))
        live.run(wait_for_handlers(before))


def test_hang_is_ended_by_the_time_limit_of_a_client(live: RunningServer) -> None:
    url = f"{live.url}/?{encode_query(sign_rpc('ScanText', make_params('emu-fault-hang')))}"
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(url, timeout=0.05)


def test_empty_answers_without_a_body(live: RunningServer, text: Callable[[str], str]) -> None:
    with Connection(live) as connection:
        for _ in range(2):  # the connection is still good
            answer = connection.send(encode_scan(text("empty"))).read_answer()
            assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "0")
            assert HEADERS.items() <= answer.headers.items()
            assert answer.headers["x-acs-request-id"] == live.list_entries()[0].request_id


def test_truncate_sends_half_the_body(live: RunningServer, text: Callable[[str], str]) -> None:
    with Connection(live) as connection:
        answer = connection.send(encode_scan(text("truncate"))).read_answer()
        assert connection.read_rest() == b""
    whole = live.list_entries()[0].response_body
    assert answer.status == 200
    assert HEADERS.items() <= answer.headers.items()
    assert int(answer.headers["content-length"]) == len(whole)
    assert answer.body == whole[: len(whole) // 2]
    with Connection(live) as connection:
        assert list(answer.headers) == list(connection.send(encode_scan("nothing to see")).read_answer().headers)


def test_truncate_is_seen_by_a_client(live: RunningServer) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        scan_text(live, "emu-fault-truncate")


def test_garbage_is_no_text_of_the_same_length(live: RunningServer, text: Callable[[str], str]) -> None:
    with Connection(live) as connection:
        for _ in range(2):
            answer = connection.send(encode_scan(text("garbage"))).read_answer()
            assert answer.status == 200
            assert HEADERS.items() <= answer.headers.items()
            assert len(answer.body) == len(live.list_entries()[0].response_body)
            with pytest.raises(UnicodeDecodeError):
                answer.body.decode()
            assert b"{" not in answer.body


def test_html500_answers_with_a_page(live: RunningServer, text: Callable[[str], str]) -> None:
    answer = scan_text(live, text("html500"))
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.text.startswith("<html>")
    assert "x-acs-request-id" not in answer.headers


def test_slow_sends_the_body_by_the_clock(live: RunningServer) -> None:
    """The body comes in parts, each when the clock of the emulator says so: a frozen one holds it for ever."""
    clock = live.state.accounts.default.clock
    clock.freeze(True)

    async def advance(seconds: float) -> None:
        clock.advance(seconds)

    live.push_rule({"text": "hello"}, fault={"name": "slow", "bytes_per_second": 40})
    with Connection(live) as connection:
        head, _, body = connection.send(encode_scan("hello")).read_available().partition(b"\r\n\r\n")
        whole = live.list_entries()[0].response_body
        assert f"Content-Length: {len(whole)}".encode() in head
        assert body == b""
        for ten in range(0, 30, 10):
            live.run(advance(0.24))
            assert connection.read_available() == b""
            live.run(advance(0.02))
            assert connection.read_available() == whole[ten : ten + 10]
        rest = b""
        while clock.waiting:
            live.run(advance(1000))
            rest += connection.read_available()
        assert rest == whole[30:]
        again = connection.send(encode_scan("nothing to see")).read_answer()
        assert [line.partition(b":")[0].decode().lower() for line in head.split(b"\r\n")[1:]] == list(again.headers)


@pytest.mark.parametrize("speed", [1e9, 4_000, 400, 100, 4, 1, 0.25])
def test_speed_of_slow(live: RunningServer, speed: float) -> None:
    """A quarter of a second's bytes at once, at least one; the last comes when it is due."""
    clock = live.state.accounts.default.clock
    clock.freeze(True)
    began = clock.now()
    live.push_rule({"text": "hello"}, fault={"name": "slow", "bytes_per_second": speed})

    async def advance_to_next() -> None:
        clock.set(clock._timers[0][0])

    with Connection(live) as connection:
        connection.send(encode_scan("hello"))
        parts = 0
        while clock.waiting:
            live.run(advance_to_next())
            live.run(settle())
            parts += 1
        size = len(connection.read_answer().body)
    at_once = max(1, int(speed / 4))
    assert size == len(live.list_entries()[0].response_body)
    assert parts == -(-size // at_once)
    assert clock.now() - began == pytest.approx(parts * at_once / speed, rel=1e-6)


def test_slow_by_magic_word(live: RunningServer) -> None:
    clock = live.state.accounts.default.clock
    clock.freeze(True)

    async def hasten() -> None:
        clock.freeze(False)
        while not clock.waiting:
            await asyncio.sleep(0)
        while clock.waiting:
            clock.advance(1)
            await asyncio.sleep(0)

    with Connection(live) as connection:
        connection.send(encode_scan("emu-fault-slow"))
        assert clock.waiting == 1
        live.run(hasten())
        assert connection.read_answer().body == live.list_entries()[0].response_body


def test_slow_is_given_up_with_its_client(live: RunningServer) -> None:
    clock = live.state.accounts.default.clock
    clock.freeze(True)
    before = live.run(count_handlers())
    with Connection(live) as connection:
        connection.send(encode_scan("emu-fault-slow"))
        assert clock.waiting == 1
    live.run(wait_for_handlers(before))
    assert clock.waiting == 0


@pytest.mark.parametrize("name", ["slow", "truncate"])
def test_an_answer_to_head_has_no_body_in_any_fault(
    live: RunningServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A byte of one would be taken for the start of the next answer. The gates let no HEAD in: here one does."""
    checks = tuple(check for check in gate.CHECKS["cgi-bin/token"] if check is not gate.require_no_head)
    monkeypatch.setitem(gate.CHECKS, "cgi-bin/token", checks)
    wechat = live.state.accounts.default.credentials["wechat"]
    grant = f"grant_type=client_credential&appid={wechat.appid}&secret={wechat.secret}"
    parameters = {"bytes_per_second": 1e9} if name == "slow" else {}
    live.push_rule({"operation": "cgi-bin/token"}, fault={"name": name, **parameters}, times=1)
    clock = live.state.accounts.default.clock

    async def hasten() -> None:
        while clock.waiting:
            clock.advance(1)
            await settle()

    with Connection(live) as connection:
        connection.send(encode_request("HEAD", f"/cgi-bin/token?{grant}"))
        live.run(hasten())
        assert int(connection.read_answer(head=True).headers["content-length"]) == len(
            live.list_entries()[0].response_body
        )
        if name == "slow":
            again = connection.send(encode_request(target=f"/cgi-bin/token?{grant}")).read_answer()
            assert (again.version, again.status) == ("HTTP/1.1", 200)
        else:
            assert connection.read_rest() == b""


def test_a_client_that_left_is_no_unhandled_exception(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(response: WireResponse, line: Line, _parameters: Parameters) -> None:
        await line.send_head(response)
        line.close()
        await line.write(response.body)

    monkeypatch.setitem(live.app.faults, "truncate", replace(live.app.faults["truncate"], play=play))
    with Connection(live) as connection:
        head, _, body = connection.send(encode_scan("emu-fault-truncate")).read_rest().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert body == b""


def test_slow_is_on_the_clock_of_the_calling_account(start: Callable[..., RunningServer]) -> None:
    """A clock belongs to an account: a test that freezes its own must not hold the answers of another."""
    live = start({"accounts": [TEAM_B]})
    default, other = (account.clock for account in live.state.accounts)
    default.freeze(True)
    other.freeze(True)
    with Connection(live) as connection:
        connection.send(encode_scan("emu-fault-slow", **AS_B))
        assert (default.waiting, other.waiting) == (0, 1)


@pytest.mark.parametrize(
    "fault",
    [
        "slwo",
        {"name": "slwo"},
        {"name": "slow", "bytes_per_secnd": 1},
        {"name": "reset", "bytes_per_second": 1},
        *({"name": "slow", "bytes_per_second": value} for value in (0, -1, "1", True, None, [1])),
        {"bytes_per_second": 1},
        5,
        {},
        [],
    ],
)
def test_faults_that_are_none(live: RunningServer, fault: object) -> None:
    answer = live.control("POST", "rules", {"match": {}, "fault": fault})
    assert answer.status_code == 400
    assert all(problem["path"].startswith("$.fault") for problem in answer.json()["problems"])


def test_times_of_a_fault(live: RunningServer) -> None:
    """Retry after n times: the fault is spent, and the next call passes."""
    live.push_rule({"text": "hello"}, fault="html500", times=2)
    assert [scan_text(live, "hello").status_code for _ in range(4)] == [500, 500, 200, 200]


def test_one_disturbed_item_disturbs_the_call(live: RunningServer) -> None:
    assert scan_text(live, "a", "emu-fault-html500", "b").status_code == 500
    assert get_decision(live) == ("fault", "magic")


def test_faults_of_xml_answers(live: RunningServer) -> None:
    answer = scan_text(live, "emu-fault-empty", common={"Format": "XML"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Type"] == "text/xml;charset=utf-8"
