"""Near misses: of a call that no rule decided, the three rules that came nearest, and why they did not.

The work is bounded however many rules there are: LOOKED of them, in the order of precedence, are compared condition by
condition; of those behind, only what the index of rules finds under a fact of the call as it is, or as it might have
been meant (other case, blanks, escapes, http for https), and again no more than LOOKED.
"""

import os
from collections.abc import Iterable, Iterator
from heapq import nsmallest
from itertools import chain, islice
from typing import Any, NamedTuple

from emulator.assets import FIXTURES
from emulator.inquiry.evidence import Exhibit, of_call, of_subjects
from emulator.inquiry.nearness import Weighed, failure, keys, variants, weighed
from emulator.world import World
from emulator.world.journal import Entry
from emulator.world.pace import paced
from emulator.world.verdicts.conditions import SUBJECT_KEYS, Facts
from emulator.world.verdicts.judge import Judge
from emulator.world.verdicts.rule import Rule
from emulator.world.verdicts.rulebooks import Rulebook

LOOKED = 2_000
_BEST = 3
_SUBJECTS = 10  # pictures or texts of one call that are looked at
_FOREIGN = {"provider"}  # a rule made for another one is no near miss, unless all else holds
_SECRET = {"account"}  # one made for another account is never told
_SAMPLES = f"{FIXTURES}{os.sep}"  # rules of our own, which are told only when there is nothing else to tell


class _Miss(NamedTuple):
    """Sorts by nearness, then by precedence."""

    distance: float
    matched: int
    place: int
    rule: Rule
    exhibit: Exhibit
    weighed: Weighed


async def near_misses(entry: Entry, world: World) -> list[dict[str, Any]]:
    """[{rule, name, source, subject, matched, failed: [{key, operator, expected, got, hint}]}], the nearest first."""
    nearest: dict[str, _Miss] = {}
    exhibits = _undecided(entry)
    for exhibit in exhibits:
        async for miss in paced(_misses(exhibit, world.judge, LOOKED // len(exhibits))):
            if miss is not None and (miss.rule.id not in nearest or miss[:3] < nearest[miss.rule.id][:3]):
                nearest[miss.rule.id] = miss
    written = [miss for miss in nearest.values() if not miss.rule.source.startswith(_SAMPLES)]
    best = nsmallest(_BEST, written or nearest.values(), key=lambda miss: miss[:3])
    return [_told(miss, world.settings.images.fetch) for miss in best]


def _undecided(entry: Entry) -> list[Exhibit]:
    """What rules were asked about in vain; nothing of a call that was refused before, or decided as a whole."""
    kind, rule, _name = entry.decided_by
    subjects = list(of_subjects(entry))
    by_call_rule = kind == "rule" and all(subject[4] != rule for subject in entry.subjects)
    if entry.outcome == "refused" or by_call_rule:
        return []
    undecided = [exhibit for exhibit in subjects if exhibit.by != "rule"][:_SUBJECTS]
    return [of_call(entry), *undecided] if undecided or not subjects else []


def _misses(exhibit: Exhibit, judge: Judge, most: int) -> Iterator[_Miss | None]:
    """The rules that may be told, and None for those that may not."""
    of_call = exhibit.number is None
    seen: set[str] = set()
    for place, rule in enumerate(_candidates(exhibit.facts, judge, most)):
        if rule.before_subjects is not of_call or rule.outcome is None or rule.id in seen:
            continue
        seen.add(rule.id)
        found = weighed(rule.conditions, exhibit.facts)
        failed = keys(found.failed)
        if _SECRET.intersection(failed) or (_FOREIGN.intersection(failed) and len(found.failed) > 1):
            yield None
        else:
            spent = 0.5 if rule.remaining == 0 and found.failed else 0.0
            yield _Miss(found.distance + spent, -len(found.matched), place, rule, exhibit, found)


def _candidates(facts: Facts, judge: Judge, most: int) -> Iterator[Rule]:
    account = facts.get("account")
    control = [judge.control.book(str(account)), judge.control.book(None)]
    rules = chain(judge.control.of(str(account)), judge.files.rules)
    yield from islice(rules, most)
    if sum(len(book.rules) for book in (*control, judge.files)) > most:
        yield from _pointed_at(facts, [*control, judge.files], most)


def _pointed_at(facts: Facts, books: Iterable[Rulebook], most: int) -> Iterator[Rule]:
    """The rules that the index finds under the facts, and under each text of them read otherwise."""
    texts = [(key, fact) for key, fact in facts.items() if isinstance(fact, str) and key in SUBJECT_KEYS]
    meant = [facts, *({**facts, key: other} for key, fact in texts for other in variants(fact))]
    for each in meant:
        for book in books:
            yield from islice(book.of_calls.nearly(each), most // len(meant))
            yield from islice(book.of_subjects.nearly(each), most // len(meant))


def _told(miss: _Miss, fetches: bool) -> dict[str, Any]:
    rule, facts = miss.rule, miss.exhibit.facts
    failed = [failure(condition, facts, fetches) for condition in miss.weighed.failed]
    if rule.remaining == 0:
        failed.append(_failed("times", rule.times, rule.hits, "the rule is spent; reset or push it again"))
    if not failed:
        failed.append(_failed("precedence", None, miss.exhibit.by, _why_not(miss)))
    return {
        "rule": rule.id,
        "name": rule.name,
        "source": rule.source,
        "subject": miss.exhibit.number,
        "matched": keys(miss.weighed.matched),
        "failed": failed,
    }


def _failed(key: str, expected: Any, got: Any, hint: str) -> dict[str, Any]:
    return {"key": key, "operator": "max" if expected else "before", "expected": expected, "got": got, "hint": hint}


def _why_not(miss: _Miss) -> str:
    if miss.exhibit.by == "magic" and miss.rule.source != "control":
        return "magic words are asked before the rules of files"
    return "it holds now: it may be newer than the call, or changed, or an earlier call settled what it is about"
