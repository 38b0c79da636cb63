"""health: report whether an emulator takes calls."""

import sys

import click

from emulator.probe import DEFAULT_URL, explain_unready

_TIMEOUT = 3.0  # seconds


@click.command("health")
@click.argument("url", envvar="EMULATOR_URL", default=DEFAULT_URL)
def command(url: str) -> None:
    """Tell whether the emulator at URL takes calls: exit code 0 if it does, 1 if not within 3 seconds.

    URL is http://127.0.0.1:8080 unless it is given, here or as EMULATOR_URL. Made for the HEALTHCHECK of a container:

    \b
    HEALTHCHECK CMD ["moderation-emulator", "health"]
    """
    if reason := explain_unready(url, _TIMEOUT):
        click.echo(reason, err=True)
        sys.exit(1)
    print("ok")
