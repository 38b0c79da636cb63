"""Turns names into addresses, with a thread for each name.

The look-up of the event loop shares a few threads: a few names that nobody answers for would delay all others for
seconds, and the end of the process as well.
"""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread

_MOST = 128  # threads at a time; so many names that nobody answers for delay the others


@dataclass(slots=True)
class _Question:
    """A look-up, waiting or begun. `answer` is what it finds, `askers` the number of callers that wait for it."""

    answer: asyncio.Future[list[str] | Exception]
    askers: int = 0
    begun: bool = False


class Resolver:
    """Looks up the addresses of a name when called, or raises OSError. Callers at the same time share one look-up."""

    def __init__(self) -> None:
        self._asked: dict[str, _Question] = {}
        self._threads = 0

    async def __call__(self, host: str) -> list[str]:
        question = self._asked.get(host)
        if question is None:
            question = self._asked[host] = _Question(asyncio.get_running_loop().create_future())
            self._begin()
        question.askers += 1
        try:
            found = await asyncio.shield(question.answer)
        finally:
            question.askers -= 1
            if not (question.askers or question.begun):
                self._asked.pop(host, None)
        if isinstance(found, Exception):
            raise found
        return found

    def _begin(self) -> None:
        """Begin look-ups, the oldest first, while there are threads for them."""
        for host in [host for host, question in self._asked.items() if not question.begun]:
            if self._threads == _MOST:
                return
            self._asked[host].begun = True
            try:
                Thread(target=self._ask, args=(host, asyncio.get_running_loop()), daemon=True, name="lookup").start()
            except (RuntimeError, MemoryError) as error:  # the system has no more threads
                self._answer(host, OSError(f"no look-up: {error}"))
            else:
                self._threads += 1

    def _ask(self, host: str, loop: asyncio.AbstractEventLoop) -> None:
        found: list[str] | Exception
        try:
            found = [str(sockaddr[0]) for *_, sockaddr in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
        except Exception as error:  # whatever it is, the callers that wait must get it
            found = error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(self._end, host, found)

    def _end(self, host: str, found: list[str] | Exception) -> None:
        self._threads -= 1
        self._answer(host, found)
        self._begin()

    def _answer(self, host: str, found: list[str] | Exception) -> None:
        self._asked.pop(host).answer.set_result(found)
