"""Long work leaves the loop to others between its turns."""

import asyncio
from collections.abc import AsyncGenerator, Iterator

import pytest

from emulator.resources import turns
from emulator.resources.turns import take_turns


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """End every turn at once."""
    monkeypatch.setattr(turns, "TURN", -1.0)


async def test_everything_comes_in_order() -> None:
    assert [each async for each in take_turns(range(1000))] == list(range(1000))


@pytest.mark.usefixtures("hurried")
async def test_others_go_on_between_turns() -> None:
    seen: list[str] = []

    async def work(name: str) -> None:
        async for each in take_turns(range(3)):
            seen.append(f"{name}{each}")

    await asyncio.gather(work("a"), work("b"))
    assert seen == ["a0", "b0", "a1", "b1", "a2", "b2"]


async def test_a_short_turn_is_not_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN", 60.0)
    seen: list[int] = []

    async def work() -> None:
        async for each in take_turns(range(3)):
            seen.append(each)

    await asyncio.gather(work(), work())
    assert seen == [0, 1, 2, 0, 1, 2]


async def test_who_leaves_early_or_fails_gives_the_turn_back() -> None:
    def iterate_and_fail() -> Iterator[int]:
        yield 1
        raise ValueError

    work = take_turns(range(3))
    assert await anext(work) == 0
    assert len(turns._under_way) == 1
    assert isinstance(work, AsyncGenerator)
    await work.aclose()
    with pytest.raises(ValueError):  # noqa: PT011 - it is the one above
        [each async for each in take_turns(iterate_and_fail())]
    assert not turns._under_way
