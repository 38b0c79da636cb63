"""Rules of the fixture folders: read at the start, and again when a file changes. A broken file changes nothing."""

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
from emulator.rules.parse import read_rules
from emulator.rules.parse_match import RuleNames
from emulator.rules.rule import Rule
from emulator.rules.rulebooks import Rulebook
from emulator.types import Problem, Problems

log = logging.getLogger("emulator")

_MOST = 20  # problems, or warnings, that are shown at once
_OFTEN = 0.5  # seconds between two looks at the files
_REST = 99  # looks that a pause lasts: even in a big tree, looking takes a hundredth of one core at most
_TOGETHER = 0.1  # seconds within which changes of several files are seen as one

Sleep = Callable[[float], Awaitable[object]]


class RulesReloaded(NamedTuple):
    """The rule files were read, and `rules` is how many are in force now.

    With a `problem` the rules that were read before stay in force. It is empty when all went well.
    """

    rules: int
    problem: str


class Fixtures:
    """The fixture folders, whose rules are given to the rule engine.

    folders: The folders that rules are read from.
    generation: How often all files were read without a mistake.
    loaded_at: When they were last read without a mistake, in Unix seconds.
    problems: What is wrong with the files now.
    watching: Whether changes of files are seen.
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

    def load(self, rule_names: RuleNames) -> None:
        """Read all files, and replace the rules that were read before. Raises Problems, and then changes nothing.

        A rule that is written as before keeps its id and its hits. A changed rule gets a new id and no hits.
        """
        closed = set(self._tree.unreadable)
        self._stamps = self._tree.scan()  # before reading: a file that changes meanwhile is read again
        for folder in sorted(self._tree.unreadable - closed):
            log.warning("no rules are read from %s, which must not be looked into", folder)
        with pause_garbage_collection():
            before = self._rule_engine.files
            rules = _keep_unchanged(read_rules(list(self._stamps), rule_names, self._numbers), before.rules)
            self._rule_engine.files = Rulebook(rules)
        for rule in islice((rule for rule in rules if rule.warnings and rule.id not in before.by_id), _MOST):
            log.warning("%s: %s", rule.source, "; ".join(rule.warnings))
        self.generation += 1
        self.loaded_at = self._now()
        self.problems = []

    async def reload(self, get_rule_names: Callable[[], RuleNames]) -> None:
        """Read all files as `load` does, but in a thread, so that calls are answered meanwhile. Mistakes are logged.

        `get_rule_names` returns the names that rules may use now. When thresholds change during the reading, the files
        are read again.
        """
        async with self._reading:
            before = self.problems
            try:
                thresholds = None
                while thresholds != get_rule_names().thresholds:
                    thresholds = get_rule_names().thresholds
                    await asyncio.to_thread(self.load, get_rule_names())
            except Exception as failed:
                self.problems = _list_problems(failed)
                if self.problems != before:
                    log.error("the rules read before stay: %s", self.problems[0])
                self._publish(RulesReloaded(len(self._rule_engine.files.rules), str(self.problems[0])))
                raise
            self._publish(RulesReloaded(len(self._rule_engine.files.rules), ""))
            if before:
                log.warning("the rule files are in order again and were read")

    async def watch(self, get_rule_names: Callable[[], RuleNames], sleep: Sleep = asyncio.sleep) -> None:
        """Reload whenever a rule file changes, with `get_rule_names` as `reload` takes it. Only cancelling ends it.

        When looking at the files fails, it is tried again after 1 s, then 2 s, up to a minute. Files with mistakes are
        read again after the same times, because the cause of a mistake may lie outside the files.
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
                        with suppress(Exception):  # it stands in `problems`
                            await self.reload(get_rule_names)
                        waited, unread = 0.0, _lengthen(0.0 if changed else unread)
                await sleep(pause)
                waited += pause
        finally:
            self.watching = False

    def _look(self) -> tuple[dict[Path, Stamp], float]:
        """Return the files with their stamps, and the seconds until the next look."""
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
        """Return what `GET info` and `POST rules/reload` answer about the files."""
        return {
            "dirs": [str(folder) for folder in self.folders],
            "generation": self.generation,
            "loaded_at": format_iso(self.loaded_at),
            "watching": self.watching,
            "rules": len(self._rule_engine.files.rules),
            "problems": [{"file": p.file, "line": p.line, "message": str(p)} for p in self.problems[:_MOST]],
        }


def _list_problems(failed: Exception) -> list[Problem]:
    """Return the problems that an exception stands for, whatever its type."""
    if isinstance(failed, Problems):
        return failed.found
    return [Problem("$", "rule files that can be read", f"{type(failed).__name__}: {failed}")]


def _lengthen(seconds: float) -> float:
    return min(2 * seconds, 60.0) or 1.0


def _keep_unchanged(fresh: list[Rule], before: Sequence[Rule]) -> list[Rule]:
    """Return the fresh rules, with the old object, id and hits for each rule that is written as before."""
    old: defaultdict[tuple[str, bytes], deque[Rule]] = defaultdict(deque)
    for rule in before:
        old[_make_key(rule)].append(rule)
    kept = []
    for rule in fresh:
        if same := old.get(_make_key(rule)):
            again = same.popleft()
            # These may differ by line, by the account behind a name, or by thresholds.
            again.source, again.conditions, again.outcome = rule.source, rule.conditions, rule.outcome
            again.warnings = rule.warnings
            kept.append(again)
        else:
            kept.append(rule)
    return kept


def _make_key(rule: Rule) -> tuple[str, bytes]:
    return rule.source.rpartition(":")[0], orjson.dumps(rule.form, option=orjson.OPT_SORT_KEYS)
