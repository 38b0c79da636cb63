"""Log line: an event in one line of the log, as an object with stable keys, or as text.

The keys of a call are those of the journal. Every text is masked as in the journal, clean and short.
"""

import time
from typing import Any

import orjson

from emulator.log.cleaning import clean, escape_unprintable
from emulator.masking import mask_text
from emulator.reports.masking import find_secrets, mask_data
from emulator.rules.files import RulesReloaded
from emulator.state import State
from emulator.state.events import CallbackAttempted, ControlChanged, Event, UnhandledRequest
from emulator.state.journal import Entry

Fields = dict[str, Any]

_NAME, _TEXT, _WHY = 80, 160, 480  # characters shown of a name, of an item or URL, and of an explanation
_READ = 4000  # characters read: a credential that begins in the shown part may be recognised only by its end
_ITEM_KEYS = ("url", "text", "filename", "data_id", "task_id", "sha256")


def describe_event(event: Event, state: State, causes: list[str]) -> tuple[str, Fields]:
    """Return the kind of an event (call, push, change, reload, stray) and its fields.

    `causes` say why the signature of a call is wrong.
    """
    if isinstance(event, Entry):
        return "call", _describe_call(event, state, causes)
    if isinstance(event, CallbackAttempted):
        return "push", _describe_push(event, state)
    if isinstance(event, ControlChanged):
        return "change", _describe_change(event)
    if isinstance(event, RulesReloaded):
        return "reload", {"rules": event.rules, "problem": _shorten(event.problem, _WHY) or None}
    return "stray", _describe_stray(event)


def render_line(at: float, name: str, fields: Fields) -> str:
    """Return a line to read: time, account, what happened, outcome and duration in columns, then the details."""
    columns, rest = _RENDERERS[name](fields)
    account, about, outcome, took = columns
    clock = time.strftime("%H:%M:%S", time.localtime(at))
    head = f"{clock}  {account or '-':<10}  {about:<34}  {outcome:<11}  {took:>9}"
    return "  ".join([head, *filter(None, rest)]).rstrip()


def _describe_call(entry: Entry, state: State, causes: list[str]) -> Fields:
    kind, rule, name = entry.decided_by
    hidden = find_secrets(entry._replace(body=entry.body[:_READ], response_body=entry.response_body[:_READ]))
    return {
        "id": str(entry.id),
        "account": _find_account_name(entry.account, state),
        "provider": entry.provider,
        "operation": _shorten(entry.operation or "", _NAME) or None,
        "method": _shorten(entry.method, _NAME),
        "path": _shorten(_mask(hidden, entry.target.partition("?")[0]), _NAME),
        "suggestion": _find_worst_suggestion(entry),
        "subject": _shorten(_mask(hidden, _describe_first_item(entry)), _TEXT) or None,
        "subjects": len(entry.items),
        "status": entry.status,
        "outcome": entry.outcome,
        "code": entry.code and _shorten(entry.code, _NAME),
        "decided_by": {"kind": kind, "rule": rule and _shorten(rule, _NAME), "name": name and _shorten(name, _NAME)},
        "detail": _shorten(_mask(hidden, entry.detail), _WHY),
        "causes": [_shorten(cause, _WHY) for cause in causes[:3]],
        "duration_ms": round(entry.seconds * 1000, 1),
    }


def _describe_push(event: CallbackAttempted, state: State) -> Fields:
    attempt = event.attempt
    return {
        "account": _find_account_name(event.account, state),
        "callback": event.callback,
        "attempt": event.number,
        "manual": attempt.manual,
        "url": _shorten(event.url, _TEXT),
        "status": attempt.status,
        "error": attempt.error and clean(_shorten(attempt.error, _WHY)),
        "duration_ms": round(attempt.seconds * 1000, 1),
    }


def _describe_change(event: ControlChanged) -> Fields:
    return {
        "account": event.account and _shorten(event.account, _NAME),
        "method": event.method,
        "path": _shorten(event.path, _TEXT),
        "status": event.status,
        "body": _shorten(_render_body(event.body), _TEXT) or None,
    }


