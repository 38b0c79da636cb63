"""`python -m tests.durability`: many kills, with what was lost, what came twice, and how long starts took."""

import sys
import tempfile
from pathlib import Path

import click

from tests.durability.kills import kill_often


@click.command()
@click.option("--kills", default=200, show_default=True, help="How often the server is killed.")
@click.option("--seed", default=0, show_default=True, help="Makes users and moments repeat.")
def main(kills: int, seed: int) -> None:
    """Kill a server with its state in a file at random moments while users change everything that lasts."""
    with tempfile.TemporaryDirectory() as folder:

        def note(kill: int) -> None:
            if kill % 10 == 0:
                click.echo(f"{kill} kills", err=True)

        report = kill_often(Path(folder) / "state.db", kills, seed, note=note)
    for loss in report.lost:
        click.echo(loss)
    click.echo(
        f"{report.kills} kills, {report.answered} calls answered, {report.tasks} tasks: {len(report.lost)} lost, "
        f"{report.missing} callbacks missing, {report.twice} twice; slowest start {report.slowest:.2f} s"
    )
    sys.exit(1 if report.lost or report.missing or not report.answered else 0)


main()
