"""Pace: long work is done in short turns, between which the loop serves everybody else."""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterable
from time import perf_counter
from typing import TypeVar

TURN = 0.003  # seconds of work after which others are served

_T = TypeVar("_T")


async def paced(things: Iterable[_T]) -> AsyncIterator[_T]:
    """Yield each of `things`; whenever a turn is over, the loop serves others first."""
    began = perf_counter()
    for thing in things:
        yield thing
        if perf_counter() - began > TURN:
            await asyncio.sleep(0)
            began = perf_counter()


async def finished(work: Generator[None, None, _T]) -> _T:
    """Return what `work` returns. It yields where it may be interrupted; it is, when its turn is over."""
    began = perf_counter()
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: _T = end.value
            return result
        if perf_counter() - began > TURN:
            await asyncio.sleep(0)
            began = perf_counter()
