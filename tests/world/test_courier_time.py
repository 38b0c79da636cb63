"""Callbacks on a clock that tests turn: gaps, modes, redelivery, and what is promised whatever happens."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.world.courier import Courier
from emulator.world.delivery import LATE
from emulator.world.outbound import Outbound, OutboundError
from emulator.world.settings import Callbacks
from tests.world.courier_kit import GAP, account, form, listed, play, send, working


class TestGaps:
    async def test_grow_and_the_last_repeats(self, receiver):
        async with working(Callbacks(timeout=5, gaps=(1, 5, 30), pushes=6)) as courier:
            mine = account()
            callback = send(courier, mine, receiver.url("500"))
            await courier.settle(mine)
            for number, gap in enumerate((1, 5, 30, 30, 30), 1):
                assert callback.next_at == mine.clock.now() + gap
                mine.clock.advance(gap - 0.001)
                await courier.settle(mine)
                assert len(receiver.got) == number
                mine.clock.set(callback.next_at)
                await courier.settle(mine)
                assert len(receiver.got) == number + 1
            assert callback.state == "exhausted"

    async def test_of_nothing_go_on_by_themselves(self, receiver):
        async with working(Callbacks(timeout=5, gaps=(0,))) as courier:
            mine = account()
            callback = send(courier, mine, receiver.url("500"))
            await receiver.until(lambda: len(receiver.got) == 16)
            await courier.settle(mine)
            assert callback.state == "exhausted"

    async def test_pass_by_themselves_on_a_clock_that_runs(self, receiver):
        async with working(Callbacks(timeout=5, gaps=(0.01,))) as courier:
            mine = account()
            mine.clock.freeze(False)
            receiver.script["scripted"] = iter([500, 500, 200])
            callback = send(courier, mine, receiver.url("scripted"), ready=mine.clock.now() + 0.01)
            await receiver.until(lambda: len(receiver.got) == 3)
            await courier.settle(mine)
            assert callback.state == "delivered"

    async def test_pass_at_once_when_the_clock_moves_far(self, courier, receiver):
        """What would have been pushed several times meanwhile is pushed as often, and the rest comes when it should."""
        mine = account()
        callback = send(courier, mine, receiver.url("500"))
        await courier.settle(mine)
        began = mine.clock.now()
        mine.clock.advance(2.5 * GAP)
        await courier.settle(mine)
        assert (len(receiver.got), callback.next_at) == (3, began + 3 * GAP)
        mine.clock.advance(100 * GAP)
        await courier.settle(mine)
        assert (len(receiver.got), callback.state) == (16, "exhausted")

    async def test_pass_at_once_whatever_the_clock_does(self, receiver):
        """A clock that runs, and one that is moved while the first push is under way."""
        async with working(Callbacks(timeout=30, gaps=(1000,), pushes=4)) as courier:
            mine = account()
            mine.clock.freeze(False)
            receiver.script["scripted"] = iter([500] * 4)
            for url in (receiver.url("500"), receiver.url("hang"), receiver.url("scripted")):
                send(courier, mine, url)
            await receiver.until(lambda: len(receiver.got) == 3)
            mine.clock.advance(3001)
            settled = asyncio.create_task(courier.settle(mine))
            receiver.release.set()
            await settled
            assert receiver.counts() == {"500": 4, "hang": 1, "scripted": 4}

    async def test_a_clock_that_is_ahead_by_itself_is_no_reason_to_hurry(self, courier, receiver):
        """As after a laptop slept: only who moves the clock on purpose spends gaps."""
        mine = account()
        callback = send(courier, mine, receiver.url("500"))
        await courier.settle(mine)
        mine.clock.advance(5 * GAP)
        await receiver.until(lambda: len(receiver.got) == 2)
        while callback.next_at is None or callback.next_at <= mine.clock.now():
            await asyncio.sleep(0)
        assert (callback.pushes, callback.next_at) == (2, mine.clock.now() + GAP)

    async def test_are_not_spent_on_a_receiver_that_does_not_answer(self, receiver):
        """An advance waits for it once, and not sixteen times."""
        async with working(Callbacks(timeout=0.05, gaps=(GAP,))) as courier:
            mine = account()
            callback = send(courier, mine, receiver.url("hang"), ready=mine.clock.now() + 1)
            mine.clock.advance(100 * GAP)
            await courier.settle(mine)
            assert (callback.pushes, callback.next_at) == (1, mine.clock.now() + GAP)

    async def test_of_many_are_spent_together(self):
        """More than are queued or looked at in one go."""
        mine = account()
        courier = Courier(Callbacks(timeout=30, gaps=(GAP,), pushes=3), Scripted([None] * 9000, mine.clock))
        callbacks = [send(courier, mine, f"http://{n}.test/", "late") for n in range(3000)]
        mine.clock.advance(LATE + 2 * GAP)
        await courier.settle(mine)
        assert {(callback.state, callback.pushes) for callback in callbacks} == {("exhausted", 3)}
        await courier.close()

    async def test_the_earlier_goes_first_whatever_was_sent_first(self, courier, receiver):
        mine = account()
        now = mine.clock.now()
        for wait in (30, 10, 20):
            send(courier, mine, receiver.url("200"), ready=now + wait, form=form(str(wait)))
        for wait in (10, 20, 30):
            mine.clock.set(now + wait)
            await courier.settle(mine)
            assert parse_qs(receiver.got[-1].body.decode())["content"] == [str(wait)]
        assert len(receiver.got) == 3

    async def test_a_clock_put_back_holds_up(self, courier, receiver):
        mine = account()
        callback = send(courier, mine, receiver.url("200"), ready=mine.clock.now() + 10)
        mine.clock.advance(-100)
        for expected in (0, 0, 1):
            await courier.settle(mine)
            assert len(receiver.got) == expected
            mine.clock.advance(55)
        assert callback.state == "delivered"


class TestFrozenClock:
    async def test_holds_what_is_to_come(self, courier, receiver):
        mine = account()
        ready = send(courier, mine, receiver.url("500"))
        later = send(courier, mine, receiver.url("500"), ready=mine.clock.now() + 5)
        await courier.settle(mine)
        assert len(receiver.got) == 1
        assert [listed(each, mine)["state"] for each in (ready, later)] == ["held", "held"]
        assert mine.outbox.waiting == 2
        mine.clock.freeze(False)
        assert [listed(each, mine)["state"] for each in (ready, later)] == ["waiting", "waiting"]

    async def test_pushes_what_is_ready(self, courier, receiver):
        mine = account()
        send(courier, mine, receiver.url("200"))
        await receiver.until(lambda: bool(receiver.got))

    async def test_of_one_account_is_not_that_of_another(self, courier, receiver):
        one, other = account("acc-1"), account("acc-2")
        for each in (one, other):
            send(courier, each, receiver.url(each.id + "/500"))
        await play(courier, one, 2)
        await courier.settle(other)
        assert receiver.counts() == {"acc-1/500": 3, "acc-2/500": 1}


class TestModes:
    async def test_never(self, courier, receiver):
        mine = account()
        callback = send(courier, mine, receiver.url("200"), "never")
        await play(courier, mine)
        mine.clock.advance(10**8)
        await courier.settle(mine)
        assert receiver.got == []
        assert (callback.state, callback.next_at, mine.outbox.waiting) == ("waiting", None, 0)
        assert listed(callback, mine)["state"] == "waiting"

    async def test_a_result_that_never_comes(self, courier, receiver):
        mine = account()
        callback = send(courier, mine, receiver.url("200"), ready=float("inf"))
        await play(courier, mine)
        assert receiver.got == []
        assert listed(callback, mine)["next_at"] is None

    @pytest.mark.parametrize(("mode", "seconds"), [("late", LATE), (30, 30), (0.5, 0.5), (0, 0), (0.0, 0)])
    async def test_later(self, courier, receiver, mode, seconds):
        mine = account()
        ready = mine.clock.now() + 100
        send(courier, mine, receiver.url("200"), mode, ready=ready)
        mine.clock.set(ready + seconds - 0.001)
        await courier.settle(mine)
        assert receiver.got == []
        mine.clock.set(ready + seconds)
        await courier.settle(mine)
        assert len(receiver.got) == 1

    async def test_duplicate(self, courier, receiver):
        mine = account()
        callback = send(courier, mine, receiver.url("200"), "duplicate")
        await play(courier, mine)
        assert len(receiver.got) == 2
        assert receiver.got[0] == receiver.got[1]
        assert (callback.state, callback.pushes) == ("delivered", 2)

    async def test_duplicate_after_failures(self, courier, receiver):
        mine = account()
        receiver.script["scripted"] = iter([500, 200, 500])
        callback = send(courier, mine, receiver.url("scripted"), "duplicate")
        await play(courier, mine)
        assert [attempt.status for attempt in callback.attempts] == [500, 200, 500]
        assert callback.state == "delivered"

    async def test_duplicate_does_not_go_over_the_most(self, courier, receiver):
        mine = account()
        receiver.script["scripted"] = iter([*[500] * 15, 200])
        callback = send(courier, mine, receiver.url("scripted"), "duplicate")
        await play(courier, mine)
        assert (callback.state, callback.pushes) == ("delivered", 16)

    async def test_corrupt(self, courier, receiver):
        mine = account()
        receiver.script["scripted"] = iter([500, 200])
        send(courier, mine, receiver.url("scripted"), "corrupt")
        await play(courier, mine)
        assert receiver.got[0].body == receiver.got[1].body
        fields = parse_qs(receiver.got[0].body.decode())
        right = dict(form())
        assert fields["content"] == [right["content"]]
        assert len(fields["checksum"][0]) == 64
        assert int(fields["checksum"][0], 16) != int(right["checksum"], 16)


class TestRedelivery:
    async def test_does_not_count(self, courier, receiver):
        mine = account()
        callback = send(courier, mine, receiver.url("500"))
        await courier.settle(mine)
        await courier.redeliver(mine, callback)
        assert callback.state == "waiting"
        await play(courier, mine)
        assert len(receiver.got) == 17
        assert (callback.state, callback.pushes) == ("exhausted", 16)
        assert [attempt.manual for attempt in callback.attempts] == [False, True, *[False] * 15]
        assert [attempt["n"] for attempt in listed(callback, mine)["attempts"]] == list(range(1, 18))
        assert len({post.body for post in receiver.got}) == 1

    async def test_of_one_that_waits_ends_it(self, courier, receiver):
        mine = account()
        receiver.script["scripted"] = iter([500, 200])
        callback = send(courier, mine, receiver.url("scripted"))
        await courier.settle(mine)
        await courier.redeliver(mine, callback)
        await play(courier, mine)
        assert len(receiver.got) == 2
        assert (callback.state, callback.pushes, mine.outbox.waiting) == ("delivered", 1, 0)

    @pytest.mark.parametrize("mode", ["never", "late"])
    async def test_of_one_that_was_never_pushed(self, courier, receiver, mode):
        mine = account()
        callback = send(courier, mine, receiver.url("200"), mode)
        await courier.redeliver(mine, callback)
        await play(courier, mine)
        assert len(receiver.got) == 1
        assert (callback.state, callback.pushes, callback.next_at) == ("delivered", 0, None)

    async def test_of_one_that_ended(self, courier, receiver):
        mine = account()
        callbacks = [send(courier, mine, receiver.url(path)) for path in ("500", "200")]
        await play(courier, mine)
        for callback in callbacks:
            await courier.redeliver(mine, callback, receiver.url("elsewhere/200"))
            await play(courier, mine)
        assert receiver.counts() == {"500": 16, "200": 1, "elsewhere/200": 2}
        assert [callback.state for callback in callbacks] == ["delivered", "delivered"]

    async def test_that_fails_changes_nothing(self, courier, receiver):
        mine = account()
        done, waits = send(courier, mine, receiver.url("200")), send(courier, mine, receiver.url("200"), "late")
        await courier.settle(mine)
        planned = waits.next_at
        for callback in (done, waits):
            await courier.redeliver(mine, callback, "http://169.254.169.254/")
            assert str(callback.attempts[-1].error).startswith("forbidden: ")
        assert (done.state, waits.state, waits.next_at) == ("delivered", "waiting", planned)

    async def test_that_succeeds_while_a_push_is_under_way(self, courier, receiver):
        mine = account()
        callback = send(courier, mine, receiver.url("hang"))
        await receiver.until(lambda: len(receiver.got) == 1)
        await courier.redeliver(mine, callback, receiver.url("200"))
        assert callback.state == "delivered"
        receiver.release.set()
        await courier.settle(mine)
        await play(courier, mine)
        assert callback.state == "delivered"
        assert receiver.counts() == {"hang": 1, "200": 1}


class TestSettle:
    async def test_with_nothing_to_do(self, courier):
        async with asyncio.timeout(10):
            await courier.settle(account())

    async def test_does_not_wait_for_what_comes_later(self, courier, receiver):
        mine = account()
        mine.clock.freeze(False)
        callback = send(courier, mine, receiver.url("500"))
        async with asyncio.timeout(GAP):
            await courier.settle(mine)
        assert len(callback.attempts) == 1

    async def test_several_at_once(self, courier, receiver):
        mine = account()
        for _ in range(30):
            send(courier, mine, receiver.url("200"))
        await asyncio.gather(*(courier.settle(mine) for _ in range(5)))
        assert len(receiver.got) == 30

    async def test_that_is_given_up(self, courier, receiver):
        mine = account()
        callback = send(courier, mine, receiver.url("hang"))
        waiting = asyncio.create_task(courier.settle(mine))
        await receiver.until(lambda: receiver.open == 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        receiver.release.set()
        await courier.settle(mine)
        assert callback.state == "delivered"


class Scripted(Outbound):
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
            raise OutboundError("unreachable", "scripted")
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
def test_whatever_happens_the_pushes_are_as_promised(script, steps, pushes, mode):
    asyncio.run(_promised(script, steps, pushes, mode))


def by_schedule(next_at, made, pushes, now):
    """When the next push comes, and how many come by now, if all fail: gaps are 1 and then 2 seconds."""
    before = made
    while next_at is not None and next_at <= now and made < pushes:
        made += 1
        next_at += 1 if made == 1 else 2
    return next_at, made - before


async def _promised(script, steps, pushes, mode):
    mine = account()
    outbound = Scripted(script, mine.clock)
    courier = Courier(Callbacks(timeout=1, gaps=(1, 2), pushes=pushes), outbound)
    sent_at = mine.clock.now()
    callback = send(courier, mine, "http://a.test/", mode)
    await courier.settle(mine)
    for step, value in steps:
        if step == "redeliver":
            await courier.redeliver(mine, callback)
        elif step == "advance":
            mine.clock.advance(value)
        else:
            mine.clock.set(sent_at + value)
        before, made = callback.next_at, callback.pushes
        await courier.settle(mine)
        after, due = by_schedule(before, made, pushes, mine.clock.now())
        assert callback.pushes - made <= due + (mode == "duplicate")
        if callback.state == "waiting":
            assert (callback.pushes - made, callback.next_at) == (due, after)
    automatic = [attempt.status for attempt in callback.attempts if not attempt.manual]
    statuses = [attempt.status for attempt in callback.attempts]
    assert len(automatic) == callback.pushes <= pushes
    assert len(statuses) == len(outbound.at)
    first = automatic.index(200) + 1 if 200 in automatic else len(automatic)
    assert len(automatic) - first <= (mode == "duplicate")
    if mode == "never":
        assert not automatic
    assert (callback.state == "delivered") is (200 in statuses)
    if callback.state == "exhausted":
        assert len(automatic) == pushes
    assert (callback.next_at is None) is (callback.state != "waiting" or mode == "never")
    await courier.close()
