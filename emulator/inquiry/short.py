"""Short: an entry as the list shows it."""

from typing import Any

from emulator.masking import masked
from emulator.world.clock import iso
from emulator.world.journal import Entry


def short(entry: Entry) -> dict[str, Any]:
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


def _subject(noted: tuple[Any, ...]) -> dict[str, Any]:
    kind, number, facts, by, rule, name, suggestion = noted
    decided_by = {"kind": by, "rule": rule, "name": name}
    told = {key: masked(fact) if isinstance(fact, str) else fact for key, fact in facts.items()}
    return {"kind": kind, "index": number, **told, "decided_by": decided_by, "suggestion": suggestion}
