"""When a server ends, it hangs up everywhere and pushes nothing more."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from emulator import building, server
from emulator.app import App
from emulator.config.load import load_settings
from emulator.discovery import collect_provided_settings, find_providers
from emulator.state.callbacks.delivery import Delivery

FLAGS = {"images": {"fetch": True}}


class Keeper:
    """A host that answers anything, and keeps its connections open for more."""

    def __init__(self) -> None:
        self.url = ""
        self.open = self.asked = 0

    async def serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = re.search(rb"Content-Length: (\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                self.asked += 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except asyncio.IncompleteReadError:  # it hung up
            pass
        finally:
            self.open -= 1
            writer.close()


@asynccontextmanager
async def start_keeper() -> AsyncIterator[Keeper]:
    keeper = Keeper()
    listening = await asyncio.start_server(keeper.serve_connection, "127.0.0.1", 0)
    keeper.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/x.png"
    try:
        yield keeper
    finally:
        listening.close()


@asynccontextmanager
async def run_server(reload: bool = False) -> AsyncIterator[App]:
    """Run a server until the `with` ends; yield its application."""
    own = find_providers()
    flags = {**FLAGS, "server": {"port": 0, "reload": reload}}
    emulator = server.Emulator(
        building.build(load_settings(None, flags, {}, collect_provided_settings(own.values())), own)
    )
    await emulator.start()
    try:
        yield emulator.app
    finally:
        await emulator.stop()


async def settle() -> None:
    """Let everything happen that can happen at once; lines that nobody hangs up end by themselves after a second."""
    for _ in range(200):
        await asyncio.sleep(0)


async def test_lines_to_hosts_of_pictures_are_hung_up() -> None:
    async with start_keeper() as host:
        async with run_server() as app:
            for _ in range(2):
                await app.state.egress.get(host.url, limit=10**6, seconds=5)
            assert (host.asked, host.open) == (2, 1), "one line, kept"
        await settle()
        assert host.open == 0


async def test_lines_to_receivers_are_hung_up_and_nothing_more_is_pushed() -> None:
    async with start_keeper() as host:
        async with run_server() as app:
            state = app.state
            account = state.accounts.default
            account.clock.freeze(True)
            for wait in (0.0, 60.0):
                ready = account.clock.now() + wait
                delivery = Delivery("t-1", None, host.url, (("checksum", ""),), ready)
                state.dispatcher.schedule(account, state.dispatcher.make_callback(account, delivery))
            await state.dispatcher.settle(account)
            assert (host.asked, host.open) == (1, 1), "one line, kept"
        await settle()
        assert (host.asked, host.open) == (1, 0)
        account.clock.advance(3600)
        await state.dispatcher.settle(account)
        await settle()
        assert host.asked == 1


async def test_nobody_looks_at_rule_files_any_more() -> None:
    def is_watching() -> bool:
        return app.fixtures.watching

    async with run_server(reload=True) as app:
        async with asyncio.timeout(10):
            while not is_watching():
                await asyncio.sleep(0)
    assert not is_watching()
    own = {asyncio.current_task()}
    assert not [task for task in asyncio.all_tasks() - own if "watch" in repr(task.get_coro())]
