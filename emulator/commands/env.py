"""env: print what clients need to know, as environment variables."""

import json
import os
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from emulator.clients import build_variables, list_variables
from emulator.probe import DEFAULT_URL, NoAnswer, ask

_TIMEOUT = 5.0  # seconds


@click.command("env")
@click.option(
    "--url", envvar="EMULATOR_URL", default=DEFAULT_URL, show_default=True, help="Where the emulator listens."
)
@click.option("--account", metavar="NAME", help="One account of a running emulator: its id, name or a credential.")
@click.option("--token", envvar="MODERATION_EMULATOR_CONTROL__TOKEN", help="What that emulator has as control.token.")
@click.option("--exec", "leads", is_flag=True, help="As well, what leads Python and Node on this machine to a running serve --tls --tls-out; only what is not set so already.")  # fmt: skip # noqa: E501
@click.option("--shell", "output", flag_value="shell", help="Lines for eval: export NAME='value'.")
@click.option("--json", "output", flag_value="json", help="One JSON object.")
def command(url: str, account: str | None, token: str | None, leads: bool, output: str | None) -> None:
    """Print the URL and the credentials of an account, as the emulator at that URL tells them.

    Where none answers, they are those that the default account has unless it is configured otherwise. What only a
    running emulator knows is then left out, such as the key that it signs with.

    \b
    eval "$(moderation-emulator env --shell)"
    """
    url = url.rstrip("/")
    try:
        form = fetch_account(url, "default" if account is None else account, token)
    except click.BadParameter as error:
        if account is not None or leads:
            raise
        form = make_default_account()
        left_out = ", ".join(name for name in list_variables() if name not in build_variables(form, url))
        click.echo(f"{error.message}; {left_out} is left out, as only the emulator knows it.", err=True)
    names = build_variables(form, url)
    if leads:
        names = _keep_new({**lead(url, token), **names})
        click.echo("Python and Node are led by these; other clients need host names that lead to 127.0.0.1.", err=True)
    if output == "json":
        print(json.dumps(names, indent=2))
        return
    for name, value in names.items():
        print(f"export {name}={_quote(value)}" if output == "shell" else f"{name}={value}")


def make_default_account() -> dict[str, Any]:
    """Return the account that exists without any configuration."""
    from emulator.discovery import collect_credential_kinds, find_providers
    from emulator.state.credentials import make_default_form

    return make_default_form(collect_credential_kinds(find_providers().values()))


def fetch_account(url: str, name: str, token: str | None) -> dict[str, Any]:
    """Return the account that a running emulator knows by this name.

    Raises click.BadParameter if no emulator answers in time, or if it has no such account.
    """
    try:
        account = ask(url, f"accounts/{quote(name, safe='')}", _TIMEOUT, token).data
    except NoAnswer as error:
        raise click.BadParameter(str(error), param_hint="--url") from None
    if "id" not in account:
        raise click.BadParameter(str(account.get("error", "no emulator answers there")), param_hint="--account")
    return account


def lead(url: str, token: str | None) -> dict[str, str]:
    """Return the environment of this process, and what leads Python and Node to the emulator; write what it names.

    Raises click.UsageError where no TLS port of this machine has the files that the emulator tells of.
    """
    from emulator.clients import list_real_hosts
    from emulator.reroute import Reroute, write_files
    from emulator.reroute import build_variables as build_reroute
    from emulator.testing.rerouted import NoReroute, read_names

    info = _fetch_info(url, token)
    port, folder = info["tls_port"], info["tls_out"]
    if not (port and folder):
        raise click.UsageError(f"the emulator at {url} has no TLS port with files: serve --tls PORT --tls-out FOLDER")
    trust = Path(folder)
    try:
        hosts = tuple(read_names(port, trust / "ca.pem"))
        reroute = Reroute(url, None, port, info["port"], hosts, list_real_hosts(), (), trust)
        write_files(os.environ, reroute)
    except (NoReroute, OSError) as error:
        raise click.UsageError(f"calls are led to an emulator of this machine alone: {error}") from None
    variables = build_reroute(os.environ, reroute)
    del variables["EMULATOR_STOPPED"]  # nobody here would read it
    return variables


def _fetch_info(url: str, token: str | None) -> dict[str, Any]:
    try:
        info = ask(url, "info", _TIMEOUT, token).data
    except NoAnswer as error:
        raise click.BadParameter(str(error), param_hint="--url") from None
    return {"tls_port": None, "tls_out": None, **info}


def _keep_new(variables: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if os.environ.get(name) != value}


def _quote(value: str) -> str:
    quoted = shlex.quote(value)
    return quoted if quoted.startswith("'") else f"'{quoted}'"
