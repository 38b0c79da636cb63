"""`python -m tests.fuzz`: very many fuzzed requests against a server of its own; 1 when it did not bear them."""

import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Mapping

import click

from tests.bench.servers import StartError
from tests.fuzz.rounds import Tally, measure_held, play
from tests.fuzz.serving import FuzzedServer, run_fuzzed_server
from tests.fuzz.shots import ROUND

WARM = 400 * ROUND  # requests until all was loaded, and whatever keeps the last few things has them
REPORTED = 80 * ROUND  # requests after which the progress is printed
GROWTH = 10.0  # MB that the server may grow by once it is warm


@click.command()
@click.option("--requests", type=click.IntRange(1, 100_000_000), default=1_000_000, show_default=True)
@click.option("--seed", type=click.IntRange(0, 10**12), default=0, show_default=True, help="Of the first request; the next has the next one.")  # fmt: skip # noqa: E501
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def main(requests: int, seed: int, as_json: bool) -> None:
    """Send fuzzed requests and hold every answer, the log and the memory against what they may be."""
    if sys.platform != "linux":
        raise click.ClickException("the fuzzer needs Linux: it reads log and memory of the server there")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is ended on the way out
    click.echo(f"seeds {seed} to {seed + requests - 1}", err=True)
    try:
        with run_fuzzed_server() as server:
            figures = _play_all(server, range(seed, seed + requests))
    except StartError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(figures) if as_json else ", ".join(f"{name} {value}" for name, value in figures.items()))
    grown = figures["memory after MB"] - figures["memory before MB"]
    sys.exit(1 if figures["findings"] or grown > GROWTH else 0)


def _play_all(server: FuzzedServer, numbers: range) -> dict[str, float]:
    """Play all seeds, and sum up. A run too short to warm the server up says nothing about its memory."""
    began, peak, reported = time.perf_counter(), 0.0, set[str]()

    def after_round(tally: Tally) -> None:
        nonlocal peak
        peak = max(peak, server.server.read_resident())
        for name in tally.findings.keys() - reported:
            reported.add(name)
            click.echo(str(tally.findings[name]), err=True)
        if tally.requests % REPORTED < ROUND:
            click.echo(f"{tally.requests} requests, {time.perf_counter() - began:.0f} s", err=True)

    tallies = [play(server, numbers[:WARM], after_round)]
    _, before = measure_held(server)
    if len(numbers) > WARM:
        peak = 0.0
        tallies.append(play(server, numbers[WARM:], after_round))
    seconds = time.perf_counter() - began
    _, after = measure_held(server)
    return _sum_up(tallies, seconds, {"before": before, "peak": peak, "after": after})


def _sum_up(tallies: list[Tally], seconds: float, memory: Mapping[str, float]) -> dict[str, float]:
    statuses: Counter[str] = sum((tally.statuses for tally in tallies), Counter())
    seen: Counter[str] = sum((tally.seen for tally in tallies), Counter())
    requests = sum(tally.requests for tally in tallies)
    return {
        "requests": requests,
        "requests/s": round(requests / seconds),
        **{f"answers {status}": number for status, number in sorted(statuses.items())},
        "findings": seen.total(),
        "undocumented 5xx": _count_seen(seen, "an undocumented"),
        "tracebacks": _count_seen(seen, "logged"),
        "hangs": sum(tally.hangs for tally in tallies),
        "longest wait of a neighbour ms": round(max(tally.longest for tally in tallies) * 1000),
        **{f"memory {moment} MB": round(size, 1) for moment, size in memory.items()},
        "log lines": sum(tally.log_lines for tally in tallies),
    }


def _count_seen(seen: Counter[str], beginning: str) -> int:
    return sum(number for got, number in seen.items() if got.startswith(beginning))


if __name__ == "__main__":
    main()
