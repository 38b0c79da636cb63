"""exec: run a command whose calls to the real services reach an emulator of its own."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from emulator.execution import Ended

LEAKED = 4  # the exit code where a command succeeded, although a call to a real service was stopped
_DAYS = 2  # that the certificate holds


@click.command("exec", context_settings={"allow_interspersed_args": False})
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file (YAML) of the emulator.")
@click.option("--fixtures", type=click.Path(path_type=Path, exists=True), multiple=True, help="Rule files or folders of them; may be repeated.")  # fmt: skip # noqa: E501
@click.option("--profile", type=click.Choice(["fast", "documented"]), help="fast: no latency, no quotas. documented: both as the providers have them.  [default: fast]")  # fmt: skip # noqa: E501
@click.option("--state", metavar="FILE", help="Keep in a file what must outlast the command, whatever a variable says.")
@click.option("--emulate", "emulated", metavar="NAME", multiple=True, help="One more host name that leads to the emulator; may be repeated.")  # fmt: skip # noqa: E501
@click.option("--allow", "allowed", metavar="NAME", multiple=True, help="A real service that may be called; may be repeated.")  # fmt: skip # noqa: E501
@click.option("--no-preload", is_flag=True, help="Lead calls by variables alone, without code of ours in Python, Node and PHP.")  # fmt: skip # noqa: E501
@click.option("--leaks", type=click.Choice(["fail", "warn"]), default="fail", show_default=True, help="What becomes of a command that succeeds although it called a real service.")  # fmt: skip # noqa: E501
@click.option("--verbose", is_flag=True, help="Tell each call, push and change in a line on standard error.")
@click.argument("command_line", metavar="-- COMMAND [ARG]...", nargs=-1, required=True, type=click.UNPROCESSED)
def command(command_line: tuple[str, ...], leaks: str, verbose: bool, **given: Any) -> None:
    """Run COMMAND beside an emulator of its own, which ends with it.

    Its calls to the real services reach this emulator: it gets variables that name a proxy, certificates and, for
    Python and Node, code that leads connections. Nothing else on this machine is changed. Calls to services that are
    not emulated are stopped and told at the end; all others go where they want to.

    The exit code is that of COMMAND; 4 if it succeeded although a call was stopped, 126 and 127 as a shell has them.

    \b
    moderation-emulator exec -- pytest
    moderation-emulator exec --fixtures rules -- npm test
    """
    from emulator.http.port import NoPort
    from emulator.process import exit_by_signals, fill_descriptors
    from emulator.state.store.row import StateInUse, StateUnusable

    fill_descriptors()
    folder = Path(tempfile.gettempdir(), f"moderation-emulator-{os.urandom(8).hex()}")
    remove = partial(shutil.rmtree, folder, ignore_errors=True)
    exit_by_signals(remove)
    folder.mkdir(0o700)
    try:
        ended = _execute(command_line, str(folder), verbose, given)
    except NoPort as error:
        click.echo(f"Cannot listen on 127.0.0.1: {error}.", err=True)
        sys.exit(3)
    except StateUnusable as unusable:
        click.echo(f"Cannot keep the state in {given['state']}: {unusable}.", err=True)
        sys.exit(3 if isinstance(unusable, StateInUse) else 2)
    finally:
        remove()
    if ended.stopped:
        named = ", ".join(f"{host} ({client})" if client else host for host, client in ended.stopped.items())
        click.echo(f"moderation-emulator: calls to real services were stopped: {named}", err=True)
    sys.exit(LEAKED if ended.stopped and ended.code == 0 and leaks == "fail" else ended.code)


def _execute(command_line: tuple[str, ...], folder: str, verbose: bool, given: Mapping[str, Any]) -> "Ended":
    """Run the command beside an emulator whose files for clients lie in `folder`. Raises NoPort and Problems."""
    from emulator import building, log, server
    from emulator.app.state_file import open_state
    from emulator.config.load import load_settings
    from emulator.discovery import collect_provided_settings, find_providers
    from emulator.execution import Wishes, execute
    from emulator.process import choose_loop_factory, favour_loop

    writer = log.start_logging()
    providers = find_providers()
    flags = _build_flags(given, folder)
    settings = load_settings(given["config"], flags, os.environ, collect_provided_settings(providers.values()))
    # What the command writes to a terminal is not mixed with lines of ours, unless they are asked for.
    form = log.choose_form("off" if settings.server.log == "auto" else settings.server.log, verbose or None)
    writer.start("json" if settings.server.log == "json" else "text")
    app = building.build(settings, providers, open_state(settings, providers))
    if form != "off":
        server.log_events(app, writer)
    favour_loop()
    wishes = Wishes(command_line, given["emulated"], given["allowed"], not given["no_preload"])
    with asyncio.Runner(loop_factory=choose_loop_factory(settings.server.loop)) as runner:
        return runner.run(execute(app, wishes, os.environ))


def _build_flags(given: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """Return the settings of an emulator that is this command's alone."""
    from emulator.config.state import MEMORY

    listening = {"host": "127.0.0.1", "port": 0, "reload": False}
    files = {"tls_out": folder, "tls_cert": None, "tls_key": None}
    tls = {"tls_port": 0, "tls_days": _DAYS, "tls_hosts": list(given["emulated"]), **files}
    flags: dict[str, Any] = {"server": {**listening, **tls}, "state": given["state"] or MEMORY}
    if given["fixtures"]:
        flags["fixtures"] = [str(path) for path in given["fixtures"]]
    if given["profile"]:
        flags["profile"] = given["profile"]
    return flags
