"""`python -m tests.mutants`: small changes to the source, each played against the tests, which should notice.

Nothing is changed in the working tree: mutants live in copies of the checkout, one for each core.
"""

import asyncio
import hashlib
import itertools
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from tests.mutants import report
from tests.mutants.drawing import AREAS, Mutant, draw_mutants
from tests.mutants.playing import ROOT, copy, play, record
from tests.mutants.recorded import Record

PROCESSES = 2
KEPT = ROOT / "build" / "mutants"
SEEN = ("emulator", "moderation_emulator", "fixtures", "schemas", "tests")
# What drives the emulator from another process runs no line that is recorded; the rest is about other things.
LEFT_OUT = ("bench", "count", "evidence", "fuzz", "howto", "isolation", "mutants", "torture")


@click.command()
@click.option("--seed", default=1, show_default=True, help="Draws other mutants.")
@click.option("--sample", default=400, show_default=True, help="How many; the first hundred of 400 are those of 100.")
@click.option("--paths", multiple=True, metavar="GLOB", help=f"Of which files.  [default: {', '.join(AREAS)}]")
def main(seed: int, sample: int, paths: tuple[str, ...]) -> None:
    """Change a little and see who notices: exit code 0 when at least 90 % of the mutants are killed."""
    patterns = paths or [f"emulator/{pattern}" for area in AREAS.values() for pattern in area]
    files = sorted({file.relative_to(ROOT).as_posix() for pattern in patterns for file in ROOT.glob(pattern)})
    if not files:
        raise click.UsageError(f"no file is named {' or '.join(patterns)}")
    texts = {file: (ROOT / file).read_text(encoding="utf-8") for file in files}
    known = report.read_equivalent()
    mutants = draw_mutants(
        texts, seed, lambda mutant: report.compare_texts(mutant.path, texts[mutant.path], mutant.code) in known
    )
    played: list[report.Played] = []
    stopped = False
    try:
        asyncio.run(_play(list(itertools.islice(mutants, sample)), texts, played))
    except KeyboardInterrupt:
        stopped = True
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / "report.md").write_text(report.render_page(played, seed), encoding="utf-8")
    click.echo(f"{'stopped after ' if stopped else ''}{report.render_summary(played)}; see {KEPT / 'report.md'}")
    sys.exit(stopped or report.compute_rate(played) < report.GOAL)


async def _play(mutants: Sequence[Mutant], texts: Mapping[str, str], played: list[report.Played]) -> None:
    """Play all, in as many copies of the checkout as there are processes; what ended is in `played` at any moment."""
    waiting = iter(mutants)
    with tempfile.TemporaryDirectory() as scratch:
        checkouts = [copy(Path(scratch) / str(number)) for number in range(PROCESSES)]
        tests = await _load_record(checkouts[0])

        async def work(checkout: Path) -> None:
            for mutant in waiting:
                choice = tests.choose_tests(mutant.path, mutant.first, mutant.last)
                begun = time.monotonic()
                ended = await play(checkout, mutant.path, mutant.code, choice)
                change = report.compare_texts(mutant.path, texts[mutant.path], mutant.code)
                played.append(report.Played(mutant.line, change, ended, time.monotonic() - begun))
                click.echo(f"{len(played):4} of {len(mutants)}  {report.render_line(played[-1])}")

        async with asyncio.TaskGroup() as group:  # when it is stopped, it waits until all of them are
            for checkout in checkouts:
                group.create_task(work(checkout))


async def _load_record(checkout: Path) -> Record:
    """Which tests run which lines: as it was kept, when neither source nor tests have changed since."""
    folder = KEPT / "recorded"
    digest = _compute_digest(checkout)
    if not (folder / digest).exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        click.echo("all tests are played once, to see which of them run which lines")
        await record(checkout, folder, PROCESSES, [f"--ignore=tests/{name}" for name in LEFT_OUT])
        (folder / digest).touch()
    return Record(folder, ROOT)


def _compute_digest(checkout: Path) -> str:
    """Of the tests that are recorded, and of all that they could see."""
    digest = hashlib.sha256()
    left_out = tuple(f"tests/{name}/" for name in LEFT_OUT)
    for file in sorted(file for top in SEEN for file in (checkout / top).rglob("*") if file.is_file()):
        name = file.relative_to(checkout).as_posix()
        if not name.startswith(left_out) and file.suffix != ".pyc":
            digest.update(f"{name} {file.stat().st_size} ".encode() + file.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
