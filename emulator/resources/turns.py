"""Pace: long work is done in short turns, between which the loop serves everybody else."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from time import perf_counter
from typing import TypeVar

TURN = 0.003  # seconds of work after which others are served; all who work at the same time share it

_LOT = 1000  # things that are freed in a moment

_T = TypeVar("_T")
_under_way: set[object] = set()


async def take_turns(things: Iterable[_T]) -> AsyncIterator[_T]:
    """Yield each of `things`; whenever a turn is over, the loop serves others first."""
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
    """Free many things that nobody else holds, some at a time: a hundred thousand at once would hold up the loop."""
    while things:
        del things[-_LOT:]
        await asyncio.sleep(0)
