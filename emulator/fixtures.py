"""The fixture folders: read at start, and again whenever a file in them changes; a broken file changes nothing."""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from emulator import rulebook
from emulator.documents import SUFFIXES, files
from emulator.rulebook import Known
from emulator.vocabulary import Problem, Problems
from emulator.world.clock import iso
from emulator.world.verdicts.judge import Judge
from emulator.world.verdicts.rule import Rule
from emulator.world.verdicts.rulebooks import Rulebook, many_objects

log = logging.getLogger("emulator")

_MOST = 20  # problems told at once
_TOGETHER = 300  # milliseconds within which changes of several files are seen as one
_AT_LEAST = 1000  # milliseconds after which the files are looked at even so


_Stamps = frozenset[tuple[str, int, int]]


class Fixtures:
    """The rules of all `folders`. `generation` counts how often they were read well, the last time at `loaded_at`
    (Unix seconds); `problems` are what is wrong with them now.
    """

    def __init__(self, folders: Sequence[Path], judge: Judge, now: Callable[[], float]) -> None:
        self.folders = tuple(folders)
        self.generation = 0
        self.loaded_at = 0.0
        self.problems: list[Problem] = []
        self._judge = judge
        self._now = now
        self._numbers = count(1)
        self._stamps: _Stamps | None = None
        self._reading = asyncio.Lock()

    def load(self, known: Known) -> None:
        """Read all files and put their rules in the place of those before; raises Problems, and then nothing changes.

        A rule that is written as before keeps its id and its hits; a changed one begins anew.
        """
        before = _stamps(self.folders)
        try:
            with many_objects():
                rules = _kept(rulebook.read(self.folders, known, self._numbers), self._judge.files.rules)
                self._judge.files = Rulebook(rules)
        finally:
            # What changed while it was read is read again.
            self._stamps = before if _stamps(self.folders) == before else None
        self.generation += 1
        self.loaded_at = self._now()
        self.problems = []

    async def reload(self, known: Callable[[], Known]) -> None:
        """The same while calls go on being answered; what is wrong is logged as well. `known` tells the names known by
        then; thresholds that change while files are read make them be read again.
        """
        async with self._reading:
            try:
                thresholds = None
                while thresholds != known().thresholds:
                    thresholds = known().thresholds
                    await asyncio.to_thread(self.load, known())
            except Problems as problems:
                self.problems = problems.found
                log.error("the rules read before stay: %s", problems.found[0])
                raise

    async def watch(self, known: Callable[[], Known]) -> None:
        """Reload on every change of a rule file, until cancelled; `known` as `reload` takes it."""
        folders = [path for path in self.folders if path.is_dir()]
        alone = [path.absolute() for path in self.folders if not path.is_dir()]

        async def follow(places: Iterable[Path], counts: Callable[[str], bool], recursive: bool) -> None:
            async for _ in _changes_in(places, counts, recursive):
                if await asyncio.to_thread(_stamps, self.folders) != self._stamps:
                    with suppress(Problems):
                        await self.reload(known)

        try:
            await asyncio.gather(
                follow(folders, lambda path: Path(path).suffix in ("", *SUFFIXES), True),
                follow({path.parent for path in alone}, lambda path: Path(path) in alone, False),
            )
        except OSError as error:  # such as too many watches
            log.warning("changes of fixtures are not seen, POST /_emulator/rules/reload reads them: %s", error)

    def told(self) -> dict[str, Any]:
        """What `GET info` tells of them."""
        return {
            "dirs": [str(folder) for folder in self.folders],
            "generation": self.generation,
            "loaded_at": iso(self.loaded_at),
            "rules": len(self._judge.files.rules),
            "problems": [{"file": p.file, "line": p.line, "message": str(p)} for p in self.problems[:_MOST]],
        }


async def _changes_in(places: Iterable[Path], counts: Callable[[str], bool], recursive: bool) -> AsyncIterator[None]:
    """Yields once as soon as it watches, then on every change, and once a second: a file that comes and goes within
    `_TOGETHER` is no change to the watcher, but may have been read.
    """
    from watchfiles import awatch

    found = tuple(places)
    if not found:
        return
    changes = awatch(
        *found,
        watch_filter=lambda _, path: counts(path),
        debounce=_TOGETHER,
        recursive=recursive,
        rust_timeout=_AT_LEAST,
        yield_on_timeout=True,
    )
    first = asyncio.ensure_future(anext(changes))
    try:
        await asyncio.sleep(0)  # from here on it watches
        yield
        await first
        yield
        async for _ in changes:
            yield
    finally:
        first.cancel()
        await asyncio.wait([first])


def _stamps(folders: Sequence[Path]) -> _Stamps:
    """What tells whether any file has changed."""
    found = set()
    for path in files(list(folders)):
        with suppress(OSError):
            stat = path.stat()
            found.add((str(path), stat.st_mtime_ns, stat.st_size))
    return frozenset(found)


def _kept(fresh: list[Rule], before: Sequence[Rule]) -> list[Rule]:
    """The rules as read, but those that were there before in their old shape, with id and hits."""
    old: defaultdict[tuple[str, bytes], deque[Rule]] = defaultdict(deque)
    for rule in before:
        old[_written(rule)].append(rule)
    kept = []
    for rule in fresh:
        same = old.get(_written(rule))
        if same:
            again = same.popleft()
            # What follows from its line, from the account behind a name, and from the thresholds.
            again.source, again.conditions, again.outcome = rule.source, rule.conditions, rule.outcome
            kept.append(again)
        else:
            kept.append(rule)
    return kept


def _written(rule: Rule) -> tuple[str, bytes]:
    return rule.source.rpartition(":")[0], orjson.dumps(rule.form, option=orjson.OPT_SORT_KEYS)
