"""wait: wait until an emulator takes calls."""

import sys
import time

import click

from emulator.probe import DEFAULT_URL, explain_unready

_TIMEOUT = 2.0  # seconds for one question: a server that hangs now may answer the next one
_PAUSE = 0.1  # seconds between two questions


@click.command("wait")
@click.argument("url", envvar="EMULATOR_URL", default=DEFAULT_URL)
@click.option(
    "--timeout",
    type=click.FloatRange(0, 86_400, min_open=True),
    default=30,
    show_default=True,
    metavar="SECONDS",
    help="When to give up.",
)
def command(url: str, timeout: float) -> None:
    """Wait until the emulator at URL takes calls: exit code 0 as soon as it does, 1 when the time is over.

    URL is http://127.0.0.1:8080 unless it is given, here or as EMULATOR_URL.

    \b
    moderation-emulator serve & moderation-emulator wait && pytest
    """
    end = time.monotonic() + timeout
    seconds = min(_TIMEOUT, timeout)
    while reason := explain_unready(url, seconds):
        seconds = min(end - time.monotonic() - _PAUSE, _TIMEOUT)
        if not seconds >= _PAUSE:  # a timeout so short would say nothing about the emulator
            click.echo(f"Waited {timeout:g} seconds: {reason}", err=True)
            sys.exit(1)
        time.sleep(_PAUSE)
    print("ok")
