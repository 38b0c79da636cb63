"""A forward proxy on loopback: each call leads to the emulator, to where it wants to go, or nowhere."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple
from weakref import WeakSet

from emulator.http.entrance import Entrance
from emulator.http.proxy_head import ESTABLISHED, Head
from emulator.http.relay import FarEnd
from emulator.net.fates import Fate
from emulator.net.upstream import Upstream

_LOOPBACK = "127.0.0.1"
_BACKLOG = 1024


class Stopped(NamedTuple):
    """A call that was refused, and what its client calls itself."""

    host: str
    port: int
    user_agent: str


class Route(NamedTuple):
    """The way to a host.

    host: The name or address that is connected to.
    port: Its port.
    context: For a connection with TLS; None for one without.
    to_client: What the client is told once the way is open.
    to_host: What is written there first.
    """

    host: str
    port: int
    context: ssl.SSLContext | None
    to_client: bytes
    to_host: bytes


class Proxy:
    """Listens on 127.0.0.1 until it is closed.

    decide: Says what becomes of a call to a host and port.
    make_connection: Makes the protocol that serves a connection of the emulator.
    context: The emulator's own TLS.
    on_stopped: Called with each call that is refused.
    upstream: The proxy by which calls go out; None for straight ones.
    """

    def __init__(
        self,
        decide: Callable[[str, int], Fate],
        make_connection: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext,
        on_stopped: Callable[[Stopped], None],
        upstream: Upstream | None = None,
    ) -> None:
        self.decide = decide
        self.make_connection = make_connection
        self.context = context
        self.clients: WeakSet[asyncio.Transport] = WeakSet()
        self.far_ends: WeakSet[FarEnd] = WeakSet()
        self._on_stopped = on_stopped
        self._upstream = upstream
        self._usual_trust: ssl.SSLContext | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen on a free port, and return it. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Entrance(self), _LOOPBACK, 0, backlog=_BACKLOG)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take no more connections, and end all that there are, whatever they wait for."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        for transport in [*self.clients, *(end.transport for end in self.far_ends)]:
            transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # in this round of the loop, the sockets are closed

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine until it ends or the proxy is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop_call(self, head: Head) -> None:
        """Tell that a call was refused."""
        self._on_stopped(Stopped(head.host, head.port, head.user_agent))

    async def find_route(self, head: Head) -> Route:
        """Return the way to the host of a request. Only what is meant for this machine leaves the user's proxy out."""
        if self._upstream is not None and not is_loopback(head.host):
            passed_on = head.encode_for_proxy(self._upstream.authorization)
            return Route(self._upstream.host, self._upstream.port, None, b"", passed_on)
        if not head.path:
            return Route(head.host, head.port, None, ESTABLISHED, b"")
        context = await self._load_usual_trust() if head.scheme == b"https" else None
        return Route(head.host, head.port, context, b"", head.encode_for_host())

    async def _load_usual_trust(self) -> ssl.SSLContext:
        """Return a client's TLS with the certificates that this machine trusts. Reading them takes long."""
        if self._usual_trust is None:
            self._usual_trust = await asyncio.to_thread(ssl.create_default_context)
        return self._usual_trust


def is_loopback(host: str) -> bool:
    """Return whether a name or address in lower case means this machine."""
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")
