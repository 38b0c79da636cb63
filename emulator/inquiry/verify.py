"""Verify: did these calls come, so often, and in this order? Matching means here what it means in a rule.

A call matches when it, or one picture or text of it, fulfils every key; `matched` counts calls.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from operator import itemgetter
from typing import Any

from emulator.inquiry.evidence import holds, of_call, of_subjects
from emulator.inquiry.masking import without
from emulator.inquiry.nearness import Weighed, failure, keys, weighed
from emulator.inquiry.short import short
from emulator.rulebook import Known, conditions_of
from emulator.schemas import definition
from emulator.vocabulary import Problem, Problems
from emulator.world.journal import Entry, Journal, newest_first, oldest_first
from emulator.world.pace import paced
from emulator.world.verdicts.conditions import Condition

Conditions = tuple[Condition, ...]

_BEST = 3


async def verify(form: Any, known: Known, journals: Sequence[Journal], fetches: bool) -> dict[str, Any]:
    """{ok, matched, expected: {min, max}, closest: [{id, at, operation, subject, matched, failed}]}, and with `order`
    {order: {ok, matched: ids, expected: how many}}. Raises Problems with everything wrong in the form.
    """
    match, steps, low, high = _read(form, known)
    report: dict[str, Any] = {"ok": True, "matched": 0, "expected": {"min": low, "max": high}, "closest": []}
    if match is not None:
        newest, matched = [], 0
        async for entry in paced(newest_first(journals)):
            if holds(match, entry):
                matched += 1
                newest += [entry] if matched <= _BEST else []
        ok = low <= matched and (high is None or matched <= high)
        report |= {"ok": ok, "matched": matched}
        if not ok:
            missed = (entry for entry in newest_first(journals) if not holds(match, entry))
            report["closest"] = await _closest(match, missed if matched < low else newest, fetches)
    if steps:
        report |= await _ordered(steps, journals, fetches, report)
    return report


async def _ordered(
    steps: list[Conditions], journals: Sequence[Journal], fetches: bool, so_far: Mapping[str, Any]
) -> dict[str, Any]:
    """The steps met, each by the first call after that of the step before."""
    met: list[int] = []
    async for entry in paced(oldest_first(journals)):
        if len(met) == len(steps):
            break
        if holds(steps[len(met)], entry):
            met.append(entry.id)
    ok = len(met) == len(steps)
    order = {"ok": ok, "matched": [str(number) for number in met], "expected": len(steps)}
    closest = so_far["closest"]
    if not ok and not closest:
        last = met[-1] if met else 0
        since = takewhile(lambda entry: entry.id > last, newest_first(journals))
        closest = await _closest(steps[len(met)], since, fetches)
    return {"ok": ok and so_far["ok"], "order": order, "closest": closest}


async def _closest(conditions: Conditions, entries: Iterable[Entry], fetches: bool) -> list[dict[str, Any]]:
    """The calls that came nearest, the newest among equals."""
    best: list[tuple[float, Entry, tuple[Weighed, int | None, Any]]] = []
    async for entry in paced(entries):
        nearest = _nearest(conditions, entry)
        best.append((nearest[0].distance, entry, nearest))
        best = sorted(best, key=itemgetter(0))[:_BEST]
    return [_told(entry, *nearest, fetches) for _distance, entry, nearest in best]


def _nearest(conditions: Conditions, entry: Entry) -> tuple[Weighed, int | None, Any]:
    """How near a call came: by itself, or by the picture or text of it that came nearest."""
    exhibits = [*of_subjects(entry), of_call(entry)]
    each = ((weighed(conditions, exhibit.facts), exhibit.number, exhibit.facts) for exhibit in exhibits)
    return min(each, key=lambda found: found[0].distance)


def _told(entry: Entry, found: Weighed, number: int | None, facts: Any, fetches: bool) -> dict[str, Any]:
    brief = short(entry._replace(subjects=(), warnings=()))
    return {
        **{name: brief[name] for name in ("id", "at", "provider", "operation", "request_id")},
        "subject": number,
        "matched": keys(found.matched),
        "failed": without([], [failure(condition, facts, fetches) for condition in found.failed]),
    }


def _read(form: Any, known: Known) -> tuple[Conditions | None, list[Conditions], int, int | None]:
    problems = definition("emulator/rules", "verification").problems(form)
    if not problems and "match" not in form and ("count" in form or "order" not in form):
        problems = [Problem("$", "match, or order alone", ", ".join(form) or "{}")]
    if problems:
        raise Problems(problems)
    low, high = _bounds(form.get("count"))
    if high is not None and low > high:
        problems.append(Problem("$.count", "min not above max", f"{low}, {high}"))
    match = _conditions(form["match"], known, "$.match", problems) if "match" in form else None
    wanted = enumerate(form.get("order", []))
    steps = [_conditions(step, known, f"$.order[{at}]", problems) for at, step in wanted]
    if problems:
        raise Problems(problems)
    return match, steps, low, high


def _conditions(match: Mapping[str, Any], known: Known, path: str, problems: list[Problem]) -> Conditions:
    """What a match demands; what is wrong with it joins the problems."""
    try:
        return conditions_of(match, known)
    except Problems as found:
        problems += _below(path, found)
        return ()


def _below(path: str, found: Problems) -> Iterator[Problem]:
    return (Problem(path + each.path, each.expected, each.got) for each in found.found)


def _bounds(given: Any) -> tuple[int, int | None]:
    if given is None:
        return 1, None
    if isinstance(given, Mapping):
        return given.get("min", 0 if "max" in given else 1), given.get("max")
    return given, given
