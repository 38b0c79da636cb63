"""A proxy before a running emulator, and what a test needs to use it."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import requests

from emulator.clients import list_real_hosts
from emulator.http.proxy import Proxy, Stopped
from emulator.net.fates import Fate, Fates
from emulator.net.upstream import read_upstream
from moderation_emulator.contract.raw_socket import Connection
from moderation_emulator.contract.running_server import RunningServer

TALK = "api.weixin.qq.com"
PICTURES = "imageaudit.cn-shanghai.aliyuncs.com"


class Trust(NamedTuple):
    """A certificate for the names of the tests, and the file that a client must trust."""

    context: ssl.SSLContext
    ca: Path


class Proxied:
    """A running proxy. `asked` are the calls that it decided about, `stopped` those that it refused."""

    def __init__(self, live: RunningServer, trust: Trust, upstream: str | None) -> None:
        self.live = live
        self.trust = trust
        self.asked: list[tuple[str, int]] = []
        self.stopped: list[Stopped] = []
        providers = live.app.providers.values()
        self._fates = Fates(
            (host for provider in providers for host in provider.hosts),
            list_real_hosts(),
        )
        out = read_upstream(upstream) if upstream else None
        self.proxy = Proxy(self._decide, live.emulator.make_connection, trust.context, self.stopped.append, out)
        self.port = int(live.run(self.proxy.start()))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def wait_until_left(self) -> None:
        """Wait until no connection is open."""
        await wait_until(lambda: not self.list_open())

    def list_open(self) -> list[asyncio.Transport]:
        """Return the connections that are open: of clients, and to where they are led."""
        found = [*self.proxy.clients, *(end.transport for end in self.proxy.far_ends)]
        return [each for each in found if not each.is_closing()]

    def _decide(self, host: str, port: int) -> Fate:
        self.asked.append((host, port))
        return self._fates.decide(host, port)

    def open_session(self) -> requests.Session:
        """Return a client that uses the proxy, and trusts what the proxy shows."""
        session = requests.Session()
        session.trust_env = False
        session.proxies = {"http": self.url, "https": self.url}
        session.verify = str(self.trust.ca)
        return session


class Client(Connection):
    """A connection to the proxy."""

    def __init__(self, proxied: Proxied, timeout: float = 10.0) -> None:
        super().__init__(proxied.live, timeout, proxied.port)

    def open_tunnel(self, place: str) -> "Client":
        """Ask for a tunnel, and read that it is open."""
        self.send(encode_connect(place), wait=False)
        assert self.read_answer(head=True).status == 200
        return self


def encode_connect(place: str, *lines: str) -> bytes:
    return "\r\n".join([f"CONNECT {place} HTTP/1.1", f"Host: {place}", *lines, "", ""]).encode()


def encode_basic(user_and_password: str) -> str:
    return f"Basic {b64encode(user_and_password.encode()).decode()}"


@contextmanager
def run_proxy(live: RunningServer, trust: Trust, upstream: str | None = None) -> Iterator[Proxied]:
    """Yield a running proxy. At its end, nothing of it is left."""
    proxied = Proxied(live, trust, upstream)
    try:
        yield proxied
    finally:
        live.run(proxied.proxy.close())
        live.run(proxied.wait_until_left())


async def wait_until(is_so: Callable[[], object]) -> None:
    """Let the loop go on until it is so, for five seconds."""
    async with asyncio.timeout(5):
        while not is_so():
            await asyncio.sleep(0)
