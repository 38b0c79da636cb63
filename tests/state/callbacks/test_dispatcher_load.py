"""Callbacks in numbers: who holds up whom, what is dropped, what is left over."""

import asyncio
import gc
import json
import os
import tracemalloc
from collections.abc import Iterator
from functools import partial

import pytest

from emulator.config.model import Callbacks
from emulator.net.egress import Egress
from emulator.state.accounts import Account
from emulator.state.callbacks import outbox
from emulator.state.callbacks.callback import Callback
from emulator.state.callbacks.delivery import LATE
from emulator.state.callbacks.dispatcher import Dispatcher
from emulator.state.callbacks.outbox import KEPT
from tests.receiver import Receiver
from tests.state.callbacks.builders import (
    FAST,
    GAP,
    make_account,
    make_form,
    play,
    running_receivers,
    send,
    working_dispatcher,
)


def is_open(receiver: Receiver, times: int) -> bool:
    return receiver.open == times


class TestIsolation:
    async def test_one_dead_host_among_many(self) -> None:
        """A hundred hosts that never answer, with more to say to each than it has lines, and a hundred good ones."""
        async with (
            working_dispatcher(Callbacks(timeout=60, gaps=(GAP,))) as dispatcher,
            running_receivers(100) as dead,
            running_receivers(100) as good,
        ):
            unlucky, lucky = make_account("acc-1"), make_account("acc-2")
            for each in dead:
                for _ in range(20):
                    send(dispatcher, unlucky, each.url("hang"))
            callbacks = [send(dispatcher, lucky, each.url("200")) for each in good for _ in range(3)]
            async with asyncio.timeout(20):  # far less than a dead host takes
                await dispatcher.settle(lucky)
            assert {callback.state for callback in callbacks} == {"delivered"}
            assert 100 <= sum(each.open for each in dead) <= 256

    async def test_a_dead_host_gets_no_more_than_its_share(self, receiver: Receiver) -> None:
        async with working_dispatcher(Callbacks(timeout=30, gaps=(GAP,))) as dispatcher:
            one, other = make_account("acc-1"), make_account("acc-2")
            for _ in range(100):
                send(dispatcher, one, receiver.url("hang"))
            send(dispatcher, other, receiver.url("200").replace("127.0.0.1", "localhost"))
            await dispatcher.settle(other)
            assert receiver.open == 16
            receiver.release.set()
            await dispatcher.settle(one)
            assert receiver.counts() == {"hang": 100, "200": 1}
            assert receiver.most <= 17

    async def test_more_dead_hosts_than_lines(self) -> None:
        """When all lines are taken, a host that found none gets one as soon as one is free."""
        async with (
            working_dispatcher(Callbacks(timeout=30, gaps=(GAP,))) as dispatcher,
            running_receivers(300) as hosts,
        ):
            mine = make_account()
            callbacks = [send(dispatcher, mine, each.url("hang")) for each in hosts for _ in range(3)]
            await hosts[100].until(lambda: hosts[100].open == 1)
            for each in hosts:
                assert each.open <= 16
                each.release.set()
            await dispatcher.settle(mine)
            assert {(callback.state, callback.pushes) for callback in callbacks} == {("delivered", 1)}

    async def test_a_host_with_much_to_say_gives_way(self) -> None:
        """It leaves the lines it has beyond its first to hosts that have none, before all is said."""
        async with (
            working_dispatcher(Callbacks(timeout=60, gaps=(GAP,))) as dispatcher,
            running_receivers(300) as hosts,
        ):
            mine = make_account()
            for each in hosts[:8]:
                for _ in range(16):
                    send(dispatcher, mine, each.url("hang"))
                await each.until(partial(is_open, each, 16))
            for each in hosts[8:136]:
                send(dispatcher, mine, each.url("hang"))
            for _ in range(200):
                send(dispatcher, mine, hosts[0].url("200"))
            for each in hosts[136:]:
                send(dispatcher, mine, each.url("hang"))
            assert sum(each.open for each in hosts[136:]) == 0
            hosts[0].release.set()
            await hosts[136].until(lambda: hosts[136].open == 1)
            assert hosts[0].counts()["200"] < 200
            for each in hosts:
                each.release.set()
            await dispatcher.settle(mine)
            assert hosts[0].counts() == {"hang": 16, "200": 200}

    async def test_other_accounts_are_not_held_up(self, receiver: Receiver) -> None:
        async with (
            working_dispatcher(Callbacks(timeout=30, gaps=(GAP,))) as dispatcher,
            running_receivers(1) as (dead,),
        ):
            one, other = make_account("acc-1"), make_account("acc-2")
            for _ in range(50):
                send(dispatcher, one, dead.url("hang"))
            send(dispatcher, other, receiver.url("200"))
            await dispatcher.settle(other)
            assert len(receiver.got) == 1


