"""Line: what happened, in one line of the log: as an object with keys that stay, and as text.

The keys of a call are those of the journal. Every text is masked as there, clean, and not long.
"""

import time
from typing import Any

import orjson

from emulator.inquiry.masking import secrets, without
from emulator.log.cleaning import clean, printable
from emulator.masking import masked
from emulator.world import World
from emulator.world.events import Changed, Event, Pushed, Reloaded, Stray
from emulator.world.journal import Entry

Told = dict[str, Any]

_NAME, _TEXT, _WHY = 80, 160, 480  # characters of a name, of what a call is about, and of an explanation
_READ = 4000  # characters that are looked at, so that a credential that begins in what is shown is known by its end
_SUBJECT = ("url", "text", "filename", "data_id", "task_id", "sha256")


def told(event: Event, world: World, causes: list[str]) -> tuple[str, Told]:
    """The kind of an event (call, push, change, reload, stray), and what is told of it. `causes` are those of a
    signature that is wrong.
    """
    if isinstance(event, Entry):
        return "call", _call(event, world, causes)
    if isinstance(event, Pushed):
        return "push", _push(event, world)
    if isinstance(event, Changed):
        return "change", _change(event)
    if isinstance(event, Reloaded):
        return "reload", {"rules": event.rules, "problem": _plain(event.problem, _WHY) or None}
    return "stray", _stray(event)


def text(at: float, name: str, told: Told) -> str:
    """One line to read: time, account and what it is about in columns, then what there is to say."""
    columns, rest = _TEXTS[name](told)
    account, about, outcome, took = columns
    clock = time.strftime("%H:%M:%S", time.localtime(at))
    head = f"{clock}  {account or '-':<10}  {about:<34}  {outcome:<11}  {took:>9}"
    return "  ".join([head, *filter(None, rest)]).rstrip()


def _call(entry: Entry, world: World, causes: list[str]) -> Told:
    kind, rule, name = entry.decided_by
    hidden = secrets(entry._replace(body=entry.body[:_READ], response_body=entry.response_body[:_READ]))
    return {
        "id": str(entry.id),
        "account": _named(entry.account, world),
        "provider": entry.provider,
        "operation": _plain(entry.operation or "", _NAME) or None,
        "method": _plain(entry.method, _NAME),
        "path": _plain(_without(hidden, entry.target.partition("?")[0]), _NAME),
        "suggestion": _worst(entry),
        "subject": _plain(_without(hidden, _about(entry)), _TEXT) or None,
        "subjects": len(entry.subjects),
        "status": entry.status,
        "outcome": entry.outcome,
        "code": entry.code and _plain(entry.code, _NAME),
        "decided_by": {"kind": kind, "rule": rule and _plain(rule, _NAME), "name": name and _plain(name, _NAME)},
        "detail": _plain(_without(hidden, entry.detail), _WHY),
        "causes": [_plain(cause, _WHY) for cause in causes[:3]],
        "duration_ms": round(entry.seconds * 1000, 1),
    }


def _push(event: Pushed, world: World) -> Told:
    attempt = event.attempt
    return {
        "account": _named(event.account, world),
        "callback": event.callback,
        "attempt": event.number,
        "manual": attempt.manual,
        "url": _plain(event.url, _TEXT),
        "status": attempt.status,
        "error": attempt.error and clean(_plain(attempt.error, _WHY)),
        "duration_ms": round(attempt.seconds * 1000, 1),
    }


def _change(event: Changed) -> Told:
    return {
        "account": event.account and _plain(event.account, _NAME),
        "method": event.method,
        "path": _plain(event.path, _TEXT),
        "status": event.status,
        "body": _plain(_written(event.body), _TEXT) or None,
    }


def _written(body: bytes) -> str:
    """JSON as it is written on one line, with every character as it is; nothing of a key as PEM, or of another text."""
    try:
        return orjson.dumps(orjson.loads(body)).decode()
    except orjson.JSONDecodeError:
        text = " ".join(body.decode("utf-8", "replace").split())
        return text if text[:1] in ("{", "[") else ""


def _stray(event: Stray) -> Told:
    return {
        "method": _plain(event.method, _NAME),
        "path": clean(_plain(event.target, _TEXT)),
        "status": event.status,
        "detail": event.why,
    }


def _text_of_call(told: Told) -> tuple[tuple[str, str, str, str], list[str]]:
    by = told["decided_by"]
    about = f"{told['provider']} {told['operation'] or told['path']}"
    outcome = f"{told['status'] or '---'} {told['outcome']}"
    more = f" and {told['subjects'] - 1} more" if told["subjects"] > 1 else ""
    name = by["name"] or by["rule"]
    why = " ".join(filter(None, [told["detail"], "; ".join(told["causes"])]))
    decided = "" if by["kind"] == "default" else f"by {by['kind']}{f' ({name})' if name else ''}"
    suggested = told["suggestion"] if told["outcome"] == "verdict" else None
    subject = " ".join(filter(None, [suggested, told["subject"]]))
    rest = [told["code"] or "", f"{subject}{more}", decided, why]
    return (told["account"], about, outcome, f"{told['duration_ms']:.1f} ms"), rest


def _text_of_push(told: Told) -> tuple[tuple[str, str, str, str], list[str]]:
    number = "by hand" if told["manual"] else f"attempt {told['attempt']}"
    outcome = f"{told['status']} answered" if told["status"] else "--- failed"
    rest = [told["url"], told["error"] or ""]
    return (told["account"], f"push {told['callback']} {number}", outcome, f"{told['duration_ms']:.1f} ms"), rest


def _text_of_change(told: Told) -> tuple[tuple[str, str, str, str], list[str]]:
    path = told["path"].removeprefix("/_emulator/")
    return (told["account"], f"control {told['method']} {path}", f"{told['status']} done", ""), [told["body"] or ""]


def _text_of_reload(told: Told) -> tuple[tuple[str, str, str, str], list[str]]:
    outcome = "--- failed" if told["problem"] else "read"
    return ("", "rule files", outcome, ""), [f"{told['rules']} rules hold", told["problem"] or ""]


def _text_of_stray(told: Told) -> tuple[tuple[str, str, str, str], list[str]]:
    return ("", f"{told['method']} {told['path']}", f"{told['status']} stray", ""), [told["detail"]]


_TEXTS = {
    "call": _text_of_call,
    "push": _text_of_push,
    "change": _text_of_change,
    "reload": _text_of_reload,
    "stray": _text_of_stray,
}


def _named(account: str | None, world: World) -> str | None:
    found = world.accounts.named(account) if account else None
    return _plain(found.name if found else account or "", _NAME) or None


def _worst(entry: Entry) -> str | None:
    suggested = {subject[6] for subject in entry.subjects}
    return next((each for each in ("block", "review", "pass") if each in suggested), None)


def _about(entry: Entry) -> str:
    """What the first picture or text of a call is."""
    if not entry.subjects:
        return ""
    kind, _number, facts, *_ = entry.subjects[0]
    found = next((facts[key] for key in _SUBJECT if facts.get(key)), kind)
    return " ".join(str(found)[:_READ].split())


def _without(hidden: list[str], text: str) -> str:
    return str(without(hidden, text[:_READ]))


def _plain(text: str, longest: int) -> str:
    shown = printable(masked(text[:_READ]))
    return shown if len(shown) <= longest else f"{shown[:longest]}..."
