"""Callbacks per second: the dispatcher, and a bare client that posts the same bytes, to a receiver that only says 200.

`python -m tests.bench.pushing WAY` is one sender: each line it reads, `URL COUNT`, is answered with the seconds and the
CPU seconds that so many pushes took.
"""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

import aiohttp

from emulator.config.model import Callbacks
from emulator.net.egress import Egress
from emulator.state.callbacks.dispatcher import Dispatcher
from tests.bench.load import LENGTH, WrongAnswerError, fastest
from tests.bench.servers import ROOT, choose_cores
from tests.bench.waiting import make_delivery
from tests.state.builders import make_default_account

IN_FLIGHT = 16
HEADERS = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8", "User-Agent": "moderation-emulator"}


async def push_by_dispatcher(url: str, count: int) -> tuple[float, float]:
    """Push results that wait on a frozen clock; return what it took from the turn of the clock to the last push."""
    account = make_default_account()
    account.clock.freeze(True)
    dispatcher = Dispatcher(Callbacks(timeout=30, gaps=(1,), pushes=1), Egress(private=True, connections=(0, 0)))
    for number in range(count):
        delivery = make_delivery(number, url, account.clock.now() + 1)
        dispatcher.schedule(account, dispatcher.make_callback(account, delivery))

    async def push() -> None:
        account.clock.advance(1)
        await dispatcher.settle(account)

    spent = await _measure_time(push)
    states = {callback.state for callback in account.outbox.iterate_newest()}
    await dispatcher.close()
    if states != {"delivered"}:
        raise WrongAnswerError(f"callbacks are {states}")
    return spent


async def push_by_bare_client(url: str, count: int) -> tuple[float, float]:
    """Post ready-made bytes by as many loops as there are pushes in flight."""
    bodies = iter([urlencode(make_delivery(number, url, 0).form).encode() for number in range(count)])
    async with aiohttp.ClientSession() as session:

        async def post() -> None:
            for body in bodies:
                async with session.post(url, data=body, headers=HEADERS, allow_redirects=False) as answer:
                    if answer.status != 200:
                        raise WrongAnswerError(f"HTTP {answer.status}")

        return await _measure_time(lambda: asyncio.gather(*(post() for _ in range(IN_FLIGHT))))


WAYS: dict[str, Callable[[str, int], Coroutine[Any, Any, tuple[float, float]]]] = {
    "dispatcher": push_by_dispatcher,
    "bare": push_by_bare_client,
}


async def _measure_time(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    return time.perf_counter() - wall, time.process_time() - cpu


@dataclass
class Sender:
    """A process that pushes in one way; `rates` are pushes per second, `costs` microseconds of CPU per push."""

    process: "subprocess.Popen[str]"
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def push(self, url: str, count: int) -> tuple[float, float]:
        """Push so many times; return the seconds and the CPU seconds."""
        talk, listen = self.process.stdin, self.process.stdout
        if talk is None or listen is None:
            raise WrongAnswerError("the sender has no pipes")
        talk.write(f"{url} {count}\n")
        talk.flush()
        words = listen.readline().split()
        if len(words) != 2:
            raise WrongAnswerError(f"the sender ended: {' '.join(words)}")
        return float(words[0]), float(words[1])

    def measure(self, url: str, count: int) -> None:
        seconds, cpu = self.push(url, count)
        self.rates.append(count / seconds)
        self.costs.append(cpu / count * 1e6)


@contextmanager
def running_sender(way: str) -> Iterator[Sender]:
    """Run a sender on the CPU of the servers."""
    command = [sys.executable, "-m", "tests.bench.pushing", way]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Sender(process)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def running_receiver() -> Iterator[str]:
    """Run a receiver in a thread of this process, on the CPU of the load; yield its URL."""
    loop = fastest.new_event_loop()
    listening = loop.run_until_complete(loop.create_server(AlwaysOk, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/callback"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        listening.close()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class AlwaysOk(asyncio.Protocol):
    """One connection on which every request is answered with 200."""

    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    def __init__(self) -> None:
        self.partial = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        data = self.partial + data
        end = data.find(b"\r\n\r\n")
        length = LENGTH.search(data, 0, end) if end >= 0 else None
        if length and len(data) >= end + 4 + int(length[1]):
            self.partial = data[end + 4 + int(length[1]) :]
            self.transport.write(self.ANSWER)
        else:
            self.partial = data


def main(way: str) -> None:
    """Push as each line says."""
    os.sched_setaffinity(0, choose_cores()[0])
    with asyncio.Runner(loop_factory=fastest.new_event_loop) as runner:
        for line in sys.stdin:
            url, count = line.split()
            seconds, cpu = runner.run(WAYS[way](url, int(count)))
            sys.stdout.write(f"{seconds} {cpu}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