class TestReset:
    async def test_drops_what_waits(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine, other = make_account("acc-1"), make_account("acc-2")
        for each in (mine, other):
            send(dispatcher, each, receiver.url(f"{each.id}/500"))
            send(dispatcher, each, receiver.url(f"{each.id}/200"), "late")
            send(dispatcher, each, receiver.url(f"{each.id}/200"), "never")
            await dispatcher.settle(each)
        mine.reset()
        assert list(mine.outbox.iterate_newest()) == []
        assert (mine.outbox.waiting, mine.outbox.next_at) == (0, float("inf"))
        for each in (mine, other):
            each.clock.freeze(True)
            each.clock.advance(1000)
            await dispatcher.settle(each)
        assert receiver.counts() == {"acc-1/500": 1, "acc-2/500": 16, "acc-2/200": 1}

    async def test_what_is_under_way_is_not_noted(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        callbacks = [send(dispatcher, mine, receiver.url("hang")) for _ in range(20)]
        await receiver.until(lambda: receiver.open == 16)
        mine.reset()
        receiver.release.set()
        await asyncio.gather(dispatcher.settle(mine), receiver.until(lambda: receiver.open == 0))
        after = send(dispatcher, mine, receiver.url("200"))
        await dispatcher.settle(mine)
        assert {callback.state for callback in callbacks} == {"dropped"}
        assert list(mine.outbox.iterate_newest()) == [after]
        assert receiver.counts() == {"hang": 16, "200": 1}

    async def test_a_redelivery_under_way_brings_nothing_back(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, receiver.url("hang"), "never")
        under_way = asyncio.create_task(dispatcher.redeliver(mine, callback))
        await receiver.until(lambda: receiver.open == 1)
        mine.reset()
        receiver.release.set()
        await under_way
        assert callback.state == "dropped"
        assert list(mine.outbox.iterate_newest()) == []

    async def test_those_who_wait_for_what_is_dropped_go_on(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        for _ in range(20):
            send(dispatcher, mine, receiver.url("hang"))
        waiting = asyncio.create_task(dispatcher.settle(mine))
        await receiver.until(lambda: receiver.open == 16)
        mine.reset()
        receiver.release.set()
        async with asyncio.timeout(5):
            await waiting


class TestClose:
    async def test_cuts_off_what_is_under_way(self, receiver: Receiver) -> None:
        async with working_dispatcher(Callbacks(timeout=30, gaps=(GAP,))) as dispatcher:
            mine = make_account()
            callbacks = [send(dispatcher, mine, receiver.url("hang")) for _ in range(40)]
            waiting = asyncio.create_task(dispatcher.settle(mine))
            await receiver.until(lambda: receiver.open == 16)
            async with asyncio.timeout(10):
                await dispatcher.close()
                await waiting
            late = send(dispatcher, mine, receiver.url("200"))
            mine.clock.advance(1000)
            await dispatcher.settle(mine)
            assert receiver.counts() == {"hang": 16}
            assert {callback.state for callback in (*callbacks, late)} == {"waiting"}

    async def test_of_a_courier_that_never_went_out(self) -> None:
        async with working_dispatcher() as dispatcher:
            send(dispatcher, make_account(), "http://127.0.0.1/", "late")


class Mistaken(Egress):
    """Raises what it is told to, once for each, and then answers 200; holds every call while `held`."""

    def __init__(self, *mistakes: BaseException) -> None:
        super().__init__(private=True)
        self._mistakes = iter(mistakes)
        self.calls = 0
        self.free = asyncio.Event()
        self.free.set()

    async def post(self, *_: object) -> int:
        self.calls += 1
        await self.free.wait()
        await asyncio.sleep(0)
        for mistake in self._mistakes:
            raise mistake
        return 200


async def nothing_left(dispatcher: Dispatcher) -> bool:
    """Once the workers that ended are counted out."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    workers = dispatcher._workers
    return not (workers._hosts or workers._workers or workers._starved)


class TestMistakes:
    async def test_a_push_that_breaks_is_an_attempt_and_told_once(self, caplog: pytest.LogCaptureFixture) -> None:
        dispatcher = Dispatcher(FAST, Mistaken(RuntimeError("ours"), MemoryError()))
        mine = make_account()
        callbacks = [send(dispatcher, mine, "http://a.test/") for _ in range(40)]
        await dispatcher.settle(mine)
        assert sorted(callback.state for callback in callbacks) == [*["delivered"] * 38, *["waiting"] * 2]
        failed = [callback for callback in callbacks if callback.state == "waiting"]
        assert all("mistake of the emulator" in str(callback.attempts[0].error) for callback in failed)
        assert [record.levelname for record in caplog.records] == ["ERROR"] * 2
        await play(dispatcher, mine, 1)
        assert {callback.state for callback in callbacks} == {"delivered"}
        assert await nothing_left(dispatcher)

    async def test_what_was_cancelled_below_a_push_is_a_failed_one(self, caplog: pytest.LogCaptureFixture) -> None:
        dispatcher = Dispatcher(FAST, Mistaken(*(asyncio.CancelledError() for _ in range(3))))
        mine = make_account()
        callback = send(dispatcher, mine, "http://a.test/")
        await play(dispatcher, mine, 3)
        assert [attempt.status for attempt in callback.attempts] == [None, None, None, 200]
        assert await nothing_left(dispatcher)
        assert caplog.records == []

    @pytest.mark.parametrize("begun", [False, True])
    @pytest.mark.parametrize("number", [1, 16, 40])
    async def test_a_worker_that_is_cut_off_leaves_its_callback_to_another(self, begun: bool, number: int) -> None:
        egress = Mistaken()
        egress.free.clear()
        dispatcher = Dispatcher(FAST, egress)
        mine = make_account()
        callbacks = [send(dispatcher, mine, "http://a.test/") for _ in range(number)]
        settled = asyncio.create_task(dispatcher.settle(mine))
        for _ in range(5 if begun else 0):
            await asyncio.sleep(0)
        for worker in tuple(dispatcher._workers._workers):
            worker.cancel()
        egress.free.set()
        async with asyncio.timeout(10):
            await settled
        assert [(callback.state, callback.pushes) for callback in callbacks] == [("delivered", 1)] * number
        assert await nothing_left(dispatcher)
        assert not mine.outbox.in_flight

    async def test_pushes_go_on_after_a_moment_without_descriptors(
        self, dispatcher: Dispatcher, receiver: Receiver
    ) -> None:
        """Those that found none are failed attempts."""
        resource = pytest.importorskip("resource", reason="Windows has no such limit")
        mine = make_account()
        callbacks = [send(dispatcher, mine, receiver.url(f"{n}/200")) for n in range(20)]
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        lowest = os.dup(0)
        os.close(lowest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
        try:
            await dispatcher.settle(mine)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert {callback.state for callback in callbacks} == {"waiting"}
        assert all("Too many open files" in str(callback.attempts[0].error) for callback in callbacks)
        await play(dispatcher, mine, 1)
        assert {(callback.state, callback.pushes) for callback in callbacks} == {("delivered", 2)}
        assert await nothing_left(dispatcher)


def count_timers(of: Account) -> int:
    """Return how many calls the clock of an account is to make."""
    return sum(not timer.is_cancelled for _moment, _order, timer in of.clock._timers)


class TestTurns:
    async def test_no_turn_of_the_loop_does_much_however_many_fall_due(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Counted while twenty thousand that fell due together are pushed, and one waits for them."""
        number, done = 20_000, False
        dispatcher = Dispatcher(FAST, Mistaken())
        mine = make_account()
        for n in range(number):
            send(dispatcher, mine, f"http://{n % 300}.test/", "late")
        taken, lots = [0], [0]
        take, fallen_due = mine.outbox.take_due, mine.outbox.iterate_due

        def counted(now: float) -> Callback | None:
            taken[-1] += 1
            return take(now)

        def counted_lots(now: float) -> Iterator[list[Callback]]:
            for lot in fallen_due(now):
                lots[-1] += len(lot)
                yield lot

        monkeypatch.setattr(mine.outbox, "take_due", counted)
        monkeypatch.setattr(mine.outbox, "iterate_due", counted_lots)

        async def turns() -> None:
            while not done:
                await asyncio.sleep(0)
                taken.append(0)
                lots.append(0)

        watching = asyncio.create_task(turns())
        await asyncio.sleep(0)
        assert mine.outbox.waiting == number
        mine.clock.advance(LATE)
        await dispatcher.settle(mine)
        done = True
        await watching
        assert max(taken) <= 500
        assert max(lots) <= 2000
        assert mine.outbox.waiting == 0
        assert {callback.state for callback in mine.outbox.iterate_newest()} == {"delivered"}

    async def test_an_outbox_has_one_timer_however_many_wait(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        """Also where each is due before all others, and where the next one is pushed."""
        mine = make_account()
        for number in range(500, 0, -1):
            send(dispatcher, mine, receiver.url("200"), ready_at=mine.clock.now() + number)
        assert count_timers(mine) == 1
        mine.clock.advance(10)
        await dispatcher.settle(mine)
        assert (count_timers(mine), mine.outbox.waiting) == (1, 490)
        mine.reset()
        assert count_timers(mine) == 0

    async def test_what_waits_is_counted_as_it_comes_and_goes(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()

        def waiting() -> int:
            planned = [callback for *_, callback in mine.outbox._planned if callback.state == "waiting"]
            assert mine.outbox.waiting == len(planned)
            return len(planned)

        by_hand, late, failing = (
            *(send(dispatcher, mine, receiver.url("200"), "late") for _ in range(2)),
            send(dispatcher, mine, receiver.url("500")),
        )
        send(dispatcher, mine, receiver.url("200"), "never")
        assert waiting() == 2
        await dispatcher.settle(mine)
        assert waiting() == 3
        await dispatcher.redeliver(mine, by_hand)
        assert waiting() == 2
        await play(dispatcher, mine, 1)
        assert waiting() == 2
        await dispatcher.redeliver(mine, failing, receiver.url("200"))
        assert waiting() == 1
        mine.clock.advance(LATE)
        await dispatcher.settle(mine)
        assert (waiting(), late.state) == (0, "delivered")
        send(dispatcher, mine, receiver.url("200"), "late")
        mine.reset()
        assert waiting() == 0


class TestBounds:
    async def test_the_oldest_of_those_that_ended_are_forgotten(
        self, dispatcher: Dispatcher, receiver: Receiver
    ) -> None:
        mine = make_account()
        first = send(dispatcher, mine, receiver.url("200"), "late")
        ended = [send(dispatcher, mine, receiver.url("200"), "never") for _ in range(KEPT + 3)]
        kept = list(mine.outbox.iterate_newest())
        assert len(kept) == KEPT + 1
        assert kept == [*reversed(ended[3:]), first]
        assert mine.outbox.find(ended[2].id) is None
        assert mine.outbox.find(ended[3].id) is ended[3]

    async def test_more_than_may_wait_are_not_pushed(
        self, dispatcher: Dispatcher, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outbox, "MOST", 2)
        mine = make_account()
        first, second, third = (send(dispatcher, mine, receiver.url("200"), "late") for _ in range(3))
        assert [each.state for each in (first, second, third)] == ["waiting", "waiting", "exhausted"]
        assert [attempt.status for attempt in third.attempts] == [None]
        mine.clock.advance(LATE)
        await dispatcher.settle(mine)
        assert [each.state for each in (first, second, third)] == ["delivered", "delivered", "exhausted"]
        assert send(dispatcher, mine, receiver.url("200"), "late").state == "waiting"

    async def test_one_may_be_forgotten_while_it_is_pushed_by_hand(
        self, dispatcher: Dispatcher, receiver: Receiver
    ) -> None:
        mine = make_account()
        old = send(dispatcher, mine, receiver.url("200"), "never")
        by_hand = asyncio.create_task(dispatcher.redeliver(mine, old))
        await asyncio.sleep(0)
        later = [send(dispatcher, mine, receiver.url("200"), "never") for _ in range(KEPT)]
        assert mine.outbox.find(old.id) is None
        await by_hand
        later += [send(dispatcher, mine, receiver.url("200"), "never") for _ in range(KEPT)]
        assert list(mine.outbox.iterate_newest()) == later[: KEPT - 1 : -1]

    async def test_a_waiting_callback_is_small(self, dispatcher: Dispatcher) -> None:
        content = json.dumps(
            {
                "code": 200,
                "msg": "OK",
                "dataId": "test4lNSMdggA0c56MMvfYoh4e-1mwxpx",
                "taskId": "fdd25f95-4892-4d6b-aca9-7939bc6e9baa-1486198766695",
                "results": [{"label": "tag", "rate": 99.2, "scene": "tag", "suggestion": "review"}],
            }
        )
        mine, number = make_account(), 5000
        now = mine.clock.now()
        gc.collect()
        tracemalloc.start()
        try:
            for n in range(number):
                send(
                    dispatcher,
                    mine,
                    "http://127.0.0.1:8000/callback",
                    task_id=f"fdd25f95-4892-4d6b-aca9-7939bc6e9baa-{n:013}",
                    data_id=f"test4lNSMdggA0c56MMvfYoh4e-{n:06}",
                    form=make_form(content),
                    ready_at=now + 60 + n,
                )
            each = tracemalloc.get_traced_memory()[0] / number
        finally:
            tracemalloc.stop()
        assert each <= 2000
        assert len(asyncio.all_tasks()) == 1

    async def test_nothing_is_left_over(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        """Once all is delivered, no queue, worker or plan remains."""
        mine = make_account()
        for n in range(300):
            send(
                dispatcher, mine, f"http://127.0.0.{n % 250 + 1}:{receiver.port}/200" if n % 2 else receiver.url("200")
            )
        await play(dispatcher, mine)
        assert not mine.outbox.in_flight
        assert mine.outbox.waiting == 0
        assert mine.outbox.next_at == float("inf")
        assert len(asyncio.all_tasks()) <= 1 + 2 * len(receiver._lines)
