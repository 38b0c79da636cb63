"""The compose file of docs/: it says what the emulator says of itself."""

import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from emulator.cli import main
from emulator.commands import health, serve
from emulator.discovery import find_providers
from tests.howto.pages import DOCS, ROOT
from tests.reroute.trusted import list_trust_variables

FILE = DOCS / "compose.yaml"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"])


def read_command(verb: click.Command, arguments: list[str]) -> dict[str, Any]:
    """Return the options of a command line below main, which must be one that the command takes."""
    name, *rest = arguments
    assert name == verb.name
    return verb.make_context(name, rest, parent=main.make_context(str(main.name), [name])).params


def test_the_network_gives_the_emulator_the_names_of_all_services(services: dict[str, Any]) -> None:
    aliases = services["emulator"]["networks"]["default"]["aliases"]
    hosts = [host for provider in find_providers().values() for host in provider.hosts]
    assert sorted(aliases) == sorted(host for host in hosts if "*" not in host)


def test_the_application_trusts_what_the_emulator_writes(services: dict[str, Any]) -> None:
    command, *arguments = services["emulator"]["command"]
    assert command in PROJECT["project"]["scripts"]
    options = read_command(serve.command, arguments)
    assert (options["host"], options["port"], options["tls_port"]) == ("0.0.0.0", 80, 443)
    app = services["app"]
    assert app["environment"] == list_trust_variables(Path(options["tls_out"]))
    assert services["emulator"]["volumes"] == [f"trust:{options['tls_out']}"]
    assert app["volumes"] == [f"trust:{options['tls_out']}:ro"]


def test_the_application_starts_once_calls_are_taken(services: dict[str, Any]) -> None:
    kind, command, *arguments = services["emulator"]["healthcheck"]["test"]
    assert (kind, command) == ("CMD", services["emulator"]["command"][0])
    options = read_command(health.command, arguments)
    assert (
        options["url"] == f"http://127.0.0.1:{read_command(serve.command, services['emulator']['command'][1:])['port']}"
    )
    assert services["app"]["depends_on"] == {"emulator": {"condition": "service_healthy"}}


def test_the_image_has_what_an_installation_needs(services: dict[str, Any]) -> None:
    lines = services["emulator"]["build"]["dockerfile_inline"].splitlines()
    copied = {name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]}
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert copied == {*wheel["packages"], *wheel["force-include"], "pyproject.toml", "README.md", "LICENSE"}
