"""Runs the application: listens, answers, and ends."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from emulator import schemas
from emulator.app import App
from emulator.app.restoring import restore
from emulator.app.tls import provide_certificate, write_trust_files
from emulator.config.model import Server
from emulator.control import PREFIX
from emulator.http.control_api import ControlApi
from emulator.http.port import NoPort, explain_failure
from emulator.http.provider_api import ProviderApi
from emulator.http.server import HttpServer
from emulator.log.writer import Writer
from emulator.process import favour_loop, handle_signals, limit_arenas
from emulator.reports.call_log import CallLog
from emulator.state.store.row import StateUnusable
from emulator.types import Problems, WireRequest, WireResponse

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - an address that means all, and an address to call
_TENDING = 1.0  # seconds between two looks at how full the file of the state is
_DRAIN = 2.0  # seconds in which calls under way may end; a container is killed after ten

log = logging.getLogger("emulator")


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
        self._tasks: list[asyncio.Task[None]] = []

    def _answer(self, request: WireRequest) -> Awaitable[WireResponse]:
        side = self.control if request.target.startswith(PREFIX) else self._provider_api
        return side.answer(request)

    def _unreadable(self, request: WireRequest, status: int) -> WireResponse:
        side = self.control if request.target.startswith(PREFIX) else self._provider_api
        return side.answer_unreadable(request, status)

    async def start(self) -> str:
        """Listen on the host and ports of the settings, and return the URL to call.

        Raises NoPort; StateUnusable; Problems if there is no certificate, or if its trust files cannot be written.
        """
        app, server = self.app, self.app.state.settings.server
        try:
            provide_certificate(app)
            if app.opened is not None:
                await restore(app, app.opened)
            host = await self._listen(server)
            write_trust_files(app)  # before the first call is answered, and never if another server has the port
        except (NoPort, Problems, StateUnusable):
            await self._http.stop()
            await app.state.store.close()
            raise
        asyncio.get_running_loop().run_in_executor(None, schemas.preload)
        if server.reload:
            self._tasks.append(asyncio.create_task(app.fixtures.watch(lambda: app.rule_names)))
        if app.opened is not None:
            self._tasks.append(asyncio.create_task(self._tend_store()))
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
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._provider_api.drain(drain)
        self._warn_of_pending()
        await self.app.state.dispatcher.close()
        if not drain:
            self._http.abort()
        await self._http.stop()
        await self.app.state.egress.close()
        await self.app.state.store.close()

    async def _tend_store(self) -> None:
        """Have the file of the state kept small, until cancelled."""
        while True:
            await asyncio.sleep(_TENDING)
            self.app.state.store.tend()

    def _warn_of_pending(self) -> None:
        """Log how many callbacks will not be pushed any more."""
        pending = sum(account.outbox.pending for account in self.app.state.accounts)
        if pending:
            then = "; the next start pushes them" if self.app.opened is not None else ""
            log.warning("stopped with %d callback%s still to be pushed%s", pending, "s" if pending > 1 else "", then)


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
