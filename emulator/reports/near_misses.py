"""Near misses: for a call that no rule decided, the three rules that came nearest, and why they did not decide.

The work is bounded however many rules there are. The first COMPARED_LIMIT rules, in the order of precedence, are
compared condition by condition. Of the rules behind them, only those are compared that an index of rules finds under a
fact of the call. The index is asked for each fact as it came and as it might have been meant (other case, blanks,
escapes, http for https). No index gives more than COMPARED_LIMIT rules.
"""

import os
from collections.abc import Iterable, Iterator
from heapq import nsmallest
from itertools import chain, islice
from typing import Any, NamedTuple

from emulator.assets import FIXTURES, list_folders
from emulator.reports.evidence import Evidence, build_call_evidence, iterate_item_evidence
from emulator.reports.match_score import MatchScore, explain_failure, list_keys, list_readings, score_match
from emulator.resources.turns import take_turns
from emulator.rules.conditions import ITEM_KEYS, Facts
from emulator.rules.engine import RuleEngine
from emulator.rules.rule import Rule
from emulator.rules.rulebooks import Rulebook
from emulator.state import State
from emulator.state.journal import Entry

COMPARED_LIMIT = 2_000
_BEST = 3
_ITEMS_LIMIT = 10  # items of one call that are looked at
_FOREIGN = {"provider"}  # a rule for another provider is no near miss, unless all its other conditions hold
_SECRET = {"account"}  # a rule for another account is never shown


class _NearMiss(NamedTuple):
    """A rule that nearly decided. Sorts by distance, then by matched conditions, then by precedence.

    distance: That of `score`, and a half more for a spent rule with a failed condition.
    matched: The number of matched conditions, negated, so that more of them sort first.
    precedence: The place of the rule among the candidates, from 0.
    rule: The rule.
    evidence: The facts that the rule was compared with.
    score: The conditions of the rule that matched and failed.
    """

    distance: float
    matched: int
    precedence: int
    rule: Rule
    evidence: Evidence
    score: MatchScore


async def find_near_misses(entry: Entry, state: State) -> list[dict[str, Any]]:
    """Return the near misses of a call, the nearest first.

    Each is {rule, name, source, subject, matched, failed: [{key, operator, expected, got, hint}]}.
    """
    nearest: dict[str, _NearMiss] = {}
    undecided = _find_undecided(entry)
    for evidence in undecided:
        async for miss in take_turns(_iterate_misses(evidence, state.rule_engine, COMPARED_LIMIT // len(undecided))):
            if miss is not None and (miss.rule.id not in nearest or miss[:3] < nearest[miss.rule.id][:3]):
                nearest[miss.rule.id] = miss
    samples = tuple(f"{folder}{os.sep}" for folder in list_folders(FIXTURES))  # shown only when no other rule came near
    user_misses = [miss for miss in nearest.values() if not miss.rule.source.startswith(samples)]
    best = nsmallest(_BEST, user_misses or nearest.values(), key=lambda miss: miss[:3])
    return [_to_dict(miss, state.settings.images.fetch) for miss in best]


def _find_undecided(entry: Entry) -> list[Evidence]:
    """Return the evidence that no rule decided; none of a call that was refused before, or decided as a whole."""
    kind, rule, _name = entry.decided_by
    items = list(iterate_item_evidence(entry))
    by_call_rule = kind == "rule" and all(item[4] != rule for item in entry.items)
    if entry.outcome == "refused" or by_call_rule:
        return []
    undecided = [evidence for evidence in items if evidence.decided_by != "rule"][:_ITEMS_LIMIT]
    return [build_call_evidence(entry), *undecided] if undecided or not items else []


def _iterate_misses(evidence: Evidence, rule_engine: RuleEngine, limit: int) -> Iterator[_NearMiss | None]:
    """Yield the rules that may be shown as near misses, and None for each rule that may not."""
    is_call = evidence.number is None
    seen: set[str] = set()
    for precedence, rule in enumerate(_iterate_candidates(evidence.facts, rule_engine, limit)):
        if rule.is_per_call is not is_call or rule.outcome is None or rule.id in seen:
            continue
        seen.add(rule.id)
        score = score_match(rule.conditions, evidence.facts)
        failed = list_keys(score.failed)
        if _SECRET.intersection(failed) or (_FOREIGN.intersection(failed) and len(score.failed) > 1):
            yield None
        else:
            penalty = 0.5 if rule.remaining == 0 and score.failed else 0.0
            yield _NearMiss(score.distance + penalty, -len(score.matched), precedence, rule, evidence, score)


def _iterate_candidates(facts: Facts, rule_engine: RuleEngine, limit: int) -> Iterator[Rule]:
    account = facts.get("account")
    control = [rule_engine.control.find_book(str(account)), rule_engine.control.find_book(None)]
    rules = chain(rule_engine.control.iterate_for(str(account)), rule_engine.files.rules)
    yield from islice(rules, limit)
    if sum(len(book.rules) for book in (*control, rule_engine.files)) > limit:
        yield from _iterate_indexed_rules(facts, [*control, rule_engine.files], limit)


def _iterate_indexed_rules(facts: Facts, books: Iterable[Rulebook], limit: int) -> Iterator[Rule]:
    """Yield the rules that the indexes find under the facts, and under the facts with one text read otherwise."""
    texts = [(key, fact) for key, fact in facts.items() if isinstance(fact, str) and key in ITEM_KEYS]
    readings = [facts, *({**facts, key: other} for key, fact in texts for other in list_readings(fact))]
    for each in readings:
        for book in books:
            yield from islice(book.per_call.find_near(each), limit // len(readings))
            yield from islice(book.per_item.find_near(each), limit // len(readings))


def _to_dict(miss: _NearMiss, fetches_images: bool) -> dict[str, Any]:
    rule, facts = miss.rule, miss.evidence.facts
    failed = [explain_failure(condition, facts, fetches_images) for condition in miss.score.failed]
    if rule.remaining == 0:
        failed.append(_build_failure("times", rule.times, rule.hits, "the rule is spent; reset or push it again"))
    if not failed:
        failed.append(_build_failure("precedence", None, miss.evidence.decided_by, _explain_precedence(miss)))
    return {
        "rule": rule.id,
        "name": rule.name,
        "source": rule.source,
        "subject": miss.evidence.number,
        "matched": list_keys(miss.score.matched),
        "failed": failed,
    }


def _build_failure(key: str, expected: Any, got: Any, hint: str) -> dict[str, Any]:
    return {"key": key, "operator": "max" if expected else "before", "expected": expected, "got": got, "hint": hint}


def _explain_precedence(miss: _NearMiss) -> str:
    if miss.evidence.decided_by == "magic" and miss.rule.source != "control":
        return "magic words are asked before the rules of files"
    return "it holds now: it may be newer than the call, or changed, or an earlier call settled what it is about"
