"""Look-ups on threads of their own: a name that nobody answers for holds up nothing else."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.net import resolver
from emulator.net.resolver import Resolver


class Names:
    """In place of the system's look-up: names below `.dead` are answered when `end` is set, others at once."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.end = threading.Event()

    def __call__(self, host: str, *_: Any, **__: Any) -> list[Any]:
        self.asked[host] += 1
        if host.endswith(".dead"):
            assert self.end.wait(20)
        if host.startswith("none."):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"10.0.0.{len(host)}", 0))]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    made = Names()
    monkeypatch.setattr(socket, "getaddrinfo", made)
    yield made
    made.end.set()
    for thread in threading.enumerate():
        if thread.name == "lookup":
            thread.join(20)


async def test_a_name_is_resolved_to_addresses() -> None:
    assert set(await Resolver()("localhost")) <= {"127.0.0.1", "::1"}


async def test_an_address_is_its_own_name() -> None:
    assert await Resolver()("127.0.0.1") == ["127.0.0.1"]


async def test_no_such_name(names: Names) -> None:
    with pytest.raises(socket.gaierror, match="no such name"):
        await Resolver()("none.test")


@pytest.mark.parametrize("host", ["a" * 64 + ".test", "a..b", "\x00"])
async def test_what_can_be_no_name(host: str) -> None:
    with pytest.raises((OSError, ValueError)):
        await Resolver()(host)


async def test_dead_names_hold_up_no_other(names: Names) -> None:
    """A hundred of them: more threads than any loop keeps for look-ups."""
    resolver = Resolver()
    dead = [asyncio.create_task(resolver(f"{n}.dead")) for n in range(100)]
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        assert await resolver("alive") == ["10.0.0.5"]
    assert not any(task.done() for task in dead)
    names.end.set()
    assert all(await asyncio.gather(*dead))


async def test_those_who_ask_together_are_answered_together(names: Names) -> None:
    resolver = Resolver()
    together = [asyncio.create_task(resolver("one.dead")) for _ in range(20)]
    await asyncio.sleep(0)
    names.end.set()
    assert await asyncio.gather(*together) == [["10.0.0.8"]] * 20
    assert names.asked == {"one.dead": 1}
    await resolver("one.dead")
    assert names.asked == {"one.dead": 2}  # nothing is remembered


async def test_one_who_gives_up_leaves_the_others_alone(names: Names) -> None:
    resolver = Resolver()
    patient = asyncio.create_task(resolver("one.dead"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await resolver("one.dead")
    names.end.set()
    assert await patient == ["10.0.0.8"]


async def test_all_who_asked_get_the_failure(names: Names) -> None:
    resolver = Resolver()
    together = [asyncio.create_task(resolver("none.dead")) for _ in range(3)]
    await asyncio.sleep(0)
    names.end.set()
    found = await asyncio.gather(*together, return_exceptions=True)
    assert [type(each) for each in found] == [socket.gaierror] * 3


class Refused(threading.Thread):
    """The system gives no thread."""

    def start(self) -> None:
        raise RuntimeError("can't start new thread")


async def test_without_a_thread_a_look_up_fails_and_later_ones_go_on(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookup = Resolver()
    with monkeypatch.context() as patch:
        patch.setattr(resolver, "Thread", Refused)
        for host in ("one.test", "one.test", "two.test"):
            with pytest.raises(OSError, match="can't start new thread"):
                await lookup(host)
    assert await lookup("one.test") == ["10.0.0.8"]


async def test_threads_are_bounded_and_the_rest_waits_in_turn(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "_MOST", 3)
    lookup = Resolver()
    asked = [asyncio.create_task(lookup(f"{n}.dead")) for n in range(10)]
    patient = asyncio.create_task(lookup("alive"))
    for _ in range(5):
        await asyncio.sleep(0)
    assert sum(thread.name == "lookup" for thread in threading.enumerate()) == 3
    for given_up in asked[3:]:
        given_up.cancel()
    names.end.set()
    async with asyncio.timeout(10):
        assert await patient == ["10.0.0.5"]
    await asyncio.gather(*asked[:3])
    assert set(names.asked) == {"0.dead", "1.dead", "2.dead", "alive"}  # nobody waits for the others any more
    assert lookup._asked == {}


async def test_any_failure_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_type_error(*_: Any, **__: Any) -> list[Any]:
        raise TypeError("not a name")

    monkeypatch.setattr(socket, "getaddrinfo", raise_type_error)
    async with asyncio.timeout(10):
        with pytest.raises(TypeError, match="not a name"):
            await Resolver()("a.test")


def test_a_loop_that_ended_gets_no_answer(names: Names) -> None:
    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await Resolver()("one.dead")

    asyncio.run(give_up())
    names.end.set()
