"""What a client begins and does not end: heads have their time, and everything unread one budget of bytes."""

import asyncio
import json
from typing import Any

import pytest

from emulator.http import connection, server
from emulator.resources.budgets import Budget
from moderation_emulator.contract.raw_socket import Connection, ask, encode_request
from moderation_emulator.contract.running_server import RunningServer

HEALTH = encode_request(target="/_emulator/health")
TEXT = json.dumps({"content": "hello", "type": ["0"]}).encode()


def encode_post(body: bytes, announced: int) -> bytes:
    head = encode_request("POST", "/alipay/my.textRiskIdentification", Content_Type="application/json")
    return head[:-2] + b"Content-Length: %d\r\n\r\n" % announced + body


@pytest.fixture
def budget(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Budget:
    """Return the budget of unread requests, made a hundred thousand bytes small."""
    monkeypatch.setattr(live.state.budgets.requests, "most", 100_000)
    return live.state.budgets.requests


@pytest.mark.parametrize("part", [b"G", b"\r\n\r\n", HEALTH[:-2], b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 5000])
def test_a_head_that_does_not_end_is_ended(live: RunningServer, monkeypatch: pytest.MonkeyPatch, part: bytes) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0)
    with Connection(live) as client:
        assert client.send(part).read_rest() == b""
    assert live.state.budgets.requests.used == 0


def test_more_of_a_head_does_not_give_it_more_time(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    alarms = []
    real = connection.Connection._hang_up

    def hang_up(self: connection.Connection) -> None:
        alarms.append(self)
        real(self)

    monkeypatch.setattr(connection.Connection, "_hang_up", hang_up)
    with Connection(live) as client:
        for byte in HEALTH[:20]:
            client.send(bytes([byte]))
        runner: Any = live.emulator._http._runner
        (held,) = [each for each in runner.server.connections if each.unread]
        first = held._head_timer
        client.send(HEALTH[20:30])
        assert held._head_timer is first
        assert client.send(HEALTH[30:]).read_answer().status == 200
        assert (held._head_timer, held.unread) == (None, 0)
    assert not alarms


def test_a_head_in_parts_is_read(live: RunningServer) -> None:
    with Connection(live) as client:
        for _ in range(2):
            assert client.send(HEALTH[:9], HEALTH[9:40], HEALTH[40:]).read_answer().status == 200
    assert live.state.budgets.requests.used == 0


def test_a_slow_body_is_not_taken_for_a_head(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0)
    with Connection(live) as client:
        answer = client.send(encode_post(b"", len(TEXT)), TEXT[:5], TEXT[5:9], TEXT[9:]).read_answer()
    assert answer.status == 200


def test_a_second_head_that_does_not_end_waits_for_the_first_answer(
    live: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.push_rule({"operation": "my.textRiskIdentification"}, delay=0.2)
    with Connection(live) as client:
        client.send(encode_post(TEXT, len(TEXT)))
        monkeypatch.setattr(connection, "HEAD_SECONDS", 0)
        client.send(HEALTH[:-2])
        assert client.read_answer().status == 200
        assert client.read_rest() == b""


def test_heads_share_a_budget(live: RunningServer, budget: Budget) -> None:
    long = b"GET /" + b"x" * 60_000
    with Connection(live) as first, Connection(live) as second:
        first.send(long)
        assert 60_000 <= budget.used <= 60_100
        assert second.send(long).read_rest() == b""
        assert 60_000 <= budget.used <= 60_100
        assert first.send(b" HTTP/1.1\r\nHost: localhost\r\n\r\n").read_answer().status == 404
    assert ask(live, HEALTH).status == 200
    assert budget.used == 0


def test_bodies_share_the_budget(live: RunningServer, budget: Budget) -> None:
    with Connection(live) as first, Connection(live) as second:
        first.send(encode_post(b'{"content": "' + b"x" * 60_000, 60_100))
        assert budget.used >= 60_000
        answer = second.send(encode_post(b'{"content": "' + b"x" * 60_000, 60_100)).read_answer()
        assert (answer.status, answer.json()["error"], answer.headers["connection"]) == (400, "2", "close")
        assert budget.used < 70_000
    assert ask(live, HEALTH).status == 200
    live.run(wait_until_settled(budget))


async def wait_until_settled(budget: Budget) -> None:
    """Wait until connections that were cut let go what they held."""
    async with asyncio.timeout(5):
        while budget.used:
            await asyncio.sleep(0)


def test_what_is_under_way_is_counted_until_it_is_answered(live: RunningServer, budget: Budget) -> None:
    live.push_rule({"operation": "my.textRiskIdentification"}, fault="hang")
    with Connection(live) as client:
        client.send(encode_post(TEXT, len(TEXT)))
        assert budget.used >= len(TEXT)
    live.run(wait_until_settled(budget))


def test_a_line_may_have_two_megabytes(live: RunningServer) -> None:
    answer = ask(live, encode_request(target="/?Action=ScanText&" + "x" * 1_990_000), b"")
    assert (answer.status, answer.json()["Code"]) == (400, "MissingVersion")
    assert ask(live, encode_request(target="/?Action=ScanText&" + "x" * (server.LINE_LIMIT + 1)), b"").status == 400
    assert live.state.budgets.requests.used == 0


@pytest.mark.parametrize(
    ("kind", "limit"), [("application/json", "BODY_LIMIT"), ("multipart/form-data", "UPLOAD_LIMIT")]
)
def test_only_uploads_may_be_as_large_as_photographs(live: RunningServer, kind: str, limit: str) -> None:
    head = encode_request("POST", "/wxa/img_sec_check?access_token=ACCESS_TOKEN", Content_Type=f"{kind}; boundary=x")
    announced = getattr(server, limit) + 1
    answer = ask(live, head[:-2] + b"Content-Length: %d\r\n\r\n" % announced)
    assert answer.json()["errcode"] == 40006
