"""How much the dispatcher has under way at a time, over all hosts; what stays of hosts."""

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from emulator.net.egress import Egress
from emulator.state.callbacks.dispatcher import Dispatcher
from emulator.state.callbacks.workers import Workers
from tests.state.callbacks.builders import FAST, make_account, send


class Slow(Egress):
    """Holds each push until its host is free, and counts those under way."""

    def __init__(self) -> None:
        super().__init__(private=True)
        self.open: Counter[str] = Counter()
        self.most = 0
        self.done: Counter[str] = Counter()
        self.all_free = asyncio.Event()
        self.free: set[str] = set()
        self.single: Counter[str] = Counter()
        self.moved = asyncio.Condition()

    async def post(self, url: str, *_: object) -> int:
        host = url.split("/")[2]
        self.open[host] += 1
        self.most = max(self.most, self.open.total())
        async with self.moved:
            self.moved.notify_all()
            await self.moved.wait_for(lambda: host in self.free or self.all_free.is_set() or self.single[host] > 0)
            self.single[host] -= self.single[host] > 0
        self.open[host] -= 1
        self.done[host] += 1
        return 200

    async def let_one_go(self, host: str) -> None:
        """Answer one push to a host."""
        self.single[host] += 1
        async with self.moved:
            self.moved.notify_all()

    async def let_go(self, *hosts: str) -> None:
        """Answer what was pushed to these hosts and what will be; without any, to all."""
        self.free.update(hosts)
        if not hosts:
            self.all_free.set()
        async with self.moved:
            self.moved.notify_all()


async def quiet() -> None:
    """Let everything happen that can happen by now."""
    for _ in range(50):
        await asyncio.sleep(0)


@asynccontextmanager
async def crowded(hosts: int, pushes: int) -> AsyncIterator[tuple[Dispatcher, Slow]]:
    """A dispatcher with so many pushes to each of so many hosts, none of which answers yet."""
    egress = Slow()
    dispatcher = Dispatcher(FAST, egress)
    mine = make_account()
    callbacks = [send(dispatcher, mine, f"http://h{n}.test/") for n in range(hosts) for _ in range(pushes)]
    await quiet()
    yield dispatcher, egress
    await egress.let_go()
    async with asyncio.timeout(20):
        await dispatcher.settle(mine)
    assert {(callback.state, callback.pushes) for callback in callbacks} == {("delivered", 1)}
    assert egress.open.total() == 0
    assert egress.most <= 256
    await dispatcher.close()


async def test_a_push_that_fails_by_a_mistake_is_logged_and_the_next_one_is_made(
    caplog: pytest.LogCaptureFixture,
) -> None:
    workers = Workers()
    made: list[None] = []

    async def fail() -> None:
        raise ZeroDivisionError

    async def push() -> None:
        made.append(None)

    workers.queue("a.test", fail)
    workers.queue("a.test", push)
    await quiet()
    assert made == [None]
    (record,) = caplog.records
    assert record.getMessage() == "unhandled exception in a push"
    assert record.exc_info
    assert record.exc_info[0] is ZeroDivisionError
    await workers.close()


async def test_256_pushes_are_under_way_at_most_and_above_128_one_a_host() -> None:
    async with crowded(300, 20) as (_dispatcher, egress):
        assert egress.open.total() == 256
        shares = [egress.open[f"h{n}.test"] for n in range(300)]
        assert sum(map(bool, shares)) > 128, "no few hosts have it all"
        assert max(shares) <= 16


async def test_whoever_came_first_keeps_one_line_when_others_want_room() -> None:
    async with crowded(300, 20) as (_dispatcher, egress):
        assert [egress.open[f"h{n}.test"] for n in range(8)] == [1] * 8


async def test_below_128_a_host_has_16() -> None:
    async with crowded(5, 40) as (_dispatcher, egress):
        assert [egress.open[f"h{n}.test"] for n in range(5)] == [16] * 5


async def test_a_host_has_its_share_again_once_the_crowd_is_gone() -> None:
    async with crowded(140, 1) as (dispatcher, egress):
        other = make_account("acc-2")
        late = [send(dispatcher, other, "http://late.test/") for _ in range(40)]
        await quiet()
        assert egress.open["late.test"] == 1
        await egress.let_go(*(f"h{n}.test" for n in range(140)))
        await quiet()
        assert (egress.open["late.test"], egress.open.total()) == (1, 1)
        for lines in (1, 2, 3):
            assert egress.open["late.test"] >= lines
            await egress.let_one_go("late.test")
            await quiet()
        assert egress.open["late.test"] > 3
        await egress.let_go("late.test")
        await dispatcher.settle(other)
        assert {each.state for each in late} == {"delivered"}


@pytest.mark.parametrize("freed", [0, 7, 8, 135])
async def test_whoever_found_no_room_is_next(freed: int) -> None:
    async with crowded(300, 2) as (dispatcher, egress):
        other = make_account("acc-2")
        late = send(dispatcher, other, "http://late.test/")
        await quiet()
        assert egress.open["late.test"] == 0
        await egress.let_go("late.test", *(f"h{n}.test" for n in range(300) if n != freed))
        async with asyncio.timeout(20):
            await dispatcher.settle(other)
        assert (late.state, egress.open.total()) == ("delivered", egress.open[f"h{freed}.test"])
        assert 1 <= egress.open[f"h{freed}.test"] <= 2


async def test_hosts_without_room_have_their_turn_in_the_order_they_came() -> None:
    async with crowded(260, 1) as (_dispatcher, egress):
        for number in range(4):
            assert [egress.open[f"h{n}.test"] for n in (255, 256 + number)] == [1, 0]
            await egress.let_go(f"h{number}.test")
            await quiet()
            assert egress.open[f"h{256 + number}.test"] == 1


async def test_hosts_are_forgotten() -> None:
    """A receiver on a free port of each test run is another host: thousands come in a day, and none comes back."""

    def objects() -> int:
        gc.collect()
        return len(gc.get_objects())

    async with crowded(3, 1) as (dispatcher, egress):
        await egress.let_go()
        counts = []
        for turn in range(3):
            mine = make_account(f"acc-{turn + 2}")
            for number in range(500):
                send(dispatcher, mine, f"http://{turn}-{number}.test/")
            await dispatcher.settle(mine)
            mine.reset()
            egress.done.clear()
            egress.open.clear()
            await quiet()
            counts.append(objects())
        assert counts[2] - counts[1] < 100
