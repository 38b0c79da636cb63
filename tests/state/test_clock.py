"""The clock in virtual time: waits of the loop take none, and the wall clock moves with them."""

import asyncio
import selectors
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.state.clock import Clock

START = 1_700_000_000.0


class _Jumping(selectors.SelectSelector):
    """Where a loop would wait for its next timer, time jumps there."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "nothing will ever happen again"
        self.passed += timeout
        return super().select(0)


class Wall:
    """A wall clock that may be put forward or back by hand."""

    def __init__(self) -> None:
        self._selector = _Jumping()
        self.jump = 0.0

    def __call__(self) -> float:
        return START + self._selector.passed + self.jump

    def get_ticks(self) -> float:
        return self._selector.passed

    def make_loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.SelectorEventLoop(self._selector)
        loop.time = lambda: self._selector.passed  # type: ignore[method-assign]
        return loop


def play(scene: Callable[[Clock, Wall], Awaitable[None]]) -> None:
    """Play a scene; it must take next to no real time."""

    async def play_whole() -> None:
        await scene(Clock(wall, wall.get_ticks), wall)

    wall = Wall()
    began = time.perf_counter()
    with asyncio.Runner(loop_factory=wall.make_loop) as runner:
        runner.run(play_whole())
    assert time.perf_counter() - began < 2


class Sleepers:
    """Sleepers by name, and when each woke by the wall and by the clock."""

    def __init__(self, clock: Clock, wall: Wall) -> None:
        self._clock, self._wall = clock, wall
        self.woken: dict[str, tuple[float, float]] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def lie_down(self, **seconds: float) -> None:
        for name, length in seconds.items():
            self.tasks[name] = asyncio.create_task(self._sleep(name, length))
        await settle()

    async def _sleep(self, name: str, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self.woken[name] = self._wall() - START, self._clock.now() - START


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_runs_with_the_wall() -> None:
    now = 5.0
    clock = Clock(lambda: now)
    assert (clock.now(), clock.offset, clock.frozen, clock.waiting) == (5.0, 0.0, False, 0)
    now = 7.5
    assert clock.now() == 7.5


def test_real_time_unless_told_otherwise() -> None:
    assert abs(Clock().now() - time.time()) < 1


def test_a_moved_clock_runs_on() -> None:
    now = 100.0
    clock = Clock(lambda: now)
    clock.advance(50)
    assert (clock.now(), clock.offset) == (150.0, 50.0)
    now = 110.0
    assert (clock.now(), clock.offset) == (160.0, 50.0)
    clock.set(10)
    assert (clock.now(), clock.offset) == (10.0, -100.0)
    clock.reset()
    assert (clock.now(), clock.offset) == (110.0, 0.0)


def test_a_frozen_clock_stands_until_it_is_moved() -> None:
    now = 100.0
    clock = Clock(lambda: now)
    clock.freeze(True)
    now = 130.0
    assert (clock.now(), clock.offset, clock.frozen) == (100.0, -30.0, True)
    clock.advance(5)
    assert (clock.now(), clock.frozen) == (105.0, True)
    clock.set(1000)
    assert (clock.now(), clock.frozen) == (1000.0, True)
    clock.freeze(True)
    assert clock.now() == 1000.0
    now = 140.0
    clock.freeze(False)
    assert (clock.now(), clock.frozen) == (1000.0, False)
    now = 141.0
    assert clock.now() == 1001.0
    clock.freeze(True)
    clock.reset()
    assert (clock.now(), clock.offset, clock.frozen) == (141.0, 0.0, False)


def test_thawing_what_is_not_frozen_changes_nothing() -> None:
    now = 100.0
    clock = Clock(lambda: now)
    clock.advance(7)
    clock.freeze(False)
    now = 101.0
    assert clock.now() == 108.0


def test_sleeps_in_real_time() -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        await clock.sleep(3)
        assert wall() - START == pytest.approx(3)

    play(scene)


@pytest.mark.parametrize("seconds", [0, 0.0, -1, -0.0])
def test_no_time_at_all(seconds: float) -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        clock.freeze(True)
        await clock.sleep(seconds)
        assert wall() == START

    play(scene)


def test_sleepers_wake_in_the_order_they_are_due() -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        sleepers = Sleepers(clock, wall)
        await sleepers.lie_down(c=3, a=1, e=5, b=2, d=4, f=5)
        assert clock.waiting == 6
        await asyncio.gather(*sleepers.tasks.values())
        assert list(sleepers.woken) == ["a", "b", "c", "d", "e", "f"]
        assert [round(at, 6) for at, _now in sleepers.woken.values()] == [1, 2, 3, 4, 5, 5]
        assert clock.waiting == 0

    play(scene)


@pytest.mark.parametrize("seconds", [3599, 3600, 3601, 10_000, 1_000_000])
def test_long_sleeps_are_exact(seconds: float) -> None:
    """A loop takes no timer for ever, so the alarm looks in once an hour."""

    async def scene(clock: Clock, wall: Wall) -> None:
        await clock.sleep(seconds)
        assert wall() - START == pytest.approx(seconds)

    play(scene)


def test_sleeps_for_ever() -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1_000_000):
                await clock.sleep(float("inf"))
        assert clock.waiting == 0
        clock.advance(1e12)

    play(scene)


def test_advancing_wakes_those_that_fell_due() -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        sleepers = Sleepers(clock, wall)
        await sleepers.lie_down(a=10, b=20, c=30, never=float("inf"))
        clock.advance(9.999)
        await settle()
        assert (list(sleepers.woken), clock.waiting) == ([], 4)
        clock.advance(0.001)
        await settle()
        assert list(sleepers.woken) == ["a"]
        clock.advance(20)
        await settle()
        assert (list(sleepers.woken), clock.waiting) == (["a", "b", "c"], 1)
        assert wall() == START
        sleepers.tasks["never"].cancel()

    play(scene)


def test_a_frozen_clock_holds_its_sleepers() -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        sleepers = Sleepers(clock, wall)
        await sleepers.lie_down(before=10)
        clock.freeze(True)
        await sleepers.lie_down(after=5)
        await asyncio.sleep(100_000)
        assert clock.waiting == 2
        assert clock._alarm is None
        clock.advance(5)
        await settle()
        assert list(sleepers.woken) == ["after"]
        clock.freeze(False)
        await sleepers.tasks["before"]
        assert sleepers.woken["before"] == pytest.approx((100_005, 10))

    play(scene)


def test_setting_the_clock_back_makes_sleepers_wait_longer() -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        sleepers = Sleepers(clock, wall)
        await sleepers.lie_down(a=10)
        clock.set(START - 100)
        await sleepers.tasks["a"]
        assert sleepers.woken["a"] == pytest.approx((110, 10))

    play(scene)


def test_resetting_measures_sleepers_by_real_time() -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        sleepers = Sleepers(clock, wall)
        clock.set(START - 1000)
        await sleepers.lie_down(past=10)
        clock.set(START + 1000)
        clock.freeze(True)
        await sleepers.lie_down(future=10)
        clock.reset()
        await sleepers.tasks["future"]
        assert sleepers.woken == {"past": (0, 1000), "future": (1010, 1010)}

    play(scene)


def test_the_wall_may_be_set_forward() -> None:
    """Whoever waits for a moment gets that moment, not the seconds until it."""

    async def scene(clock: Clock, wall: Wall) -> None:
        sleepers = Sleepers(clock, wall)
        await sleepers.lie_down(a=5000)
        wall.jump = 4000
        await sleepers.tasks["a"]
        woke, now = sleepers.woken["a"]
        assert woke == now
        assert 5000 <= woke <= 4000 + 3600 + 1  # at the latest when the alarm looks in

    play(scene)


@pytest.mark.parametrize("step", [-1.5, -5, -3600, -(10**9)])
@pytest.mark.parametrize("seconds", [0.5, 10, 3599, 10_000])
def test_nobody_waits_longer_when_the_wall_is_set_back(step: float, seconds: float) -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        sleepers = Sleepers(clock, wall)
        await sleepers.lie_down(a=seconds)
        wall.jump = step
        await sleepers.lie_down(b=seconds)
        await sleepers.tasks["b"]
        assert list(sleepers.woken) == ["a", "b"]
        assert [now for _wall, now in sleepers.woken.values()] == pytest.approx([seconds] * 2)
        assert wall() - START == pytest.approx(seconds + step)

    play(scene)


def test_time_goes_on_when_the_wall_is_set_back_and_meets_it_again() -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        assert clock.now() == START
        wall.jump = -100
        await asyncio.sleep(30)
        assert (clock.now(), clock.offset) == (START + 30, 100)
        wall.jump = -250
        await asyncio.sleep(10)
        assert (clock.now(), clock.offset) == (START + 40, 250)
        wall.jump = -5
        await asyncio.sleep(0.5)
        assert (clock.now(), clock.offset) == (START + 40.5, 5)
        wall.jump = 7
        assert (clock.now(), clock.offset) == (START + 47.5, 0)

    play(scene)


def test_a_moved_clock_does_not_mind_either() -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        clock.advance(1000)
        wall.jump = -100
        assert (clock.now(), clock.offset) == (START + 1000, 1100)
        clock.set(START + 5)
        assert (clock.now(), clock.offset) == (START + 5, 105)
        clock.freeze(True)
        wall.jump = -200
        await asyncio.sleep(10)
        assert (clock.now(), clock.offset) == (START + 5, 195)
        clock.freeze(False)
        await asyncio.sleep(10)
        assert clock.now() == START + 15
        clock.reset()
        assert (clock.now(), clock.offset) == (START + 20 - 200, 0)

    play(scene)


STEPS = st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(0, 1e4)), max_size=12)


@given(STEPS)
def test_time_never_runs_backwards_nor_slower_than_timers(steps: list[tuple[float, float]]) -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        before = clock.now()
        for step, wait in steps:
            wall.jump += step
            await asyncio.sleep(wait)
            now = clock.now()
            assert now >= before
            assert now >= wall()
            assert now - before >= wait - 1.001  # a step of less than a second looks like a look that took long
            if step <= 0:
                assert now - before <= wait + 1e-3
            before = now

    play(scene)


def test_calls_are_made_in_the_order_of_their_moments() -> None:
    """Also where the clock jumps over them, and where one cancels the next or plans another."""

    async def scene(clock: Clock, wall: Wall) -> None:
        calls: list[str] = []
        clock.freeze(True)
        start = clock.now()
        cancelled = clock.call_at(start + 4, lambda: calls.append("cancelled"))

        def plan_another() -> None:
            calls.append("second")
            cancelled.cancel()
            clock.call_at(start + 3, lambda: calls.append("planned by the second"))

        clock.call_at(start + 5, lambda: calls.append("third"))
        clock.call_at(start + 2, plan_another)
        clock.call_at(start + 1, lambda: calls.append("first"))
        clock.call_at(start + 1000, lambda: calls.append("never"))
        clock.advance(0.999)
        assert calls == []
        clock.advance(10)
        assert calls == ["first", "second", "third"]
        await asyncio.sleep(0.001)
        assert calls == ["first", "second", "third", "planned by the second"]
        assert clock.waiting == 0

    play(scene)


def test_a_call_comes_by_itself_when_its_moment_does() -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        calls: list[float] = []
        start = clock.now()
        for seconds in (20, 10, 30):
            clock.call_at(start + seconds, lambda: calls.append(clock.now() - start))
        await asyncio.sleep(25)
        assert calls == pytest.approx([10, 20], abs=0.01)
        clock.set(start - 100)
        await asyncio.sleep(25)
        assert len(calls) == 2
        await asyncio.sleep(110)
        assert calls[2] == pytest.approx(30, abs=0.01)

    play(scene)


def test_many_cancelled_calls_are_swept_out() -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        for _ in range(10_000):
            clock.call_at(clock.now() + 1000, lambda: None).cancel()
        assert len(clock._timers) <= 100

    play(scene)


def test_a_call_that_fails_is_made_again(caplog: pytest.LogCaptureFixture) -> None:
    """Sleepers are woken all the same, and the log says it once."""
    calls: list[None] = []

    def call() -> None:
        calls.append(None)
        if len(calls) < 5:
            raise OSError("no descriptor")

    async def scene(clock: Clock, wall: Wall) -> None:
        clock.call_at(clock.now(), call)
        clock.freeze(True)
        clock.advance(0)
        await asyncio.sleep(1.5)
        assert len(calls) == 3
        clock.freeze(False)
        await clock.sleep(10)
        assert len(calls) == 5
        await clock.sleep(10)
        assert len(calls) == 5

    play(scene)
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_sleeper_that_gives_up_is_not_counted() -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        clock.freeze(True)
        sleepers = Sleepers(clock, wall)
        await sleepers.lie_down(a=1, b=2, c=3)
        sleepers.tasks["b"].cancel()
        await settle()
        assert clock.waiting == 2
        clock.advance(10)
        await settle()
        assert list(sleepers.woken) == ["a", "c"]
        assert clock.waiting == 0

    play(scene)


def test_those_that_gave_up_leave_no_trace() -> None:
    """Clients that hang up while a clock is frozen, or wait for what never comes, do not pile up."""

    async def scene(clock: Clock, wall: Wall) -> None:
        clock.freeze(True)
        sleepers = Sleepers(clock, wall)
        for _ in range(200):
            await sleepers.lie_down(impatient=float("inf"))
            sleepers.tasks["impatient"].cancel()
            await settle()
        assert clock.waiting == 0
        assert len(clock._timers) <= 1

    play(scene)


def test_those_that_gave_up_leave_no_trace_behind_one_who_waits() -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        clock.freeze(True)
        sleepers = Sleepers(clock, wall)
        await sleepers.lie_down(patient=1)
        for _ in range(1000):
            await sleepers.lie_down(impatient=2)
            sleepers.tasks["impatient"].cancel()
            await settle()
        assert clock.waiting == 1
        assert len(clock._timers) < 300
        clock.advance(1)
        await sleepers.tasks["patient"]

    play(scene)


def test_waking_one_may_put_others_to_sleep() -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        clock.freeze(True)
        woken = []

        async def sleep_in_chain() -> None:
            for link in range(3):
                await clock.sleep(1)
                woken.append((link, clock.now() - START))

        task = asyncio.create_task(sleep_in_chain())
        await settle()
        for _ in range(3):
            clock.advance(1)
            await settle()
        await task
        assert woken == [(0, 1), (1, 2), (2, 3)]

    play(scene)


MOVES = st.lists(
    st.tuples(st.just("advance"), st.floats(0, 1e6))
    | st.tuples(st.just("set"), st.floats(START - 1e6, START + 1e6))
    | st.tuples(st.just("freeze"), st.booleans())
    | st.tuples(st.just("wait"), st.floats(0, 1e6))
    | st.tuples(st.just("reset"), st.none()),
    max_size=12,
)


@given(MOVES, st.lists(st.floats(0, 1e6), min_size=1, max_size=5))
def test_nobody_wakes_early_and_nobody_who_is_due_sleeps_on(moves: list[tuple[str, Any]], naps: list[float]) -> None:
    async def scene(clock: Clock, wall: Wall) -> None:
        sleepers = Sleepers(clock, wall)
        due = {f"s{n}": clock.now() + nap for n, nap in enumerate(naps)}
        await sleepers.lie_down(**{f"s{n}": nap for n, nap in enumerate(naps)})
        actions: Mapping[str, Callable[[Any], Awaitable[None] | None]] = {
            "advance": clock.advance,
            "set": clock.set,
            "freeze": clock.freeze,
            "reset": lambda _: clock.reset(),
            "wait": asyncio.sleep,
        }
        for name, value in moves:
            if (waiting := actions[name](value)) is not None:
                await waiting
            await settle()
            asleep = {sleeper for sleeper in due if sleeper not in sleepers.woken}
            assert all(due[sleeper] > clock.now() - 1e-3 for sleeper in asleep)
            assert clock.waiting == len(asleep)
        for sleeper, (_wall, now) in sleepers.woken.items():
            assert now + START >= due[sleeper] - 1e-3
        for task in sleepers.tasks.values():
            task.cancel()
        await settle()

    play(scene)