def _render_body(body: bytes) -> str:
    """Return JSON on one line, unescaped, even where it was cut; nothing of another text, such as a key as PEM."""
    try:
        return orjson.dumps(orjson.loads(body)).decode()
    except orjson.JSONDecodeError:
        text = " ".join(body.decode("utf-8", "replace").split())
        return text if text[:1] in ("{", "[") else ""


def _describe_stray(event: UnhandledRequest) -> Fields:
    return {
        "method": _shorten(event.method, _NAME),
        "path": clean(_shorten(event.target, _TEXT)),
        "status": event.status,
        "detail": event.reason,
    }


def _render_call(fields: Fields) -> tuple[tuple[str, str, str, str], list[str]]:
    by = fields["decided_by"]
    about = f"{fields['provider']} {fields['operation'] or fields['path']}"
    outcome = f"{fields['status'] or '---'} {fields['outcome']}"
    more = f" and {fields['subjects'] - 1} more" if fields["subjects"] > 1 else ""
    name = by["name"] or by["rule"]
    why = " ".join(filter(None, [fields["detail"], "; ".join(fields["causes"])]))
    decided = "" if by["kind"] == "default" else f"by {by['kind']}{f' ({name})' if name else ''}"
    suggested = fields["suggestion"] if fields["outcome"] == "verdict" else None
    item = " ".join(filter(None, [suggested, fields["subject"]]))
    rest = [fields["code"] or "", f"{item}{more}", decided, why]
    return (fields["account"], about, outcome, f"{fields['duration_ms']:.1f} ms"), rest


def _render_push(fields: Fields) -> tuple[tuple[str, str, str, str], list[str]]:
    number = "by hand" if fields["manual"] else f"attempt {fields['attempt']}"
    outcome = f"{fields['status']} answered" if fields["status"] else "--- failed"
    rest = [fields["url"], fields["error"] or ""]
    return (fields["account"], f"push {fields['callback']} {number}", outcome, f"{fields['duration_ms']:.1f} ms"), rest


def _render_change(fields: Fields) -> tuple[tuple[str, str, str, str], list[str]]:
    path = fields["path"].removeprefix("/_emulator/")
    return (fields["account"], f"control {fields['method']} {path}", f"{fields['status']} done", ""), [
        fields["body"] or ""
    ]


def _render_reload(fields: Fields) -> tuple[tuple[str, str, str, str], list[str]]:
    outcome = "--- failed" if fields["problem"] else "read"
    return ("", "rule files", outcome, ""), [f"{fields['rules']} rules hold", fields["problem"] or ""]


def _render_stray(fields: Fields) -> tuple[tuple[str, str, str, str], list[str]]:
    return ("", f"{fields['method']} {fields['path']}", f"{fields['status']} stray", ""), [fields["detail"]]


_RENDERERS = {
    "call": _render_call,
    "push": _render_push,
    "change": _render_change,
    "reload": _render_reload,
    "stray": _render_stray,
}


def _find_account_name(account: str | None, state: State) -> str | None:
    found = state.accounts.find(account) if account else None
    return _shorten(found.name if found else account or "", _NAME) or None


def _find_worst_suggestion(entry: Entry) -> str | None:
    suggested = {item[6] for item in entry.items}
    return next((each for each in ("block", "review", "pass") if each in suggested), None)


def _describe_first_item(entry: Entry) -> str:
    """Return the fact that identifies the first item of a call, or the item's kind; empty without items."""
    if not entry.items:
        return ""
    kind, _number, facts, *_ = entry.items[0]
    found = next((facts[key] for key in _ITEM_KEYS if facts.get(key)), kind)
    return " ".join(str(found)[:_READ].split())


def _mask(hidden: list[str], text: str) -> str:
    return str(mask_data(hidden, text[:_READ]))


def _shorten(text: str, longest: int) -> str:
    shown = escape_unprintable(mask_text(text[:_READ]))
    return shown if len(shown) <= longest else f"{shown[:longest]}..."
