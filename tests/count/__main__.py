"""`python -m tests.count`: the instructions that one call costs, in this tree and in an older one, as valgrind counts.

A count hardly changes from run to run, whatever else the machine does, so it shows what no stopwatch can: one per cent.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from tests.bench.signed import Form, sign_asyncscan, sign_in_query
from tests.bench.uploads import encode_upload
from tests.count.driver import write_requests

ROOT = Path(__file__).parents[2]
DRIVER = Path(__file__).with_name("driver.py")
COUNTED = ("emulator", "fixtures", "schemas")
HOST = "127.0.0.1:8080"
GOAL = 1.03
# Counts instructions as callgrind does, in half the time; without a simulated cache it keeps no other figures.
VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
REFERENCES = re.compile(r"I +refs: +([\d,]+)")


@dataclass(frozen=True)
class Kind:
    """A kind of call.

    name: As the table calls it.
    form: Makes the bytes of a request for a host and the address of a picture.
    way: The way it takes through the server: `connection` or `handler`.
    few: How many are played in the short run.
    many: How many are played in the long run.
    """

    name: str
    form: Form
    way: str
    few: int = 300
    many: int = 1300


KINDS = (
    Kind("signed ScanImage, handler alone", sign_in_query, "handler"),
    Kind("signed ScanImage, connection and handler", sign_in_query, "connection"),
    Kind("asyncscan of 1 task", lambda host, url: sign_asyncscan(host, url, 1), "connection"),
    Kind("WeChat upload of 30 KiB", encode_upload, "connection", 50, 250),
)


@dataclass(frozen=True)
class Row:
    """Instructions per call in the older tree and in this one."""

    call: str
    before: float
    after: float

    @property
    def ratio(self) -> float:
        return self.after / self.before


@click.command()
@click.option("--against", metavar="REV", help="The older tree.  [default: HEAD when something changed, else HEAD~1]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def main(against: str | None, as_json: bool) -> None:
    """Count the instructions of one call, before and after; never pass or fail."""
    if shutil.which("valgrind") is None:
        raise click.ClickException("valgrind counts the instructions and is not installed: apt-get install valgrind")
    against = against or ("HEAD" if _run_git("status", "--porcelain", "--", *COUNTED) else "HEAD~1")
    with tempfile.TemporaryDirectory() as scratch:
        older = Path(scratch) / "older"
        _unpack(against, older)
        rows = _count_rows(older, Path(scratch))
    found = {"against": _run_git("rev-parse", "--short", against), "goal": GOAL}
    if as_json:
        click.echo(json.dumps({**found, "rows": [{**asdict(row), "ratio": row.ratio} for row in rows]}, indent=2))
        return
    click.echo(f"{'instructions per call':44}{'before':>12}{'after':>12}{'ratio':>8}  goal")
    for row in rows:
        click.echo(f"{row.call:44}{row.before:12,.0f}{row.after:12,.0f}{row.ratio:8.3f}  at most {GOAL}")
    click.echo(f"before is {found['against']}, after is the tree as it lies here")


def _run_git(*words: str) -> str:
    done = subprocess.run(["git", *words], check=False, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise click.ClickException(f"git {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip()


def _unpack(revision: str, folder: Path) -> None:
    """Write what is counted, as it was in that revision."""
    folder.mkdir()
    archive = folder.with_suffix(".zip")
    _run_git("archive", f"--output={archive}", revision, *COUNTED)
    shutil.unpack_archive(archive, folder)


def _count_rows(older: Path, scratch: Path) -> list[Row]:
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        begun = []
        for number, kind in enumerate(KINDS):
            requests = scratch / f"{number}.requests"
            moment = time.time()
            write_requests(
                requests, [kind.form(HOST, f"https://pictures.example.com/{n:08}.jpg") for n in range(kind.many)]
            )
            begun.append([pool.submit(_count_per_call, tree, kind, requests, moment) for tree in (older, ROOT)])
        return [Row(kind.name, *(tree.result() for tree in trees)) for kind, trees in zip(KINDS, begun, strict=True)]


def _count_per_call(tree: Path, kind: Kind, requests: Path, moment: float) -> float:
    """Instructions of one call: starting, and the calls until all is warm, stand in both runs and fall out."""
    play = [sys.executable, str(DRIVER), str(requests), kind.way]
    _run(tree, [*play, str(kind.few), str(moment)])  # compiles the sources, and proves that the answers are right
    few, many = (_count(tree, [*play, str(calls), str(moment)]) for calls in (kind.few, kind.many))
    return (many - few) / (kind.many - kind.few)


def _count(tree: Path, command: list[str]) -> int:
    output = _run(tree, [*VALGRIND, *command])
    found = REFERENCES.search(output)
    if found is None:
        raise click.ClickException(f"valgrind counted nothing:\n{output[-2000:]}")
    return int(found[1].replace(",", ""))


def _run(tree: Path, command: list[str]) -> str:
    """Return what it said on standard error."""
    own = {"PYTHONPATH": str(tree), "PYTHONHASHSEED": "0", "PATH": os.environ["PATH"]}
    done = subprocess.run(command, check=False, cwd=tree, env=own, capture_output=True, text=True)
    if done.returncode:
        raise click.ClickException(
            f"{' '.join(command)} in {tree} ended with {done.returncode}:\n{done.stderr[-2000:]}"
        )
    return done.stderr


if __name__ == "__main__":
    main()
