"""Rounds: seeds that follow one another, on a server that is made as new before them."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.bench.load import fastest
from tests.fuzz.beginnings import beginnings, steer
from tests.fuzz.lines import Answer, BadAnswerError, Fence, Lane
from tests.fuzz.oracle import mistakes, wrong
from tests.fuzz.serving import HELD, Fuzzed
from tests.fuzz.shots import ROUND, Shot, kind, shot

LANES = 16


@dataclass(frozen=True)
class Finding:
    """What is wrong, and the bytes that brought it about; of what only the log tells, no bytes but the round's seed."""

    number: int
    told: str
    data: bytes = b""
    alone: bool = True

    def __str__(self) -> str:
        count = f"--seed {self.number} --requests {1 if self.alone else ROUND}"
        return f"{self.told}\n  again: python -m tests.fuzz {count}\n  {self.data[:3000]!r}"


@dataclass
class Tally:
    """What came of all rounds: of each thing that is wrong the first finding, and how often it was seen."""

    requests: int = 0
    hangs: int = 0
    log_lines: int = 0
    longest: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    findings: dict[str, Finding] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    def note(self, finding: Finding) -> None:
        self.seen[finding.told] += 1
        self.findings.setdefault(finding.told, finding)


class Campaign:
    """Plays seeds against one server and keeps the tally."""

    def __init__(self, server: Fuzzed) -> None:
        self._server = server
        self.tally = Tally()

    async def play(self, numbers: range, after_round: Callable[[Tally], None] = lambda _tally: None) -> Tally:
        """Play the seeds, round by round; `after_round` sees what came so far."""
        address = self._server.server.host, self._server.server.port
        fence = Fence(*address)
        lanes = [Lane(*address, fence) for _ in range(LANES)]
        try:
            for part in rounds(numbers):
                await self._round(part, fence, lanes)
                after_round(self.tally)
            await fence.ask(steer("POST", "reset", {"accounts": True}))
        finally:
            self.tally.longest = fence.longest
            for lane in (*lanes, fence):
                lane.close()
        return self.tally

    async def _round(self, part: range, fence: Fence, lanes: list[Lane]) -> None:
        for request in beginnings(part[0]):
            await fence.ask(request)
        waiting = iter(part)
        await asyncio.gather(*(self._lane(lane, waiting) for lane in lanes))
        await fence.passed()
        logged = self._logged()
        if not logged.keys() <= self.tally.findings.keys():
            await self._pinpoint(part, fence, lanes[0])
        self.tally.seen += logged

    def _logged(self) -> Counter[str]:
        """What went wrong by the log since this was asked last."""
        lines = [line for line in self._server.logged() if not line.startswith((HELD, "Listening"))]
        self.tally.log_lines += len(lines)
        return Counter(mistakes(lines))

    async def _pinpoint(self, part: range, fence: Fence, lane: Lane) -> None:
        """Play a round once more, one by one, to see what it was that the log complained of."""
        again = False
        for request in beginnings(part[0]):
            await fence.ask(request)
        for number in part:
            now = shot(number)
            await self._played(lane, now)
            await fence.passed()
            for told in self._logged():
                again = True
                self.tally.findings.setdefault(told, Finding(number, told, now.data))
        if not again:
            self.tally.note(Finding(part[0], "logged, but only when all are played at once", alone=False))

    async def _lane(self, lane: Lane, waiting: Iterator[int]) -> None:
        for number in waiting:
            now = shot(number)
            self.tally.requests += 1
            for each in await self._played(lane, now):
                self.tally.statuses[f"{each.status // 100}xx"] += 1
                for told in wrong(kind(number), each):
                    self.tally.note(Finding(number, told, now.data))

    async def _played(self, lane: Lane, now: Shot) -> list[Answer]:
        try:
            return await lane.play(now)
        except BadAnswerError as bad:
            self.tally.note(Finding(now.number, str(bad), now.data))
        except TimeoutError:
            self.tally.hangs += 1
            self.tally.note(Finding(now.number, "neither answered nor hung up", now.data))
        return []


def rounds(numbers: range) -> Iterator[range]:
    """The seeds, cut where a round ends."""
    start = numbers.start
    while start < numbers.stop:
        stop = min(numbers.stop, start - start % ROUND + ROUND)
        yield range(start, stop)
        start = stop


def ask(server: Fuzzed, requests: Iterable[bytes | Shot]) -> list[Answer]:
    """The answers to whole requests or to shots, sent one after the other."""

    async def asked() -> list[Answer]:
        address = server.server.host, server.server.port
        fence = Fence(*address)
        lane = Lane(*address, fence)
        shots = (each if isinstance(each, Shot) else Shot(0, each, [b"GET"]) for each in requests)
        try:
            return [answer for each in shots for answer in await lane.play(each)]
        finally:
            lane.close()
            fence.close()

    with asyncio.Runner(loop_factory=fastest.new_event_loop) as runner:
        return runner.run(asked())


def play(server: Fuzzed, numbers: range, after_round: Callable[[Tally], None] = lambda _tally: None) -> Tally:
    """Play seeds on the fastest loop there is."""
    with asyncio.Runner(loop_factory=fastest.new_event_loop) as runner:
        return runner.run(Campaign(server).play(numbers, after_round))


def _unread(server: Fuzzed) -> int:
    """Bytes of requests that are not answered and whose clients have not been seen to leave."""
    (info,) = ask(server, [steer("GET", "info")])
    unread: int = json.loads(info.body)["budgets"]["requests"]["used"]
    return unread


def held(server: Fuzzed, forget: bool = True) -> tuple[int, float]:
    """How many objects a server holds, and its resident memory in MB, once it gave back what is free."""
    while _unread(server):
        pass
    if forget:
        ask(server, beginnings(0))
    server.logged()
    server.tell()
    ask(server, [steer("GET", "health")])
    (line,) = [line for line in server.logged() if line.startswith(HELD)]
    return int(line.split()[1]), server.server.resident()
