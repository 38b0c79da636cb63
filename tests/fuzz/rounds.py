"""Rounds: seeds that follow one another, on a server that is made as new before them."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.bench.load import fastest
from tests.fuzz.beginnings import encode_control_request, iterate_beginnings
from tests.fuzz.lines import Answer, BadAnswerError, Fence, Lane
from tests.fuzz.oracle import find_log_errors, find_problems
from tests.fuzz.serving import HELD, FuzzedServer
from tests.fuzz.shots import ROUND, Shot, choose_kind, make_shot

LANES = 16


@dataclass(frozen=True)
class Finding:
    """What is wrong, and the bytes that brought it about.

    number: The seed that shows it again.
    problem: A sentence about what is wrong.
    data: The bytes that brought it about; none where only the log shows what is wrong.
    alone: Whether the one request is enough to see it again; else the whole round of the seed is.
    """

    number: int
    problem: str
    data: bytes = b""
    alone: bool = True

    def __str__(self) -> str:
        count = f"--seed {self.number} --requests {1 if self.alone else ROUND}"
        return f"{self.problem}\n  again: python -m tests.fuzz {count}\n  {self.data[:3000]!r}"


@dataclass
class Tally:
    """What came of all rounds.

    requests: How many requests were sent.
    hangs: How often the server neither answered nor hung up.
    log_lines: How many lines were logged.
    longest: The longest time of an answer, in seconds.
    statuses: How many answers had which status.
    findings: Of each thing that is wrong, the first finding.
    seen: How often each thing that is wrong was seen.
    """

    requests: int = 0
    hangs: int = 0
    log_lines: int = 0
    longest: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    findings: dict[str, Finding] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    def note(self, finding: Finding) -> None:
        self.seen[finding.problem] += 1
        self.findings.setdefault(finding.problem, finding)


class Campaign:
    """Plays seeds against one server and keeps the tally."""

    def __init__(self, server: FuzzedServer) -> None:
        self._server = server
        self.tally = Tally()

    async def play(self, numbers: range, after_round: Callable[[Tally], None] = lambda _tally: None) -> Tally:
        """Play the seeds, round by round; `after_round` sees what came so far."""
        address = self._server.server.host, self._server.server.port
        fence = Fence(*address)
        lanes = [Lane(*address, fence) for _ in range(LANES)]
        try:
            for part in split_rounds(numbers):
                await self._play_round(part, fence, lanes)
                after_round(self.tally)
            await fence.ask(encode_control_request("POST", "reset", {"accounts": True}))
        finally:
            self.tally.longest = fence.longest
            for lane in lanes:
                lane.close()
            fence.close()
        return self.tally

    async def _play_round(self, part: range, fence: Fence, lanes: list[Lane]) -> None:
        for request in iterate_beginnings(part[0]):
            await fence.ask(request)
        waiting = iter(part)
        await asyncio.gather(*(self._play_lane(lane, waiting) for lane in lanes))
        await fence.wait_until_read()
        logged = self._count_log_errors()
        if not logged.keys() <= self.tally.findings.keys():
            await self._pinpoint(part, fence, lanes[0])
        self.tally.seen += logged

    def _count_log_errors(self) -> Counter[str]:
        """Count the errors that were logged since the last look."""
        lines = [line for line in self._server.read_log() if not line.startswith((HELD, "Listening"))]
        self.tally.log_lines += len(lines)
        return Counter(find_log_errors(lines))

    async def _pinpoint(self, part: range, fence: Fence, lane: Lane) -> None:
        """Play a round once more, one by one, to see what it was that the log complained of."""
        again = False
        for request in iterate_beginnings(part[0]):
            await fence.ask(request)
        for number in part:
            now = make_shot(number)
            await self._play_shot(lane, now)
            await fence.wait_until_read()
            for got in self._count_log_errors():
                again = True
                self.tally.findings.setdefault(got, Finding(number, got, now.data))
        if not again:
            self.tally.note(Finding(part[0], "logged, but only when all are played at once", alone=False))

    async def _play_lane(self, lane: Lane, waiting: Iterator[int]) -> None:
        for number in waiting:
            now = make_shot(number)
            self.tally.requests += 1
            for each in await self._play_shot(lane, now):
                self.tally.statuses[f"{each.status // 100}xx"] += 1
                for got in find_problems(choose_kind(number), each):
                    self.tally.note(Finding(number, got, now.data))

    async def _play_shot(self, lane: Lane, now: Shot) -> list[Answer]:
        try:
            return await lane.play(now)
        except BadAnswerError as bad:
            self.tally.note(Finding(now.number, str(bad), now.data))
        except TimeoutError:
            self.tally.hangs += 1
            self.tally.note(Finding(now.number, "neither answered nor hung up", now.data))
        return []


def split_rounds(numbers: range) -> Iterator[range]:
    """Yield the seeds, cut where a round ends."""
    start = numbers.start
    while start < numbers.stop:
        stop = min(numbers.stop, start - start % ROUND + ROUND)
        yield range(start, stop)
        start = stop


def ask(server: FuzzedServer, requests: Iterable[bytes | Shot]) -> list[Answer]:
    """Return the answers to whole requests or to shots, sent one after the other."""

    async def send_all() -> list[Answer]:
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
        return runner.run(send_all())


def play(server: FuzzedServer, numbers: range, after_round: Callable[[Tally], None] = lambda _tally: None) -> Tally:
    """Play seeds on the fastest loop there is."""
    with asyncio.Runner(loop_factory=fastest.new_event_loop) as runner:
        return runner.run(Campaign(server).play(numbers, after_round))


def _count_unread_bytes(server: FuzzedServer) -> int:
    """Return the bytes of requests that are not answered and whose clients have not been seen to leave."""
    (info,) = ask(server, [encode_control_request("GET", "info")])
    unread: int = json.loads(info.body)["budgets"]["requests"]["used"]
    return unread


def measure_held(server: FuzzedServer, forget: bool = True) -> tuple[int, float]:
    """Return how many objects a server holds, and its resident memory in MB, once it gave back what is free."""
    while _count_unread_bytes(server):
        pass
    if forget:
        ask(server, iterate_beginnings(0))
    server.read_log()
    server.report_objects()
    ask(server, [encode_control_request("GET", "health")])
    (line,) = [line for line in server.read_log() if line.startswith(HELD)]
    return int(line.split()[1]), server.server.read_resident()
