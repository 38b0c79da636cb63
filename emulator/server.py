"""Builds the application and runs it. No other module puts its parts together."""

import asyncio
import ctypes
import logging
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from emulator import masking, schemas
from emulator.app import App
from emulator.app.accounts import build_accounts
from emulator.config.model import Settings
from emulator.control import PREFIX
from emulator.discovery import collect_credential_kinds, find_faults
from emulator.fake.ids import Ids
from emulator.http.control.index import list_fetchable_paths
from emulator.http.control_api import ControlApi
from emulator.http.port import NoPort, explain_failure
from emulator.http.provider_api import ProviderApi
from emulator.http.server import HttpServer
from emulator.log.writer import Writer
from emulator.net.egress import Egress
from emulator.provider import Provider
from emulator.reports.call_log import CallLog
from emulator.resources import budgets
from emulator.rules.codes import Codes
from emulator.rules.engine import RuleEngine
from emulator.rules.files import Fixtures
from emulator.rules.magic_words import MagicWordReader
from emulator.rules.parse_match import RuleNames
from emulator.state import State
from emulator.state.callbacks.dispatcher import Dispatcher
from emulator.state.events import Events
from emulator.state.journal import Journal
from emulator.state.store.memory import MemoryStore
from emulator.types import WireRequest, WireResponse

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - an address that means all, and an address to call
_DRAIN = 2.0  # seconds in which calls under way may end; a container is killed after ten
_ARENA_MAX = -8  # the number of a parameter of glibc's mallopt
_SWITCH = 0.001  # seconds after which a thread with long work lets the event loop go on

log = logging.getLogger("emulator")


def build(settings: Settings, providers: Mapping[str, Provider]) -> App:
    """Return the application. Raises Problems for bad accounts or fixtures, and for missing schemas."""
    for provider in providers.values():
        schemas.require_schemas(provider.name, provider.operations)
        masking.add_endings(provider.secret_names)
    ids = Ids(settings.seed)
    faults = find_faults()
    room = budgets.make_budgets()
    accounts = build_accounts(settings, collect_credential_kinds(providers.values()), ids, room)
    events = Events()
    egress = Egress(settings.callbacks.allow, private=True, connections=(0, 0))
    dispatcher = Dispatcher(settings.callbacks, egress, events, {name: p.paces for name, p in providers.items()})
    codes = Codes({name: provider.errors.table for name, provider in providers.items()})
    callback_modes = {name: provider.callback_modes for name, provider in providers.items()}
    reader = MagicWordReader(codes, faults, settings.thresholds, callback_modes)
    rule_engine = RuleEngine(ids.draw_between, reader, room.rules)
    fetchable = list_fetchable_paths(providers.values())
    state = State(
        settings=settings,
        budgets=room,
        accounts=accounts,
        rule_engine=rule_engine,
        ids=ids,
        egress=Egress(settings.images.allow, private=settings.images.private, open_paths=fetchable),
        dispatcher=dispatcher,
        store=MemoryStore(dispatcher),
        events=events,
        unattributed=Journal(settings.journal_size, room.journal),
    )
    rule_names = RuleNames(
        operations={name: list(provider.operations) for name, provider in providers.items()},
        codes=codes,
        faults={fault.name: fault.parameters for fault in faults.values()},
        account=lambda name: found.id if (found := accounts.find(name)) else None,
        thresholds=settings.thresholds,
    )
    fixtures = Fixtures(settings.fixtures, rule_engine, accounts.default.clock.wall, events.publish)
    fixtures.load(rule_names)
    return App(state, providers, faults, rule_names, fixtures, settings, started=time.time())


def log_events(app: App, writer: Writer) -> None:
    """Write everything that happens to the log from now on."""
    wall = app.state.accounts.default.clock.wall
    app.state.events.listen(CallLog(app.state, writer, wall).log_event)


class Emulator:
    """A running emulator. The control API and the provider API share one port."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.control = ControlApi(app)
        self._provider_api = ProviderApi(app.providers.values(), app.state)
        self._http = HttpServer(self._answer, self._unreadable, app.faults, app.state.budgets.requests)
        self._watch: asyncio.Task[None] | None = None

    def _answer(self, request: WireRequest) -> Awaitable[WireResponse]:
        side = self.control if request.target.startswith(PREFIX) else self._provider_api
        return side.answer(request)

    def _unreadable(self, request: WireRequest, status: int) -> WireResponse:
        side = self.control if request.target.startswith(PREFIX) else self._provider_api
        return side.answer_unreadable(request, status)

    async def start(self) -> str:
        """Listen on the host and port of the settings, and return the URL to call. Raises NoPort."""
        server = self.app.state.settings.server
        try:
            host, port = await self._http.start(server.host, server.port)
        except OSError as error:
            raise NoPort(explain_failure(error)) from None
        self.app.port = port
        asyncio.get_running_loop().run_in_executor(None, schemas.preload)
        if server.reload:
            self._watch = asyncio.create_task(self.app.fixtures.watch(lambda: self.app.rule_names))
        host = WILDCARDS.get(host, host)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def make_connection(self) -> asyncio.Protocol:
        """Return the protocol that serves a connection which somebody else accepted, as a proxy does."""
        return self._http.make_connection()

    async def stop(self) -> None:
        """Let the calls under way end, then close. Meanwhile `health` says that this server is about to stop.

        Callbacks that are still to be pushed are given up.
        """
        self.app.draining = True
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        await self._provider_api.drain(_DRAIN)
        self._warn_of_pending()
        await self.app.state.dispatcher.close()
        await self._http.stop()
        await self.app.state.egress.close()

    def _warn_of_pending(self) -> None:
        """Log how many callbacks will not be pushed any more."""
        pending = sum(account.outbox.pending for account in self.app.state.accounts)
        if pending:
            log.warning("stopped with %d callback%s still to be pushed", pending, "s" if pending > 1 else "")


async def serve(app: App, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP. Call `ready` with the URL once calls are accepted. Raises NoPort."""
    sys.setswitchinterval(_SWITCH)
    _limit_arenas()
    emulator = Emulator(app)
    stopped = asyncio.Event()
    _handle_signals(asyncio.get_running_loop(), stopped)
    ready(await emulator.start())
    try:
        await stopped.wait()
    finally:
        await emulator.stop()


def _limit_arenas() -> None:
    """Have all threads take memory from one arena of glibc. Each arena would keep the most that it ever held."""
    if sys.platform == "linux":
        with suppress(AttributeError):  # another C library than glibc
            ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def _handle_signals(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    """Set `stopped` when the process is asked to end, or its terminal is closed. A second Ctrl-C ends it at once."""

    def stop() -> None:
        stopped.set()
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    numbers = [signal.SIGTERM, signal.SIGINT]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup ignores SIGHUP
        numbers.append(signal.SIGHUP)
    for number in numbers:
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
