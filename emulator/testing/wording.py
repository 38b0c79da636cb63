"""Puts calls into short lines, and the reasons why rules did not match them."""

from collections.abc import Iterator, Mapping
from typing import Any

_MAX_LENGTH = 80  # characters of a text


def render_call(entry: Mapping[str, Any]) -> str:
    """Return a line for one call of the journal: what was asked about, what came back, what decided."""
    by = entry["decided_by"]
    items = [f"{item.get('suggestion') or ''} {_describe_item(item)}".strip() for item in entry["subjects"][:3]]
    parts = [
        f"#{entry['id']}",
        entry["at"][11:23],
        entry["operation"] or f"{entry['method']} {entry['path']}",
        entry["status"] or "no answer",
        entry["code"],
        f"{entry['outcome']} by {by['rule'] or by['kind']}",
        by["name"] and f"({by['name']})",
        *items,
        *entry["warnings"],
    ]
    return "  ".join(str(part) for part in parts if part)


def explain_call(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield, for a full entry, which rules nearly matched, why it was refused, what is wrong with its signature."""
    for near_miss in entry.get("near_misses") or ():
        named = " ".join(str(near_miss[key]) for key in ("rule", "name", "source") if near_miss.get(key))
        yield f"#{entry['id']} nearly matched {named}: {render_failures(near_miss['failed'])}"
    if entry.get("detail"):
        yield f"#{entry['id']} refused: {entry['detail']}"
    signature = entry.get("signature") or {}
    if entry["outcome"] == "refused" or signature.get("valid") is False:
        yield from (f"#{entry['id']} signature: {cause}" for cause in signature.get("causes", ()))


def explain_clock(clock: Mapping[str, Any]) -> Iterator[str]:
    """Yield how a clock, as the server returns it, differs from real time, if it does."""
    offset = round(clock["offset"])
    parts = [f"{abs(offset)} s {'ahead of' if offset > 0 else 'behind'} real time"] if offset else []
    parts += ["frozen"] if clock["frozen"] else []
    if parts:
        yield f"times are those of the account's clock, {' and '.join(parts)}"


def render_failures(failed: list[Mapping[str, Any]]) -> str:
    """Return the conditions of a rule that did not hold: `text contains 'a', got 'b'; ...`."""
    parts = []
    for each in failed:
        hint = f" ({each['hint']})" if each.get("hint") else ""
        parts.append(f"{each['key']} {each['operator']} {each['expected']!r}, got {each['got']!r}{hint}")
    return "; ".join(parts)


def explain_mismatch(match: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Return the error text of `Account.verify`, for calls other than expected."""
    low, high = found["expected"]["min"], found["expected"]["max"]
    lines = [f"expected {_format_bounds(low, high)} matching {dict(match)}, there were {found['matched']}"]
    if not found.get("order", {}).get("ok", True):
        order = found["order"]
        lines = [f"expected {order['expected']} calls in order, only the first {len(order['matched'])} came"]
    for near_miss in found["closest"]:
        reason = render_failures(near_miss["failed"]) or "matches"
        lines.append(f"  #{near_miss['id']} {near_miss['at'][11:23]} {near_miss['operation']}: {reason}")
    return "\n".join(lines)


def _format_bounds(low: int, high: int | None) -> str:
    if high is None:
        return f"at least {low} calls"
    return f"{low} calls" if low == high else f"{low} to {high} calls"


def _describe_item(item: Mapping[str, Any]) -> str:
    for key in ("url", "text", "filename", "data_id", "sha256"):
        if item.get(key):
            text = " ".join(str(item[key]).split())
            return text if len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 3]}..."
    return str(item["kind"])
