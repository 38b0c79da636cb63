"""Verify: whether certain calls came, how often, and in which order. Matching means what it means in a rule.

A call matches when the call itself, or one of its items, fulfils every key. `matched` counts calls.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from operator import itemgetter
from typing import Any

from emulator.reports.entry_summary import entry_to_dict
from emulator.reports.evidence import build_call_evidence, iterate_item_evidence, matches_entry
from emulator.reports.masking import mask_data
from emulator.reports.match_score import MatchScore, explain_failure, list_keys, score_match
from emulator.resources.turns import take_turns
from emulator.rules.conditions import Condition
from emulator.rules.parse_match import RuleNames, parse_conditions
from emulator.schemas import load_definition
from emulator.state.journal import Entry, Journal, iterate_newest, iterate_oldest
from emulator.types import Problem, Problems

Conditions = tuple[Condition, ...]

_BEST = 3


async def verify(form: Any, rule_names: RuleNames, journals: Sequence[Journal], fetches_images: bool) -> dict[str, Any]:
    """Return whether the calls came as the form says, and the calls that came closest where they did not.

    {ok, matched, expected: {min, max}, closest: [{id, at, provider, operation, request_id, subject, matched, failed}]},
    and with `order` in the form {order: {ok, matched: ids, expected: how many}}. Raises Problems with everything wrong
    in the form.
    """
    match, steps, low, high = _parse_form(form, rule_names)
    report: dict[str, Any] = {"ok": True, "matched": 0, "expected": {"min": low, "max": high}, "closest": []}
    if match is not None:
        newest, matched = [], 0
        async for entry in take_turns(iterate_newest(journals)):
            if matches_entry(match, entry):
                matched += 1
                newest += [entry] if matched <= _BEST else []
        ok = low <= matched and (high is None or matched <= high)
        report |= {"ok": ok, "matched": matched}
        if not ok:
            missed = (entry for entry in iterate_newest(journals) if not matches_entry(match, entry))
            report["closest"] = await _find_closest(match, missed if matched < low else newest, fetches_images)
    if steps:
        report |= await _verify_order(steps, journals, fetches_images, report)
    return report


async def _verify_order(
    steps: list[Conditions], journals: Sequence[Journal], fetches_images: bool, report: Mapping[str, Any]
) -> dict[str, Any]:
    """Return whether all steps were met, each by the first matching call after that of the step before."""
    met: list[int] = []
    async for entry in take_turns(iterate_oldest(journals)):
        if len(met) == len(steps):
            break
        if matches_entry(steps[len(met)], entry):
            met.append(entry.id)
    ok = len(met) == len(steps)
    order = {"ok": ok, "matched": [str(number) for number in met], "expected": len(steps)}
    closest = report["closest"]
    if not ok and not closest:
        last = met[-1] if met else 0
        since = takewhile(lambda entry: entry.id > last, iterate_newest(journals))
        closest = await _find_closest(steps[len(met)], since, fetches_images)
    return {"ok": ok and report["ok"], "order": order, "closest": closest}


async def _find_closest(conditions: Conditions, entries: Iterable[Entry], fetches_images: bool) -> list[dict[str, Any]]:
    """Return the calls that came nearest; of equally near ones, those that `entries` give first."""
    best: list[tuple[float, Entry, tuple[MatchScore, int | None, Any]]] = []
    async for entry in take_turns(entries):
        nearest = _score_call(conditions, entry)
        best.append((nearest[0].distance, entry, nearest))
        best = sorted(best, key=itemgetter(0))[:_BEST]
    return [_describe_closest(entry, *nearest, fetches_images) for _distance, entry, nearest in best]


def _score_call(conditions: Conditions, entry: Entry) -> tuple[MatchScore, int | None, Any]:
    """Return the best score among a call and its items, with the item's number (None for the call) and the facts."""
    candidates = [*iterate_item_evidence(entry), build_call_evidence(entry)]
    each = ((score_match(conditions, evidence.facts), evidence.number, evidence.facts) for evidence in candidates)
    return min(each, key=lambda found: found[0].distance)


def _describe_closest(
    entry: Entry, score: MatchScore, number: int | None, facts: Any, fetches_images: bool
) -> dict[str, Any]:
    brief = entry_to_dict(entry._replace(items=(), warnings=()))
    return {
        **{name: brief[name] for name in ("id", "at", "provider", "operation", "request_id")},
        "subject": number,
        "matched": list_keys(score.matched),
        "failed": mask_data([], [explain_failure(condition, facts, fetches_images) for condition in score.failed]),
    }


def _parse_form(form: Any, rule_names: RuleNames) -> tuple[Conditions | None, list[Conditions], int, int | None]:
    problems = load_definition("emulator/rules", "verification").find_problems(form)
    if not problems and "match" not in form and ("count" in form or "order" not in form):
        problems = [Problem("$", "match, or order alone", ", ".join(form) or "{}")]
    if problems:
        raise Problems(problems)
    low, high = _parse_bounds(form.get("count"))
    if high is not None and low > high:
        problems.append(Problem("$.count", "min not above max", f"{low}, {high}"))
    match = _parse_conditions(form["match"], rule_names, "$.match", problems) if "match" in form else None
    wanted = enumerate(form.get("order", []))
    steps = [_parse_conditions(step, rule_names, f"$.order[{at}]", problems) for at, step in wanted]
    if problems:
        raise Problems(problems)
    return match, steps, low, high


def _parse_conditions(
    match: Mapping[str, Any], rule_names: RuleNames, path: str, problems: list[Problem]
) -> Conditions:
    """Return the conditions of a match; add what is wrong with it to `problems`."""
    try:
        return parse_conditions(match, rule_names)
    except Problems as found:
        problems += _prefix_problems(path, found)
        return ()


def _prefix_problems(path: str, found: Problems) -> Iterator[Problem]:
    return (Problem(path + each.path, each.expected, each.got) for each in found.found)


def _parse_bounds(given: Any) -> tuple[int, int | None]:
    if given is None:
        return 1, None
    if isinstance(given, Mapping):
        return given.get("min", 0 if "max" in given else 1), given.get("max")
    return given, given
