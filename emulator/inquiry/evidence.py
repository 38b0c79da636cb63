"""The facts of an entry that conditions are about: those that the rules saw, and what came of the call."""

from collections.abc import Iterator
from typing import NamedTuple

from emulator.world.journal import BODY_LIMIT, Entry
from emulator.world.verdicts.conditions import Condition, Fact, Facts

RESULT_KEYS = ("status", "code", "outcome")


class Exhibit(NamedTuple):
    """The facts of a call alone (`number` None), or with those of one picture or text of it and who decided that."""

    number: int | None
    facts: Facts
    by: str


def of_call(entry: Entry) -> Exhibit:
    known: dict[str, Fact | None] = {
        "provider": entry.provider,
        "operation": entry.operation,
        "account": entry.account,
        "via": entry.via,
        "status": entry.status,
        "code": entry.code,
        "outcome": entry.outcome,
    }
    return Exhibit(None, {key: fact for key, fact in known.items() if fact is not None}, entry.decided_by[0])


def of_subjects(entry: Entry) -> Iterator[Exhibit]:
    """One for each picture or text. Bytes of an uploaded picture are looked for in the body, as far as it was kept."""
    call = of_call(entry).facts
    for _kind, number, facts, by, *_rest in entry.subjects:
        bytes_known = "sha256" in facts and "url" not in facts and len(entry.body) < BODY_LIMIT
        yield Exhibit(number, {**call, **facts, **({"marker": entry.body} if bytes_known else {})}, by)


def holds(conditions: tuple[Condition, ...], entry: Entry) -> bool:
    """Whether the call, or one picture or text of it, fulfils every condition."""
    call = of_call(entry).facts
    return _all(conditions, call) or any(_all(conditions, exhibit.facts) for exhibit in of_subjects(entry))


def _all(conditions: tuple[Condition, ...], facts: Facts) -> bool:
    return all(condition.holds(facts) for condition in conditions)
