"""The fixture folders: read at start, and again whenever a file in them changes; a broken file changes nothing."""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import count, islice
from pathlib import Path
from time import thread_time
from typing import Any, NamedTuple

import orjson

from emulator.documents.folders import Folders, Stamp
from emulator.encoding.iso8601 import format_iso
from emulator.resources.garbage import pause_garbage_collection
from emulator.rules.engine import RuleEngine
from emulator.rules.parse import RuleNames, read_rules
from emulator.rules.rule import Rule
from emulator.rules.rulebooks import Rulebook
from emulator.types import Problem, Problems

log = logging.getLogger("emulator")

_MOST = 20  # problems told at once
_OFTEN = 0.5  # seconds between two looks at the files
_REST = 99  # times as long as a look takes: in a big tree, looking never takes more than a hundredth of one core
_TOGETHER = 0.1  # seconds within which changes of several files are seen as one

Sleep = Callable[[float], Awaitable[object]]


class RulesReloaded(NamedTuple):
    """The rule files were read: so many `rules` hold now, or those before because of a `problem`."""

    rules: int
    problem: str


class Fixtures:
    """The rules of all `folders`. `generation` counts how often they were read well, the last time at `loaded_at`
    (Unix seconds); `problems` are what is wrong with them now; `watching` tells whether changes are seen.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        rule_engine: RuleEngine,
        now: Callable[[], float],
        publish: Callable[[RulesReloaded], None] = lambda _reloaded: None,
    ) -> None:
        self.folders = tuple(folders)
        self.generation = 0
        self.loaded_at = 0.0
        self.problems: list[Problem] = []
        self.watching = False
        self._rule_engine = rule_engine
        self._now = now
        self._publish = publish
        self._numbers = count(1)
        self._tree = Folders(folders, now)
        self._stamps: dict[Path, Stamp] = {}
        self._reading = asyncio.Lock()

    def load(self, known: RuleNames) -> None:
        """Read all files and put their rules in the place of those before; raises Problems, and then nothing changes.

        A rule that is written as before keeps its id and its hits; a changed one begins anew.
        """
        closed = set(self._tree.unreadable)
        self._stamps = self._tree.scan()  # before they are read: what changes meanwhile is read again
        for folder in sorted(self._tree.unreadable - closed):
            log.warning("no rules are read from %s, which must not be looked into", folder)
        with pause_garbage_collection():
            before = self._rule_engine.files
            rules = _keep_unchanged(read_rules(list(self._stamps), known, self._numbers), before.rules)
            self._rule_engine.files = Rulebook(rules)
        for rule in islice((rule for rule in rules if rule.warnings and rule.id not in before.by_id), _MOST):
            log.warning("%s: %s", rule.source, "; ".join(rule.warnings))
        self.generation += 1
        self.loaded_at = self._now()
        self.problems = []

    async def reload(self, known: Callable[[], RuleNames]) -> None:
        """The same while calls go on being answered; what is wrong is logged as well. `known` tells the names known by
        then; thresholds that change while files are read make them be read again.
        """
        async with self._reading:
            before = self.problems
            try:
                thresholds = None
                while thresholds != known().thresholds:
                    thresholds = known().thresholds
                    await asyncio.to_thread(self.load, known())
            except Exception as failed:
                self.problems = _list_problems(failed)
                if self.problems != before:
                    log.error("the rules read before stay: %s", self.problems[0])
                self._publish(RulesReloaded(len(self._rule_engine.files.rules), str(self.problems[0])))
                raise
            self._publish(RulesReloaded(len(self._rule_engine.files.rules), ""))
            if before:
                log.warning("the rule files are in order again and were read")

    async def watch(self, known: Callable[[], RuleNames], sleep: Sleep = asyncio.sleep) -> None:
        """Reload on every change of a rule file, until cancelled; `known` as `reload` takes it.

        Nothing else ends it. When files cannot be looked at, that is tried again after 1 s, then 2 s, up to a minute;
        so is reading files that were wrong, for what was wrong with them may have lain elsewhere.
        """
        blind = unread = waited = 0.0
        self.watching = True
        try:
            while True:
                try:
                    stamps, pause = await asyncio.to_thread(self._look)
                except Exception as failed:
                    pause = blind = _lengthen(blind)
                    self._warn_blind(failed)
                else:
                    blind = 0.0
                    self._warn_seeing()
                    changed = stamps != self._stamps
                    if changed or (self.problems and waited >= unread):
                        await sleep(_TOGETHER)
                        with suppress(Exception):  # it is told in `problems`
                            await self.reload(known)
                        waited, unread = 0.0, _lengthen(0.0 if changed else unread)
                await sleep(pause)
                waited += pause
        finally:
            self.watching = False

    def _look(self) -> tuple[dict[Path, Stamp], float]:
        """The files by their stamps, and after how many seconds to look again."""
        began = thread_time()
        stamps = self._tree.scan()
        return stamps, max(_OFTEN, _REST * (thread_time() - began))

    def _warn_blind(self, failed: Exception) -> None:
        if self.watching:
            text = "changes of rule files are not seen for now, POST /_emulator/rules/reload reads them: %s"
            log.warning(text, _list_problems(failed)[0])
        self.watching = False

    def _warn_seeing(self) -> None:
        if not self.watching:
            log.warning("changes of rule files are seen again")
        self.watching = True

    def to_dict(self) -> dict[str, Any]:
        """What `GET info` tells of them."""
        return {
            "dirs": [str(folder) for folder in self.folders],
            "generation": self.generation,
            "loaded_at": format_iso(self.loaded_at),
            "watching": self.watching,
            "rules": len(self._rule_engine.files.rules),
            "problems": [{"file": p.file, "line": p.line, "message": str(p)} for p in self.problems[:_MOST]],
        }


def _list_problems(failed: Exception) -> list[Problem]:
    """What is wrong with the files when they cannot be read, whatever the reason."""
    if isinstance(failed, Problems):
        return failed.found
    return [Problem("$", "rule files that can be read", f"{type(failed).__name__}: {failed}")]


def _lengthen(seconds: float) -> float:
    return min(2 * seconds, 60.0) or 1.0


def _keep_unchanged(fresh: list[Rule], before: Sequence[Rule]) -> list[Rule]:
    """The rules as read, but those that were there before in their old shape, with id and hits."""
    old: defaultdict[tuple[str, bytes], deque[Rule]] = defaultdict(deque)
    for rule in before:
        old[_make_key(rule)].append(rule)
    kept = []
    for rule in fresh:
        same = old.get(_make_key(rule))
        if same:
            again = same.popleft()
            # What follows from its line, from the account behind a name, and from the thresholds.
            again.source, again.conditions, again.outcome = rule.source, rule.conditions, rule.outcome
            again.warnings = rule.warnings
            kept.append(again)
        else:
            kept.append(rule)
    return kept


def _make_key(rule: Rule) -> tuple[str, bytes]:
    return rule.source.rpartition(":")[0], orjson.dumps(rule.form, option=orjson.OPT_SORT_KEYS)
