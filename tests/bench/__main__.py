"""`python -m tests.bench`: the emulator beside a bare aiohttp server, in figures and goals, without a verdict."""

import dataclasses
import json
import os
import platform
import signal
import sys
import tempfile
from pathlib import Path
from statistics import median

import click

from emulator import pipeline
from tests.bench.load import WrongAnswerError
from tests.bench.measures import MEASURES, Plan
from tests.bench.rounds import QUIET, Row, Side
from tests.bench.servers import StartError, choose_cores


@click.command()
@click.option(
    "--requests", type=click.IntRange(100, 50_000), default=8_000, show_default=True, help="Requests per play."
)
@click.option("--rounds", type=click.IntRange(1, 50), default=5, show_default=True, help="Interleaved rounds.")
@click.option("--only", type=click.Choice(list(MEASURES)), multiple=True, help="Only this measure; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def main(requests: int, rounds: int, only: tuple[str, ...], as_json: bool) -> None:
    """Measure the emulator beside a bare aiohttp server: ratios and CPU time, never pass or fail."""
    if sys.platform != "linux":
        raise click.ClickException("the benchmark needs Linux: it reads CPU time and memory of the server there")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended on the way out
    os.sched_setaffinity(0, choose_cores()[1])
    found: list[Side | Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in dict.fromkeys(only or MEASURES):
            click.echo(f"measuring {name} ...", err=True)
            try:
                found += MEASURES[name](Plan(requests, rounds, Path(scratch)))
            except (WrongAnswerError, StartError) as error:
                raise click.ClickException(str(error)) from error
    sides = [side for side in found if isinstance(side, Side)]
    rows = [row for row in found if isinstance(row, Row)]
    click.echo(
        _format_json(sides, rows)
        if as_json
        else "\n".join([*_render_sides(sides), *_render_summary(rows), "", *_render_conditions(sides)])
    )


def _format_json(sides: list[Side], rows: list[Row]) -> str:
    rounds = {side.name: [dataclasses.asdict(figures) for figures in side.figures] for side in sides}
    return json.dumps({"summary": [dataclasses.asdict(row) for row in rows], "rounds": rounds}, indent=2)


def _render_sides(sides: list[Side]) -> list[str]:
    if not sides:
        return []
    head = f"{'medians of the rounds':32}{'cpu us':>9}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'load us':>9}{'others':>9}"
    return [head, *map(_render_side, sides), ""]


def _render_side(side: Side) -> str:
    cells = (
        f"{side.compute_median(lambda f: f.cpu_us):9.1f}",
        f"{side.compute_median(lambda f: f.rate):9.0f}",
        f"{side.compute_median(lambda f: f.p50_ms):9.2f}",
        f"{side.compute_median(lambda f: f.p99_ms):9.2f}",
        f"{side.compute_median(lambda f: f.load_us):9.1f}",
        f"{side.compute_median(lambda f: f.others):9.2f}",
    )
    return f"{side.name:32}{''.join(cells)}"


def _render_summary(rows: list[Row]) -> list[str]:
    head = f"{'measure':52}{'figure':>11}  {'goal':10}"
    return [
        head,
        *(f"{row.measure:52}{row.figure:8.2f} {row.unit:2}  {row.goal:10}{row.note}".rstrip() for row in rows),
    ]


def _render_conditions(sides: list[Side]) -> list[str]:
    servers, load = choose_cores()
    where = "one CPU for servers and load" if servers == load else "servers on one CPU, load on another"
    way = "interpreted" if str(pipeline.__file__).endswith(".py") else "compiled"
    lines = [f"Python {platform.python_version()}, the rooms of a call {way}, {where}"]
    others = [figures.others for side in sides for figures in side.figures]
    if others:
        noisy = sum(busy > QUIET for busy in others)
        lines.append(
            f"noise: other processes used {median(others):.2f} CPU (median), {max(others):.2f} (most); {noisy} of "
            f"{len(others)} plays stayed above {QUIET}. Judge by cpu us; run again when a play stayed noisy."
        )
    return lines


if __name__ == "__main__":
    main()
