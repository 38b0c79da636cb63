"""Builds the application and runs it. No other module puts its parts together."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from emulator import masking, schemas
from emulator.app import App
from emulator.app.accounts import build_accounts
from emulator.app.tls import provide_certificate, write_trust_files
from emulator.config.model import Server, Settings
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
from emulator.process import favour_loop, handle_signals, limit_arenas
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
from emulator.types import Problems, WireRequest, WireResponse

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - an address that means all, and an address to call
_DRAIN = 2.0  # seconds in which calls under way may end; a container is killed after ten

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
    """A running emulator. The control API and the provider API share each port.

    `tls_url` is where it answers with TLS; empty without such a port.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.tls_url = ""
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
        """Listen on the host and ports of the settings, and return the URL to call.

        Raises NoPort, and Problems if there is no certificate, or if its trust files cannot be written.
        """
        app, server = self.app, self.app.state.settings.server
        provide_certificate(app)
        try:
            host = await self._listen(server)
            write_trust_files(app)  # before the first call is answered, and never if another server has the port
        except (NoPort, Problems):
            await self._http.stop()
            raise
        asyncio.get_running_loop().run_in_executor(None, schemas.preload)
        if server.reload:
            self._watch = asyncio.create_task(app.fixtures.watch(lambda: app.rule_names))
        host = WILDCARDS.get(host, host)
        address = f"[{host}]" if ":" in host else host
        self.tls_url = f"https://{address}:{app.tls_port}" if app.tls_port else ""
        return f"http://{address}:{app.port}"

    async def _listen(self, server: Server) -> str:
        """Listen with TLS where that is wanted, then without; return the address really taken. Raises NoPort."""
        wanted, option = server.tls_port or 0, "--tls 8443"
        try:
            if self.app.certificate is not None:
                self.app.tls_port = await self._http.start_tls(server.host, wanted, self.app.certificate.context)
            wanted, option = server.port, "--port 8080"
            host, self.app.port = await self._http.start(server.host, wanted)
        except OSError as error:
            raise NoPort(wanted, explain_failure(error, option)) from None
        return host

    def make_connection(self) -> asyncio.Protocol:
        """Return the protocol that serves a connection which somebody else accepted, as a proxy does."""
        return self._http.make_connection()

    async def stop(self, drain: float = _DRAIN) -> None:
        """Let the calls under way end, for `drain` seconds, then close; at once without any.

        Meanwhile `health` says that this server is about to stop. Callbacks that are still to be pushed are given up.
        """
        self.app.draining = True
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        await self._provider_api.drain(drain)
        self._warn_of_pending()
        await self.app.state.dispatcher.close()
        if not drain:
            self._http.abort()
        await self._http.stop()
        await self.app.state.egress.close()

    def _warn_of_pending(self) -> None:
        """Log how many callbacks will not be pushed any more."""
        pending = sum(account.outbox.pending for account in self.app.state.accounts)
        if pending:
            log.warning("stopped with %d callback%s still to be pushed", pending, "s" if pending > 1 else "")


async def serve(app: App, ready: Callable[[str, str], None]) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP. Raises NoPort and Problems.

    Once calls are accepted, call `ready` with the URL, and with that of the TLS port, which is empty without one.
    """
    favour_loop()
    limit_arenas()
    emulator = Emulator(app)
    stopped = asyncio.Event()
    handle_signals(asyncio.get_running_loop(), stopped)
    url = await emulator.start()
    ready(url, emulator.tls_url)
    try:
        await stopped.wait()
    finally:
        await emulator.stop()
