"""Turns names into addresses, each name on a thread of its own.

The loops' own look-up shares a few threads: some names that nobody answers for would hold up all others for seconds,
and the end of the process as well.
"""

import asyncio
import socket
from contextlib import suppress
from threading import Thread


class Resolver:
    """Called with a name, gives its addresses or raises OSError; those who ask together are told together."""

    def __init__(self) -> None:
        self._asked: dict[str, asyncio.Future[list[str] | Exception]] = {}

    async def __call__(self, host: str) -> list[str]:
        answer = self._asked.get(host)
        if answer is None:
            loop = asyncio.get_running_loop()
            answer = self._asked[host] = loop.create_future()
            Thread(target=self._ask, args=(host, loop), daemon=True, name="lookup").start()
        found = await asyncio.shield(answer)
        if isinstance(found, Exception):
            raise found
        return found

    def _ask(self, host: str, loop: asyncio.AbstractEventLoop) -> None:
        found: list[str] | Exception
        try:
            found = [str(sockaddr[0]) for *_, sockaddr in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
        except (OSError, ValueError) as error:
            found = error
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(self._tell, host, found)

    def _tell(self, host: str, found: list[str] | Exception) -> None:
        self._asked.pop(host).set_result(found)
