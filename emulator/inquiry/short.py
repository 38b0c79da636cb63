"""Short: an entry without its request and answer, and as the list shows it."""

from typing import Any

from emulator.masking import masked
from emulator.world.clock import iso
from emulator.world.journal import Entry

_ENTRY, _FACT = 16 * 1024, 1024  # characters of the facts of a listed entry, and of one of them
_MASKED = 2200  # characters behind them that a credential may need to be known by


def listed(entry: Entry) -> dict[str, Any]:
    """An entry among others: of long facts only the beginning, and which they are, under `cut`."""
    longest = min(_FACT, _ENTRY // (len(entry.subjects) or 1))
    told = short(entry._replace(subjects=(), target=entry.target[: _FACT + _MASKED]))
    subjects = [_beginning(_subject(noted, longest + _MASKED), longest) for noted in entry.subjects]
    return {**told, "path": told["path"][:_FACT], "subjects": subjects}


def _beginning(told: dict[str, Any], longest: int) -> dict[str, Any]:
    cut = [key for key, fact in told.items() if isinstance(fact, str) and len(fact) > longest]
    return {**told, **{key: told[key][:longest] for key in cut}, **({"cut": cut} if cut else {})}


def short(entry: Entry) -> dict[str, Any]:
    """An entry without request and answer."""
    kind, rule, name = entry.decided_by
    return {
        "id": str(entry.id),
        "at": iso(entry.at),
        "account": entry.account,
        "provider": entry.provider,
        "operation": masked(entry.operation) if entry.operation else None,
        "via": entry.via,
        "method": entry.method,
        "path": masked(entry.target.partition("?")[0]),
        "request_id": entry.request_id,
        "status": entry.status,
        "code": entry.code,
        "detail": masked(entry.detail),
        "outcome": entry.outcome,
        "subjects": [_subject(subject) for subject in entry.subjects],
        "decided_by": {"kind": kind, "rule": rule, "name": name},
        "warnings": [masked(warning) for warning in entry.warnings],
        "duration_ms": round(entry.seconds * 1000, 3),
    }


def _subject(noted: tuple[Any, ...], longest: int | None = None) -> dict[str, Any]:
    kind, number, facts, by, rule, name, suggestion = noted
    decided_by = {"kind": by, "rule": rule, "name": name}
    told = {key: masked(fact[:longest]) if isinstance(fact, str) else fact for key, fact in facts.items()}
    return {"kind": kind, "index": number, **told, "decided_by": decided_by, "suggestion": suggestion}
