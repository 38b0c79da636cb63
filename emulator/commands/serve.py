"""serve: run the emulator until Ctrl-C or SIGTERM."""

import asyncio
import ipaddress
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

# Options that have the names of settings of the server.
_SERVER_FLAGS = ("host", "port", "reload", "tls_port", "tls_out", "tls_days", "tls_cert", "tls_key")


@click.command("serve")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one.  [default: 8080]")
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file (YAML).")
@click.option("--fixtures", type=click.Path(path_type=Path, exists=True), multiple=True, help="Rule files or folders of them, asked before the built-in ones; may be repeated.")  # fmt: skip # noqa: E501
@click.option("--profile", type=click.Choice(["fast", "documented"]), help="fast: no latency, no quotas. documented: both as the providers have them.  [default: fast]")  # fmt: skip # noqa: E501
@click.option("--state", metavar="FILE", help="Keep in a file what must outlast the process; memory keeps nothing.  [default: memory]")  # fmt: skip # noqa: E501
@click.option("--reload/--no-reload", default=None, help="Read fixtures again when their files change.  [default: reload]")  # fmt: skip # noqa: E501
@click.option("--allow-host", "hosts", metavar="NAME", multiple=True, help="A host name that the control plane answers to as well; may be repeated.")  # fmt: skip # noqa: E501
@click.option("--tls", "tls_port", metavar="PORT", type=click.IntRange(0, 65535), help="One more port, with TLS; 0 takes a free one.  [default: none]")  # fmt: skip # noqa: E501
@click.option("--tls-out", metavar="FOLDER", type=click.Path(file_okay=False), help="Write what clients of the TLS port have to trust: ca.pem, bundle.pem, trust.p12.")  # fmt: skip # noqa: E501
@click.option("--tls-days", metavar="N", type=click.IntRange(1, 800), help="How many days its certificate holds.  [default: 90]")  # fmt: skip # noqa: E501
@click.option("--tls-cert", metavar="FILE", type=click.Path(), help="A certificate of your own, followed by those of its authorities.")  # fmt: skip # noqa: E501
@click.option("--tls-key", metavar="FILE", type=click.Path(), help="The private key of that certificate.")  # fmt: skip
@click.option("--verbose/--quiet", default=None, help="Tell each call, push and change in a line on standard error, or none; warnings are told in any case.  [default: by server.log, if standard error is a terminal]")  # fmt: skip # noqa: E501
def command(config: Path | None, verbose: bool | None, **given: Any) -> None:
    """Run the emulator until Ctrl-C.

    Settings come from flags, then MODERATION_EMULATOR_* variables (server.port is MODERATION_EMULATOR_SERVER__PORT),
    then the configuration file, then the profile. When calls are taken, one line on standard output tells the URL;
    with --tls, a second one tells that of the TLS port.
    """
    from emulator import building, log, server
    from emulator.app.state_file import open_state
    from emulator.config.load import load_settings
    from emulator.discovery import collect_provided_settings, find_providers
    from emulator.http.port import NoPort
    from emulator.process import choose_loop_factory, fill_descriptors
    from emulator.state.store.row import StateInUse, StateUnusable

    fill_descriptors()
    writer = log.start_logging()
    providers = find_providers()
    flags = _build_flags(given)
    settings = load_settings(config, flags, os.environ, collect_provided_settings(providers.values()))
    log_form = log.choose_form(settings.server.log, verbose)
    writer.start("json" if settings.server.log == "json" else "text")
    try:
        app = building.build(settings, providers, open_state(settings, providers))
        if log_form != "off":
            server.log_events(app, writer)
        _warn_if_open(settings)
        with asyncio.Runner(loop_factory=choose_loop_factory(settings.server.loop)) as runner:
            runner.run(server.serve(app, lambda url, tls_url: _announce(url, tls_url, settings)))
    except NoPort as error:
        _fail(f"Cannot listen on {settings.server.host}:{error.port}: {error}.", 3)
    except StateUnusable as unusable:
        _fail(f"Cannot keep the state in {settings.state}: {unusable}.", 3 if isinstance(unusable, StateInUse) else 2)


def _fail(text: str, code: int) -> None:
    """End the process with a sentence. Standard error may be closed."""
    with suppress(OSError):
        click.echo(text, err=True)
    sys.exit(code)


def _warn_if_open(settings: Any) -> None:
    if not _is_loopback(settings.server.host):
        danger = "call it" if settings.control_token else "call and steer it; control.token lets only you steer"
        logging.warning("listening on %s: everybody on this network can %s.", settings.server.host, danger)


def _build_flags(given: Mapping[str, Any]) -> dict[str, Any]:
    flags: dict[str, Any] = {}
    server = {key: given[key] for key in _SERVER_FLAGS if given[key] is not None}
    if server:
        flags["server"] = server
    if given["fixtures"]:
        flags["fixtures"] = [str(path) for path in given["fixtures"]]
    flags |= {key: given[key] for key in ("profile", "state") if given[key]}
    if given["hosts"]:
        flags["control"] = {"hosts": list(given["hosts"])}
    return flags


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _announce(url: str, tls_url: str, settings: Any) -> None:
    """Print where the server listens. It serves even if standard output cannot be written."""
    try:
        print(f"Listening on {url}", *([f"Listening on {tls_url}"] if tls_url else []), sep="\n", flush=True)
        if sys.stdout is not None and sys.stdout.isatty():
            _print_hints(url, settings)
    except OSError as error:
        logging.warning("standard output cannot be written: %s; listening on %s", error.strerror, url)


def _print_hints(url: str, settings: Any) -> None:
    from emulator.command_name import find_command
    from emulator.discovery import collect_credential_kinds, find_providers
    from emulator.server import WILDCARDS

    providers = find_providers().values()
    for name, kind in collect_credential_kinds(providers).items():
        plain = ", ".join(f"{key} {value}" for key, value in kind.default.items() if isinstance(value, str))
        click.echo(f"Credentials of {name}: {plain}")
    example = next(provider.example for provider in providers if provider.example)
    click.echo(f"Try:  curl -s {url}{example}")
    if settings.server.host in WILDCARDS:
        click.echo(f"{settings.server.host} stands for every address of this machine; this is one that works here")
    click.echo(f"Keys: {find_command()} env --shell   ·   Ctrl-C ends it")
    click.echo(f"Profile {settings.profile}; fixtures from {', '.join(map(str, settings.fixtures))}")
