"""Who pushes what when many wait: a few workers a host, so that a slow receiver holds up nobody else."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

_PER_HOST = 16  # pushes under way to one host
# Pushes under way in all, above which a host has but one: hosts that never answer must leave room for others.
_CROWD = 128
_MOST = 256  # pushes under way in all

Push = Callable[[], Awaitable[None]]

log = logging.getLogger("emulator")


@dataclass(slots=True)
class _Host:
    queue: deque[Push] = field(default_factory=deque)
    workers: set[asyncio.Task[None] | None] = field(default_factory=set)


class Workers:
    """Make the pushes that are queued for each host, in their order. What is under way costs a task, what waits does
    not.
    """

    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}
        self._starved: deque[str] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self.closed = False

    def queue(self, name: str, push: Push) -> None:
        """Have a push made as soon as its host has a free worker."""
        host = self._hosts.setdefault(name, _Host())
        host.queue.append(push)
        self._staff(name)
        if not host.workers and len(host.queue) == 1:
            self._starved.append(name)

    async def close(self) -> None:
        """Push no more; what is under way is cut off."""
        self.closed = True
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def _staff(self, name: str) -> None:
        """Put one more worker on a host, if there is work for it and room."""
        host = self._hosts[name]
        room = _CROWD if host.workers else _MOST
        if host.queue and len(host.workers) < _PER_HOST and len(self._workers) < room and not self.closed:
            worker = asyncio.create_task(self._work(name, host))
            worker.add_done_callback(partial(self._leave, name, host))
            self._workers.add(worker)
            host.workers.add(worker)

    async def _work(self, name: str, host: _Host) -> None:
        """Push what is queued for one host, and leave when others need the room; the last one stays."""
        while host.queue and (len(host.workers) == 1 or len(self._workers) <= _CROWD):
            await host.queue.popleft()()
            self._staff(name)
        host.workers.discard(asyncio.current_task())  # at once: its others must not all leave in the same turn

    def _leave(self, name: str, host: _Host, worker: asyncio.Task[None]) -> None:
        """Count a worker out, whatever ended it, and give its room to hosts that have none."""
        self._workers.discard(worker)
        host.workers.discard(worker)
        if not worker.cancelled() and (mistake := worker.exception()):
            log.error("unhandled exception in a push", exc_info=mistake)
        if not host.workers and self._hosts.get(name) is host:
            if not host.queue:
                del self._hosts[name]
            elif name not in self._starved:
                self._starved.append(name)
        while self._starved and len(self._workers) < _MOST and not self.closed:
            self._staff(self._starved.popleft())
