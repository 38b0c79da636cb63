"""Turns: long work is done in short pieces, between which the event loop serves everybody else."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from time import perf_counter
from typing import TypeVar

TURN = 0.003  # seconds of work after which others are served; shared by all work under way

_LOT = 1000  # things that are freed at once

_T = TypeVar("_T")
_under_way: set[object] = set()


async def take_turns(things: Iterable[_T]) -> AsyncIterator[_T]:
    """Yield each of `things`. Whenever a turn is over, the loop serves others first."""
    me = object()
    _under_way.add(me)
    try:
        began = perf_counter()
        for thing in things:
            yield thing
            if perf_counter() - began > TURN / len(_under_way):
                await asyncio.sleep(0)
                began = perf_counter()
    finally:
        _under_way.discard(me)


async def release(things: list[object]) -> None:
    """Free many things that nobody else holds, some at a time: freeing a hundred thousand at once would block the
    loop.
    """
    while things:
        del things[-_LOT:]
        await asyncio.sleep(0)
