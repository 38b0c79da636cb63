"""Evidence: the facts of an entry that conditions are about, namely what the rules saw and how the call ended."""

from collections.abc import Iterator
from typing import NamedTuple

from emulator.rules.conditions import Condition, Fact, Facts
from emulator.state.journal import Entry

RESULT_KEYS = ("status", "code", "outcome")


class Evidence(NamedTuple):
    """The facts of a call alone, or of a call and one of its items.

    number: The number of the item; None for the call alone.
    facts: The facts by the keys of conditions.
    decided_by: What decided the item or the call: `rule`, `magic`, `default` and so on.
    """

    number: int | None
    facts: Facts
    decided_by: str


def build_call_evidence(entry: Entry) -> Evidence:
    facts: dict[str, Fact | None] = {
        "provider": entry.provider,
        "operation": entry.operation,
        "account": entry.account,
        "via": entry.via,
        "status": entry.status,
        "code": entry.code,
        "outcome": entry.outcome,
    }
    return Evidence(None, {key: fact for key, fact in facts.items() if fact is not None}, entry.decided_by[0])


def iterate_item_evidence(entry: Entry) -> Iterator[Evidence]:
    """Yield the evidence of each item. The bytes of a picture are left out: the journal does not keep them."""
    call = build_call_evidence(entry).facts
    for _kind, number, facts, decided_by, *_rest in entry.items:
        yield Evidence(number, {**call, **facts}, decided_by)


def matches_entry(conditions: tuple[Condition, ...], entry: Entry) -> bool:
    """Return whether the call, or one of its items, fulfils every condition."""
    call = build_call_evidence(entry).facts
    return _matches_all(conditions, call) or any(
        _matches_all(conditions, evidence.facts) for evidence in iterate_item_evidence(entry)
    )


def _matches_all(conditions: tuple[Condition, ...], facts: Facts) -> bool:
    return all(condition.holds(facts) for condition in conditions)
