"""How calls, and what came between them and a rule, are put into short lines."""

from collections.abc import Iterator, Mapping
from typing import Any

_LONGEST = 80  # characters of a text


def line(entry: Mapping[str, Any]) -> str:
    """One call of the journal: what was asked about, what came back, who decided."""
    by = entry["decided_by"]
    subjects = [f"{subject.get('suggestion') or ''} {_about(subject)}".strip() for subject in entry["subjects"][:3]]
    parts = [
        f"#{entry['id']}",
        entry["at"][11:23],
        entry["operation"] or f"{entry['method']} {entry['path']}",
        entry["status"] or "no answer",
        entry["code"],
        f"{entry['outcome']} by {by['rule'] or by['kind']}",
        by["name"] and f"({by['name']})",
        *subjects,
        *entry["warnings"],
    ]
    return "  ".join(str(part) for part in parts if part)


def explanations(entry: Mapping[str, Any]) -> Iterator[str]:
    """Of one whole entry: the rules that nearly decided it, why it was refused, what is wrong with its signature."""
    for near in entry.get("near_misses") or ():
        named = " ".join(str(near[key]) for key in ("rule", "name", "source") if near.get(key))
        yield f"#{entry['id']} nearly matched {named}: {failures(near['failed'])}"
    if entry.get("detail"):
        yield f"#{entry['id']} refused: {entry['detail']}"
    signature = entry.get("signature") or {}
    if entry["outcome"] == "refused" or signature.get("valid") is False:
        yield from (f"#{entry['id']} signature: {cause}" for cause in signature.get("causes", ()))


def clock(face: Mapping[str, Any]) -> Iterator[str]:
    """Of a clock as the server tells it: how it differs from real time, if it does."""
    off = round(face["offset"])
    told = [f"{abs(off)} s {'ahead of' if off > 0 else 'behind'} real time"] if off else []
    told += ["frozen"] if face["frozen"] else []
    if told:
        yield f"times are those of the account's clock, {' and '.join(told)}"


def failures(failed: list[Mapping[str, Any]]) -> str:
    """The conditions of a rule that did not hold: `text contains 'a', got 'b'; ...`."""
    told = []
    for each in failed:
        hint = f" ({each['hint']})" if each.get("hint") else ""
        told.append(f"{each['key']} {each['operator']} {each['expected']!r}, got {each['got']!r}{hint}")
    return "; ".join(told)


def disappointment(match: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """What `verify` tells when the calls are not those expected."""
    low, high = found["expected"]["min"], found["expected"]["max"]
    told = [f"expected {_bounds(low, high)} matching {dict(match)}, there were {found['matched']}"]
    if not found.get("order", {}).get("ok", True):
        order = found["order"]
        told = [f"expected {order['expected']} calls in order, only the first {len(order['matched'])} came"]
    for near in found["closest"]:
        why = failures(near["failed"]) or "matches"
        told.append(f"  #{near['id']} {near['at'][11:23]} {near['operation']}: {why}")
    return "\n".join(told)


def _bounds(low: int, high: int | None) -> str:
    if high is None:
        return f"at least {low} calls"
    return f"{low} calls" if low == high else f"{low} to {high} calls"


def _about(subject: Mapping[str, Any]) -> str:
    for key in ("url", "text", "filename", "data_id", "sha256"):
        if subject.get(key):
            text = " ".join(str(subject[key]).split())
            return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
    return str(subject["kind"])
