"""The compose files: they say what the emulator and its image say of themselves."""

import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from emulator.cli import main
from emulator.commands import health, serve
from emulator.discovery import find_providers
from tests.howto.pages import ROOT
from tests.reroute.trusted import list_trust_variables

DEPLOY = ROOT / "deploy"
FILES = sorted(DEPLOY.glob("compose*.yaml"))


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.hosts.yaml").read_text(encoding="utf-8"))["services"])


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
    options = read_command(serve.command, services["emulator"]["command"])
    assert (options["port"], options["tls_port"]) == (80, 443)
    app = services["app"]
    assert app["environment"] == list_trust_variables(Path(options["tls_out"]))
    assert services["emulator"]["volumes"] == [f"trust:{options['tls_out']}"]
    assert app["volumes"] == [f"trust:{options['tls_out']}:ro"]


def test_the_application_starts_once_calls_are_taken(services: dict[str, Any]) -> None:
    kind, command, *arguments = services["emulator"]["healthcheck"]["test"]
    assert (kind, command) == ("CMD", "moderation-emulator")
    options = read_command(health.command, arguments)
    assert options["url"] == f"http://127.0.0.1:{read_command(serve.command, services['emulator']['command'])['port']}"
    assert services["app"]["depends_on"] == {"emulator": {"condition": "service_healthy"}}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_image_is_the_one_of_the_dockerfile_and_cannot_be_written(file: Path) -> None:
    emulator = yaml.safe_load(file.read_text(encoding="utf-8"))["services"]["emulator"]
    context = re.sub(r"\$\{\w+:-(.+)\}", r"\1", emulator["build"])
    assert (file.parent / context / "Dockerfile").exists()
    assert emulator["image"] == "moderation-emulator"
    assert emulator["read_only"] is True


def test_the_plain_one_is_reached_from_this_machine_alone() -> None:
    emulator = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]["emulator"]
    assert emulator["ports"] == ["127.0.0.1:8080:8080"]
