"""Runs a command beside an emulator that it need not know of: its calls to real hosts lead there."""

import asyncio
import logging
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from emulator import clients
from emulator.app import App
from emulator.http.proxy import Proxy, Stopped
from emulator.net.fates import Fates
from emulator.net.upstream import Upstream, read_upstream
from emulator.probe import NoAnswer, ask
from emulator.process import BY_SIGNAL
from emulator.reroute import Reroute, build_variables, write_files
from emulator.server import Emulator

NOT_FOUND, NOT_EXECUTABLE = 127, 126  # exit codes, as a shell has them
_UPSTREAMS = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
_TIMEOUT = 5.0  # seconds

log = logging.getLogger("emulator")


class Wishes(NamedTuple):
    """What shall be run, and how.

    command: The command and its arguments.
    emulated: More names that lead to the emulator.
    allowed: Names that may be called although they are real services; `*` stands for one label.
    preload: Whether the command's Python, Node and PHP run code of ours before their own.
    """

    command: Sequence[str]
    emulated: Sequence[str] = ()
    allowed: Sequence[str] = ()
    preload: bool = True


class Ended(NamedTuple):
    """How a command ended: its exit code, and the real services whose calls were stopped, each with its client."""

    code: int
    stopped: Mapping[str, str]


async def execute(app: App, wishes: Wishes, environment: Mapping[str, str]) -> Ended:
    """Run a command until it ends; neither its children nor calls that hang are waited for. Raises NoPort, Problems.

    The settings of the application have a TLS port and a folder for the files of this command.
    """
    emulator, stopped = Emulator(app), list[Stopped]()
    hosts = (*(host for provider in app.providers.values() for host in provider.hosts), *wishes.emulated)
    metadata = {name for vendor in clients.load_clients() for name in vendor.metadata}
    refused = clients.list_real_hosts()
    fates = Fates(hosts, refused, wishes.allowed)
    url = await emulator.start()
    server = app.initial_settings.server
    assert app.certificate is not None  # noqa: S101 - the settings have a TLS port
    assert server.tls_out is not None  # noqa: S101
    assert app.tls_port is not None  # noqa: S101
    upstream = _read_upstream(environment)
    proxy = Proxy(fates.decide, emulator.make_connection, app.certificate.context, stopped.append, upstream)
    try:
        reroute = Reroute(
            *(url, await proxy.start(), app.tls_port, app.port, hosts, refused, tuple(wishes.allowed)),
            trust=Path(server.tls_out),
            preload=wishes.preload,
        )
        code = await _run(wishes.command, await asyncio.to_thread(_prepare, app, reroute, environment))
    finally:
        await proxy.close()
        await emulator.stop(drain=0)
    return Ended(code, _list_stopped(reroute, stopped, metadata))


def _prepare(app: App, reroute: Reroute, environment: Mapping[str, str]) -> dict[str, str]:
    """Write the files of the command, and return its environment; of what `env` tells, that which it does not have."""
    write_files(environment, reroute)
    told: dict[str, str] = {}
    with suppress(NoAnswer):
        account = ask(reroute.url, "accounts/default", _TIMEOUT, app.initial_settings.control_token).data
        told = clients.build_variables(account, reroute.url)
    return {**told, **build_variables(environment, reroute)}


def _read_upstream(environment: Mapping[str, str]) -> Upstream | None:
    """Return the proxy that the user had already, by which calls go out that are led through."""
    given = next((environment[name] for name in _UPSTREAMS if environment.get(name)), "")
    try:
        return read_upstream(given) if given else None
    except ValueError as error:
        log.warning("%s; calls that are led through go out without it", error)
        return None


async def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command and return its exit code, as a shell would tell it."""
    found = shutil.which(command[0], path=environment.get("PATH")) or command[0]
    started: list[subprocess.Popen[bytes]] = []
    _pass_on_signals(started)
    try:
        # uvloop's own subprocesses keep copies of our streams open, and whoever reads our output would wait for them.
        # The command gets the descriptors that we were given beside the usual ones, as `<(...)` of a shell.
        started.append(subprocess.Popen([found, *command[1:]], env=environment, close_fds=False))  # noqa: S603
    except FileNotFoundError:
        log.error("%s: command not found", command[0])
        return NOT_FOUND
    except OSError as error:
        log.error("%s: %s", command[0], str(error.strerror).lower())
        return NOT_EXECUTABLE
    code = await asyncio.to_thread(started[0].wait)
    return code if code >= 0 else BY_SIGNAL - code


def _pass_on_signals(started: Sequence[subprocess.Popen[bytes]]) -> None:
    """Have signals that end reach the commands that were started.

    A terminal sends Ctrl-C to them as well, so it is left to that.
    """
    loop = asyncio.get_running_loop()

    def pass_on(number: int) -> None:
        for process in started:
            process.send_signal(number)

    try:
        loop.add_signal_handler(signal.SIGINT, lambda: None)
    except NotImplementedError:  # the loop of Windows, where nobody sends the others
        signal.signal(signal.SIGINT, lambda *_: None)
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, pass_on, number)


def _list_stopped(reroute: Reroute, stopped: Sequence[Stopped], metadata: set[str]) -> dict[str, str]:
    """Return the real services that were called, by the proxy or, without their clients, by the preloads."""
    noted = reroute.stopped.read_text(encoding="utf-8", errors="replace").split() if reroute.stopped.exists() else []
    found = dict.fromkeys(noted, "") | {each.host: each.user_agent for each in stopped}
    return {host: client for host, client in found.items() if host not in metadata}
