"""Short: an entry as the list shows it."""

from typing import Any

from emulator.world.clock import iso
from emulator.world.journal import Entry


def short(entry: Entry) -> dict[str, Any]:
    kind, rule, name = entry.decided_by
    return {
        "id": str(entry.id),
        "at": iso(entry.at),
        "account": entry.account,
        "provider": entry.provider,
        "operation": entry.operation,
        "via": entry.via,
        "method": entry.method,
        "path": entry.target.partition("?")[0],
        "request_id": entry.request_id,
        "status": entry.status,
        "code": entry.code,
        "detail": entry.detail,
        "outcome": entry.outcome,
        "subjects": [_subject(subject) for subject in entry.subjects],
        "decided_by": {"kind": kind, "rule": rule, "name": name},
        "warnings": list(entry.warnings),
        "duration_ms": round(entry.seconds * 1000, 3),
    }


def _subject(noted: tuple[Any, ...]) -> dict[str, Any]:
    kind, number, facts, by, rule, name, suggestion = noted
    decided_by = {"kind": by, "rule": rule, "name": name}
    return {"kind": kind, "index": number, **facts, "decided_by": decided_by, "suggestion": suggestion}
