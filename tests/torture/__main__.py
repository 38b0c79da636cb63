"""`python -m tests.torture`: every attack that was found, each on a server of its own, beside a neighbour who waits."""

import json
import os
import signal
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click

from tests.bench.rounds import QUIET
from tests.bench.servers import StartError, choose_cores, running, running_emulator
from tests.torture import (
    codecs,
    costly_bodies,
    frames,
    logs,
    memory,
    pages,
    receivers,
    secrets_kept,
    slow_clients,
    small,
    streams,
    watching,
    words,
)
from tests.torture.attack import Attack
from tests.torture.neighbour import Sight, run_neighbour
from tests.torture.row import GOAL, HEAD, Row
from tests.torture.siege import Siege

FAMILIES = (
    *(
        pages,
        receivers,
        memory,
        words,
        frames,
        watching,
        codecs,
        logs,
        secrets_kept,
        streams,
        small,
        costly_bodies,
        slow_clients,
    ),
)
ATTACKS = [attack for family in FAMILIES for attack in family.ATTACKS]
PLAIN = 500  # milliseconds that are nobody's fault but the server's; less is tried again when others were busy
LIMIT, TOTAL, USUAL = 60, 15 * 60, 15  # seconds for one attack at most, for all, and for one as a rule
MOST = 3 * 2**30  # bytes of data that a server may take before the machine is in danger
SETTLED = 0.7  # seconds until what is no longer needed is given back


class OutOfTimeError(Exception):
    """An attack lasted too long."""


@click.command()
@click.option("--only", metavar="NAME", multiple=True, help="Only attacks whose name begins so; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def main(only: tuple[str, ...], as_json: bool) -> None:
    """Play every attack and print what a neighbour waited; 1 when a server died, or did what it never may."""
    if sys.platform != "linux":
        raise click.ClickException("this needs Linux: it reads memory of the server there")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))  # so that the servers are ended on the way out
    signal.signal(signal.SIGALRM, _raise_out_of_time)
    os.sched_setaffinity(0, choose_cores()[1])
    idle = _watch_idle_server()
    click.echo(f"an idle neighbour waits {idle.usual:.1f} ms, at most {idle.longest:.1f} ms", err=as_json)
    click.echo(HEAD, err=as_json)
    chosen = [each for each in ATTACKS if not only or each.name.startswith(only)]
    rows, end = [], time.monotonic() + TOTAL
    for left, attack in zip(reversed(range(len(chosen))), chosen, strict=True):
        if time.monotonic() > end:
            click.echo(f"{attack.name:46}not played: the time for all is over", err=as_json)
            continue
        row = _play(attack)
        if GOAL < row.wait < PLAIN and row.others > QUIET and time.monotonic() + left * USUAL < end:
            row = min(row, _play(attack), key=lambda each: each.wait)
        rows.append(row)
        click.echo(rows[-1], err=as_json)
    if as_json:
        click.echo(json.dumps({"idle": asdict(idle), "rows": [asdict(row) for row in rows]}, indent=2))
    bad, met = [row for row in rows if row.faults], sum(row.met for row in rows)
    click.echo(f"~ other processes kept more than {QUIET} CPU busy meanwhile, so the wait may be theirs", err=as_json)
    click.echo(f"{len(rows)} attacks, {met} within {GOAL} ms; {len(bad)} did what must never happen", err=as_json)
    sys.exit(1 if bad else 0)


def _raise_out_of_time(*_: object) -> NoReturn:
    raise OutOfTimeError


def _watch_idle_server() -> Sight:
    with running_emulator(loop="auto") as server, run_neighbour(server) as watch:
        time.sleep(3)
    return watch.sight


def _play(attack: Attack) -> Row:
    row = Row(attack.name)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        os.environ["XDG_STATE_HOME"] = str(folder)  # where the servers keep what they made
        attack.prepare(folder)
        rules = [str(folder / "fixtures")] if (folder / "fixtures").exists() else []
        config = folder / "config.json"
        config.write_text(json.dumps({"fixtures": rules, **attack.settings}))
        try:
            with running([*attack.command, "--config", str(config)], {}) as server:
                siege = Siege(server, folder)
                _play_beside_neighbour(attack, siege, row)
        except StartError as error:
            row.faults = (*row.faults, str(error).strip().rpartition("\n")[2])
    return row


def _play_beside_neighbour(attack: Attack, siege: Siege, row: Row) -> None:
    """Fill the row. What ends with the server is looked at while it still runs."""
    import resource  # which Windows lacks

    server = siege.server
    resource.prlimit(server.pid, resource.RLIMIT_DATA, (MOST, MOST))
    try:
        with run_neighbour(server) as watch:
            time.sleep(SETTLED)
            row.before = server.read_resident()
            server.reset_peak()
            begun = server.read()
            _play_within_time(attack, siege)
            time.sleep(SETTLED)
            if server.process.poll() is None:
                spent = server.read().subtract(begun)
                row.seconds, row.others = spent.wall, spent.others
                row.peak, row.after = server.read_peak(), server.read_resident()
    finally:
        _assess(siege, row)
    if siege.over:  # and the neighbour waited for a server that went away
        return
    row.wait, row.late = watch.sight.longest, watch.sight.late
    if watch.sight.lost:
        row.verdict += f"; the neighbour got no answer {watch.sight.lost} times"


def _play_within_time(attack: Attack, siege: Siege) -> None:
    signal.alarm(LIMIT)
    try:
        attack.play(siege)
    except OutOfTimeError:
        siege.note(f"not over in {LIMIT} s")
    except OSError as error:
        siege.note(f"broken off: {error}")
    finally:
        signal.alarm(0)
        siege.close()


def _assess(siege: Siege, row: Row) -> None:
    said = siege.server.read_output()
    ended = siege.server.process.poll()
    siege.fail_if(ended is not None and not siege.over, f"the server ended with {ended}")
    siege.fail_if("Traceback (most recent call last)" in said, "a traceback was logged")
    bad = sum(count for status, count in siege.statuses.items() if status >= 500)
    siege.fail_if(bad > 0, f"{bad} answers are 5xx")
    row.calls, row.sent, row.lines = siege.calls, siege.bytes / 1e6, max(0, said.count("\n") - 1)
    row.verdict, row.faults = siege.render_verdict(), tuple(siege.faults)


if __name__ == "__main__":
    main()
