"""The load: plays ready-made requests over keep-alive connections, one in flight on each, and keeps every answer."""

import asyncio
import gc
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from tests.bench.servers import Reading, Server

fastest = import_module("uvloop" if find_spec("uvloop") else "asyncio")
DEADLINE = 120  # seconds for one play
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class WrongAnswerError(Exception):
    """The server gave an answer that is not the right one, or none."""


@dataclass(frozen=True)
class Play:
    """What came of one play: raw answers, latencies in seconds, and what it took."""

    answers: list[bytes]
    latencies: list[float]
    spent: Reading


def play(server: Server, requests: Sequence[bytes], connections: int, label: str | None = None) -> Play:
    """Play the requests and check every answer; `label` is the one each picture must have got."""
    gc.disable()
    try:
        with asyncio.Runner(loop_factory=fastest.new_event_loop) as runner:
            played = runner.run(_play(server, requests, connections))
    finally:
        gc.enable()
    for answer in played.answers:
        _check(answer, label)
    return played


async def _play(server: Server, requests: Sequence[bytes], connections: int) -> Play:
    loop = asyncio.get_running_loop()
    work = Work(requests)
    opened = [
        await loop.create_connection(lambda: Connection(work), server.host, server.port) for _ in range(connections)
    ]
    start = server.read()
    try:
        async with asyncio.timeout(DEADLINE):
            for _, connection in opened:
                connection.ask()
            await work.finished
    except TimeoutError:
        raise WrongAnswerError(f"{len(work.answers)} of {work.total} answers after {DEADLINE} s") from None
    finally:
        spent = server.read().subtract(start)
        for transport, _ in opened:
            transport.close()
    return Play(work.answers, work.latencies, spent)


def _check(answer: bytes, label: str | None) -> None:
    try:
        body = json.loads(answer.partition(b"\r\n\r\n")[2])
        if "errcode" in body:  # of WeChat
            if str(body["errcode"]) != label:
                raise ValueError(f"errcode {body['errcode']}")
            return
        if "data" in body:  # of Green
            given = {item["code"] for item in body["data"]}
            if given != {200}:
                raise ValueError(f"codes {given}")
            return
        given = {sub["Label"] for result in body["Data"]["Results"] for sub in result["SubResults"]}
    except (ValueError, LookupError, TypeError) as error:
        raise WrongAnswerError(f"{error!r} in\n{_shorten(answer)}") from error
    if "Code" in body or (label is not None and given != {label}):
        raise WrongAnswerError(f"not {label or 'a success'}:\n{_shorten(answer)}")


def _shorten(answer: bytes) -> str:
    return answer[:2000].decode(errors="replace")


class Work:
    """The requests still to send and the answers so far, shared by the connections of one play."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self.waiting = iter(requests)
        self.total = len(requests)
        self.answers: list[bytes] = []
        self.latencies: list[float] = []
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def note(self, answer: bytes, latency: float) -> None:
        self.answers.append(answer)
        self.latencies.append(latency)
        if len(self.answers) == self.total:
            self.finished.set_result(None)

    def fail(self, reason: str) -> None:
        if not self.finished.done():
            self.finished.set_exception(WrongAnswerError(reason))


class Connection(asyncio.Protocol):
    """One keep-alive connection that sends the next request as soon as the last one is answered."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.partial = b""
        self.sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.work.fail(f"the server closed a connection ({exc})")

    def ask(self) -> None:
        request = next(self.work.waiting, None)
        if request is not None:
            self.sent = time.perf_counter()
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self.partial:
            data = self.partial + data
        end = data.find(b"\r\n\r\n")
        length = LENGTH.search(data, 0, end) if end >= 0 else None
        if end < 0 or (length and len(data) < end + 4 + int(length[1])):
            self.partial = data
        elif length is None or not data.startswith(b"HTTP/1.1 200 "):
            self.work.fail(_shorten(data))
        else:
            self.partial = b""
            self.work.note(data, time.perf_counter() - self.sent)
            self.ask()
