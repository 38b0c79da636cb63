"""Callbacks on a clock that tests turn: gaps, modes, redelivery, and what is promised whatever happens."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.config.model import Callbacks
from emulator.net.egress import Egress, EgressError
from emulator.state.callbacks.delivery import LATE
from emulator.state.callbacks.dispatcher import Dispatcher
from tests.receiver import Receiver
from tests.state.callbacks.builders import (
    GAP,
    callback_to_dict,
    make_account,
    make_form,
    play,
    send,
    working_dispatcher,
)


class TestGaps:
    async def test_grow_and_the_last_repeats(self, receiver: Receiver) -> None:
        async with working_dispatcher(Callbacks(timeout=5, gaps=(1, 5, 30), pushes=6)) as dispatcher:
            mine = make_account()
            callback = send(dispatcher, mine, receiver.url("500"))
            await dispatcher.settle(mine)
            for number, gap in enumerate((1, 5, 30, 30, 30), 1):
                assert callback.next_at == mine.clock.now() + gap
                mine.clock.advance(gap - 0.001)
                await dispatcher.settle(mine)
                assert len(receiver.got) == number
                mine.clock.set(callback.next_at)
                await dispatcher.settle(mine)
                assert len(receiver.got) == number + 1
            assert callback.state == "exhausted"

    async def test_of_nothing_go_on_by_themselves(self, receiver: Receiver) -> None:
        async with working_dispatcher(Callbacks(timeout=5, gaps=(0,))) as dispatcher:
            mine = make_account()
            callback = send(dispatcher, mine, receiver.url("500"))
            await receiver.until(lambda: len(receiver.got) == 16)
            await dispatcher.settle(mine)
            assert callback.state == "exhausted"

    async def test_pass_by_themselves_on_a_clock_that_runs(self, receiver: Receiver) -> None:
        async with working_dispatcher(Callbacks(timeout=5, gaps=(0.01,))) as dispatcher:
            mine = make_account()
            mine.clock.freeze(False)
            receiver.script["scripted"] = iter([500, 500, 200])
            callback = send(dispatcher, mine, receiver.url("scripted"), ready_at=mine.clock.now() + 0.01)
            await receiver.until(lambda: len(receiver.got) == 3)
            await dispatcher.settle(mine)
            assert callback.state == "delivered"

    async def test_pass_at_once_when_the_clock_moves_far(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        """What would have been pushed several times meanwhile is pushed as often, and the rest comes when it should."""
        mine = make_account()
        callback = send(dispatcher, mine, receiver.url("500"))
        await dispatcher.settle(mine)
        began = mine.clock.now()
        mine.clock.advance(2.5 * GAP)
        await dispatcher.settle(mine)
        assert (len(receiver.got), callback.next_at) == (3, began + 3 * GAP)
        mine.clock.advance(100 * GAP)
        await dispatcher.settle(mine)
        assert (len(receiver.got), callback.state) == (16, "exhausted")

    async def test_pass_at_once_whatever_the_clock_does(self, receiver: Receiver) -> None:
        """A clock that runs, and one that is moved while the first push is under way."""
        async with working_dispatcher(Callbacks(timeout=30, gaps=(1000,), pushes=4)) as dispatcher:
            mine = make_account()
            mine.clock.freeze(False)
            receiver.script["scripted"] = iter([500] * 4)
            for url in (receiver.url("500"), receiver.url("hang"), receiver.url("scripted")):
                send(dispatcher, mine, url)
            await receiver.until(lambda: len(receiver.got) == 3)
            mine.clock.advance(3001)
            settled = asyncio.create_task(dispatcher.settle(mine))
            receiver.release.set()
            await settled
            assert receiver.counts() == {"500": 4, "hang": 1, "scripted": 4}

    async def test_a_clock_that_is_ahead_by_itself_is_no_reason_to_hurry(
        self, dispatcher: Dispatcher, receiver: Receiver
    ) -> None:
        """As after a laptop slept: only who moves the clock on purpose spends gaps."""
        mine = make_account()
        callback = send(dispatcher, mine, receiver.url("500"))
        await dispatcher.settle(mine)
        mine.clock.advance(5 * GAP)
        await receiver.until(lambda: len(receiver.got) == 2)
        while callback.next_at is None or callback.next_at <= mine.clock.now():
            await asyncio.sleep(0)
        assert (callback.pushes, callback.next_at) == (2, mine.clock.now() + GAP)

    async def test_are_not_spent_on_a_receiver_that_does_not_answer(self, receiver: Receiver) -> None:
        """An advance waits for it once, and not sixteen times."""
        async with working_dispatcher(Callbacks(timeout=0.05, gaps=(GAP,))) as dispatcher:
            mine = make_account()
            callback = send(dispatcher, mine, receiver.url("hang"), ready_at=mine.clock.now() + 1)
            mine.clock.advance(100 * GAP)
            await dispatcher.settle(mine)
            assert (callback.pushes, callback.next_at) == (1, mine.clock.now() + GAP)

    async def test_of_many_are_spent_together(self) -> None:
        """More than are queued or looked at in one go."""
        mine = make_account()
        dispatcher = Dispatcher(Callbacks(timeout=30, gaps=(GAP,), pushes=3), Scripted([None] * 9000, mine.clock))
        callbacks = [send(dispatcher, mine, f"http://{n}.test/", "late") for n in range(3000)]
        mine.clock.advance(LATE + 2 * GAP)
        await dispatcher.settle(mine)
        assert {(callback.state, callback.pushes) for callback in callbacks} == {("exhausted", 3)}
        await dispatcher.close()

    async def test_the_earlier_goes_first_whatever_was_sent_first(
        self, dispatcher: Dispatcher, receiver: Receiver
    ) -> None:
        mine = make_account()
        now = mine.clock.now()
        for wait in (30, 10, 20):
            send(dispatcher, mine, receiver.url("200"), ready_at=now + wait, form=make_form(str(wait)))
        for wait in (10, 20, 30):
            mine.clock.set(now + wait)
            await dispatcher.settle(mine)
            assert parse_qs(receiver.got[-1].body.decode())["content"] == [str(wait)]
        assert len(receiver.got) == 3

    async def test_a_clock_put_back_holds_up(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, receiver.url("200"), ready_at=mine.clock.now() + 10)
        mine.clock.advance(-100)
        for expected in (0, 0, 1):
            await dispatcher.settle(mine)
            assert len(receiver.got) == expected
            mine.clock.advance(55)
        assert callback.state == "delivered"


class TestFrozenClock:
    async def test_holds_what_is_to_come(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        ready = send(dispatcher, mine, receiver.url("500"))
        later = send(dispatcher, mine, receiver.url("500"), ready_at=mine.clock.now() + 5)
        await dispatcher.settle(mine)
        assert len(receiver.got) == 1
        assert [callback_to_dict(each, mine)["state"] for each in (ready, later)] == ["held", "held"]
        assert mine.outbox.waiting == 2
        mine.clock.freeze(False)
        assert [callback_to_dict(each, mine)["state"] for each in (ready, later)] == ["waiting", "waiting"]

    async def test_pushes_what_is_ready(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        send(dispatcher, mine, receiver.url("200"))
        await receiver.until(lambda: bool(receiver.got))

    async def test_of_one_account_is_not_that_of_another(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        one, other = make_account("acc-1"), make_account("acc-2")
        for each in (one, other):
            send(dispatcher, each, receiver.url(each.id + "/500"))
        await play(dispatcher, one, 2)
        await dispatcher.settle(other)
        assert receiver.counts() == {"acc-1/500": 3, "acc-2/500": 1}


class TestModes:
    async def test_never_is_not_pushed(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, receiver.url("200"), "never")
        await play(dispatcher, mine)
        mine.clock.advance(10**8)
        await dispatcher.settle(mine)
        assert receiver.got == []
        assert (callback.state, callback.next_at, mine.outbox.waiting) == ("waiting", None, 0)
        assert callback_to_dict(callback, mine)["state"] == "waiting"

    async def test_a_result_that_never_comes(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, receiver.url("200"), ready_at=float("inf"))
        await play(dispatcher, mine)
        assert receiver.got == []
        assert callback_to_dict(callback, mine)["next_at"] is None

    @pytest.mark.parametrize(("mode", "seconds"), [("late", LATE), (30, 30), (0.5, 0.5), (0, 0), (0.0, 0)])
    async def test_a_late_callback_is_pushed_so_much_later(
        self, dispatcher: Dispatcher, receiver: Receiver, mode: str | float | None, seconds: float
    ) -> None:
        mine = make_account()
        ready = mine.clock.now() + 100
        send(dispatcher, mine, receiver.url("200"), mode, ready_at=ready)
        mine.clock.set(ready + seconds - 0.001)
        await dispatcher.settle(mine)
        assert receiver.got == []
        mine.clock.set(ready + seconds)
        await dispatcher.settle(mine)
        assert len(receiver.got) == 1

    async def test_duplicate_is_pushed_twice(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, receiver.url("200"), "duplicate")
        await play(dispatcher, mine)
        assert len(receiver.got) == 2
        assert receiver.got[0] == receiver.got[1]
        assert (callback.state, callback.pushes) == ("delivered", 2)

    async def test_duplicate_after_failures(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        receiver.script["scripted"] = iter([500, 200, 500])
        callback = send(dispatcher, mine, receiver.url("scripted"), "duplicate")
        await play(dispatcher, mine)
        assert [attempt.status for attempt in callback.attempts] == [500, 200, 500]
        assert callback.state == "delivered"

    async def test_duplicate_does_not_go_over_the_most(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        receiver.script["scripted"] = iter([*[500] * 15, 200])
        callback = send(dispatcher, mine, receiver.url("scripted"), "duplicate")
        await play(dispatcher, mine)
        assert (callback.state, callback.pushes) == ("delivered", 16)

    async def test_corrupt_has_a_wrong_checksum(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        receiver.script["scripted"] = iter([500, 200])
        send(dispatcher, mine, receiver.url("scripted"), "corrupt")
        await play(dispatcher, mine)
        assert receiver.got[0].body == receiver.got[1].body
        fields = parse_qs(receiver.got[0].body.decode())
        right = dict(make_form())
        assert fields["content"] == [right["content"]]
        assert len(fields["checksum"][0]) == 64
        assert int(fields["checksum"][0], 16) != int(right["checksum"], 16)


class TestRedelivery:
    async def test_does_not_count(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, receiver.url("500"))
        await dispatcher.settle(mine)
        await dispatcher.redeliver(mine, callback)
        assert callback.state == "waiting"
        await play(dispatcher, mine)
        assert len(receiver.got) == 17
        assert (callback.state, callback.pushes) == ("exhausted", 16)
        assert [attempt.manual for attempt in callback.attempts] == [False, True, *[False] * 15]
        assert [attempt["n"] for attempt in callback_to_dict(callback, mine)["attempts"]] == list(range(1, 18))
        assert len({post.body for post in receiver.got}) == 1

    async def test_of_one_that_waits_ends_it(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        receiver.script["scripted"] = iter([500, 200])
        callback = send(dispatcher, mine, receiver.url("scripted"))
        await dispatcher.settle(mine)
        await dispatcher.redeliver(mine, callback)
        await play(dispatcher, mine)
        assert len(receiver.got) == 2
        assert (callback.state, callback.pushes, mine.outbox.waiting) == ("delivered", 1, 0)

    @pytest.mark.parametrize("mode", ["never", "late"])
    async def test_of_one_that_was_never_pushed(
        self, dispatcher: Dispatcher, receiver: Receiver, mode: str | float | None
    ) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, receiver.url("200"), mode)
        await dispatcher.redeliver(mine, callback)
        await play(dispatcher, mine)
        assert len(receiver.got) == 1
        assert (callback.state, callback.pushes, callback.next_at) == ("delivered", 0, None)

    async def test_of_one_that_ended(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        callbacks = [send(dispatcher, mine, receiver.url(path)) for path in ("500", "200")]
        await play(dispatcher, mine)
        for callback in callbacks:
            await dispatcher.redeliver(mine, callback, receiver.url("elsewhere/200"))
            await play(dispatcher, mine)
        assert receiver.counts() == {"500": 16, "200": 1, "elsewhere/200": 2}
        assert [callback.state for callback in callbacks] == ["delivered", "delivered"]

    async def test_that_fails_changes_nothing(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        done, waits = send(dispatcher, mine, receiver.url("200")), send(dispatcher, mine, receiver.url("200"), "late")
        await dispatcher.settle(mine)
        planned = waits.next_at
        for callback in (done, waits):
            await dispatcher.redeliver(mine, callback, "http://169.254.169.254/")
            assert str(callback.attempts[-1].error).startswith("forbidden: ")
        assert (done.state, waits.state, waits.next_at) == ("delivered", "waiting", planned)

    async def test_that_succeeds_while_a_push_is_under_way(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, receiver.url("hang"))
        await receiver.until(lambda: len(receiver.got) == 1)
        await dispatcher.redeliver(mine, callback, receiver.url("200"))
        assert callback.state == "delivered"
        receiver.release.set()
        await dispatcher.settle(mine)
        await play(dispatcher, mine)
        assert callback.state == "delivered"
        assert receiver.counts() == {"hang": 1, "200": 1}


class TestSettle:
    async def test_with_nothing_to_do(self, dispatcher: Dispatcher) -> None:
        async with asyncio.timeout(10):
            await dispatcher.settle(make_account())

    async def test_does_not_wait_for_what_comes_later(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        mine.clock.freeze(False)
        callback = send(dispatcher, mine, receiver.url("500"))
        async with asyncio.timeout(GAP):
            await dispatcher.settle(mine)
        assert len(callback.attempts) == 1

    async def test_several_at_once(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        for _ in range(30):
            send(dispatcher, mine, receiver.url("200"))
        await asyncio.gather(*(dispatcher.settle(mine) for _ in range(5)))
        assert len(receiver.got) == 30

    async def test_that_is_given_up(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, receiver.url("hang"))
        waiting = asyncio.create_task(dispatcher.settle(mine))
        await receiver.until(lambda: receiver.open == 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        receiver.release.set()
        await dispatcher.settle(mine)
        assert callback.state == "delivered"


class Scripted(Egress):
    """Answers as written, without a network: a status, or None for none. Notes when, on the clock, each push came."""

    def __init__(self, script: Sequence[int | None], clock: Any) -> None:
        super().__init__(private=True)
        self._script, self._clock = iter(script), clock
        self.at: list[float] = []

    async def post(self, *_: object) -> int:
        self.at.append(self._clock.now())
        await asyncio.sleep(0)
        status = next(self._script, 500)
        if status is None:
            raise EgressError("unreachable", "scripted")
        return status


STEPS = st.one_of(
    st.tuples(st.just("advance"), st.sampled_from([0, 0.5, 1, 3, 10, 1000])),
    st.tuples(st.just("set"), st.sampled_from([-5, 0, 5])),
    st.tuples(st.just("redeliver"), st.none()),
)


@given(
    st.lists(st.sampled_from([200, 201, 302, 404, 500, None]), max_size=20),
    st.lists(STEPS, max_size=40),
    st.integers(1, 5),
    st.sampled_from([None, "duplicate", "late", "corrupt", "never", 3.0]),
)
def test_whatever_happens_the_pushes_are_as_promised(
    script: list[int | None], steps: list[tuple[str, Any]], pushes: int, mode: str | float | None
) -> None:
    asyncio.run(_promised(script, steps, pushes, mode))


def by_schedule(next_at: float | None, made: int, pushes: int, now: float) -> tuple[float | None, int]:
    """When the next push comes, and how many come by now, if all fail: gaps are 1 and then 2 seconds."""
    before = made
    while next_at is not None and next_at <= now and made < pushes:
        made += 1
        next_at += 1 if made == 1 else 2
    return next_at, made - before


async def _promised(
    script: list[int | None], steps: list[tuple[str, Any]], pushes: int, mode: str | float | None
) -> None:
    mine = make_account()
    egress = Scripted(script, mine.clock)
    dispatcher = Dispatcher(Callbacks(timeout=1, gaps=(1, 2), pushes=pushes), egress)
    sent_at = mine.clock.now()
    callback = send(dispatcher, mine, "http://a.test/", mode)
    await dispatcher.settle(mine)
    for step, value in steps:
        if step == "redeliver":
            await dispatcher.redeliver(mine, callback)
        elif step == "advance":
            mine.clock.advance(value)
        else:
            mine.clock.set(sent_at + value)
        before, made = callback.next_at, callback.pushes
        await dispatcher.settle(mine)
        after, due = by_schedule(before, made, pushes, mine.clock.now())
        assert callback.pushes - made <= due + (mode == "duplicate")
        if callback.state == "waiting":
            assert (callback.pushes - made, callback.next_at) == (due, after)
    automatic = [attempt.status for attempt in callback.attempts if not attempt.manual]
    statuses = [attempt.status for attempt in callback.attempts]
    assert len(automatic) == callback.pushes <= pushes
    assert len(statuses) == len(egress.at)
    first = automatic.index(200) + 1 if 200 in automatic else len(automatic)
    assert len(automatic) - first <= (mode == "duplicate")
    if mode == "never":
        assert not automatic
    assert (callback.state == "delivered") is (200 in statuses)
    if callback.state == "exhausted":
        assert len(automatic) == pushes
    assert (callback.next_at is None) is (callback.state != "waiting" or mode == "never")
    await dispatcher.close()
