"""The facts of an entry that conditions are about: those that the rules saw, and what came of the call."""

from collections.abc import Iterator
from typing import NamedTuple

from emulator.world.journal import Entry
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
    """One for each picture or text. The bytes of a picture are not among the facts: the journal does not keep them."""
    call = of_call(entry).facts
    for _kind, number, facts, by, *_rest in entry.subjects:
        yield Exhibit(number, {**call, **facts}, by)


def holds(conditions: tuple[Condition, ...], entry: Entry) -> bool:
    """Whether the call, or one picture or text of it, fulfils every condition."""
    call = of_call(entry).facts
    return _all(conditions, call) or any(_all(conditions, exhibit.facts) for exhibit in of_subjects(entry))


def _all(conditions: tuple[Condition, ...], facts: Facts) -> bool:
    return all(condition.holds(facts) for condition in conditions)
