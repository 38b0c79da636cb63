"""Entry summary: a journal entry without its request and answer, in full or as a list shows it."""

from typing import Any

from emulator.encoding.iso8601 import format_iso
from emulator.masking import mask_text
from emulator.state.journal import Entry

_ENTRY_LIMIT, _FACT_LIMIT = 16 * 1024, 1024  # characters of all facts of a listed entry, and of one fact
_MASKING_MARGIN = 2200  # characters read behind the limit, by which a credential before it may be recognised


def to_brief_dict(entry: Entry) -> dict[str, Any]:
    """Return an entry as a list shows it: only the beginning of long facts, whose names stand under `cut`."""
    longest = min(_FACT_LIMIT, _ENTRY_LIMIT // (len(entry.items) or 1))
    summary = entry_to_dict(entry._replace(items=(), target=entry.target[: _FACT_LIMIT + _MASKING_MARGIN]))
    items = [_shorten_facts(_to_item_dict(item, longest + _MASKING_MARGIN), longest) for item in entry.items]
    return {**summary, "path": summary["path"][:_FACT_LIMIT], "subjects": items}


def _shorten_facts(item: dict[str, Any], longest: int) -> dict[str, Any]:
    cut = [key for key, fact in item.items() if isinstance(fact, str) and len(fact) > longest]
    return {**item, **{key: item[key][:longest] for key in cut}, **({"cut": cut} if cut else {})}


def entry_to_dict(entry: Entry) -> dict[str, Any]:
    """Return an entry without its request and answer."""
    kind, rule, name = entry.decided_by
    return {
        "id": str(entry.id),
        "at": format_iso(entry.at),
        "account": entry.account,
        "provider": entry.provider,
        "operation": mask_text(entry.operation) if entry.operation else None,
        "via": entry.via,
        "method": entry.method,
        "path": mask_text(entry.target.partition("?")[0]),
        "request_id": entry.request_id,
        "status": entry.status,
        "code": entry.code,
        "detail": mask_text(entry.detail),
        "outcome": entry.outcome,
        "subjects": [_to_item_dict(item) for item in entry.items],
        "decided_by": {"kind": kind, "rule": rule, "name": name},
        "warnings": [mask_text(warning) for warning in entry.warnings],
        "duration_ms": round(entry.seconds * 1000, 3),
    }


def _to_item_dict(item: tuple[Any, ...], longest: int | None = None) -> dict[str, Any]:
    kind, number, facts, by, rule, name, suggestion = item
    decided_by = {"kind": by, "rule": rule, "name": name}
    masked_facts = {key: mask_text(fact[:longest]) if isinstance(fact, str) else fact for key, fact in facts.items()}
    return {"kind": kind, "index": number, **masked_facts, "decided_by": decided_by, "suggestion": suggestion}
