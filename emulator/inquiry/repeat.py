"""Repeat: the rules by which a call that is made once more gets what it got."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from emulator.inquiry.masking import secrets, without
from emulator.outcomes import form_of
from emulator.provider import Operation
from emulator.world import World
from emulator.world.journal import BODY_LIMIT, FACTS_LIMIT, Entry
from emulator.world.verdicts.conditions import LONGEST
from emulator.world.verdicts.outcome import Error, Respond, Verdict
from emulator.world.verdicts.rule import NEVER, Delay, Rule
from emulator.world.verdicts.subject import Subject

Form = dict[str, Any]

_TOLD_APART = ("url", "text", "sha256", "data_id", "filename")  # what names a picture or text, the best first
_FRAMING = ("content-length", "transfer-encoding", "date", "connection")


class Unrepeatable(Exception):
    """No rule would repeat the call; the text says why."""


class _Lost(Exception):
    """What decided is not known any more."""


class _Noted(NamedTuple):
    """A picture or text as the journal keeps it."""

    kind: Any
    number: int
    facts: Mapping[str, Any]
    by: str
    rule: str | None
    name: str | None
    suggestion: str | None


async def rules(entry: Entry, operation: Operation | None, world: World) -> list[Form]:
    """Return a rule, or one for each thing that was decided otherwise; raises Unrepeatable.

    Where the rule that decided is gone or changed, the answer itself becomes one, byte for byte.
    """
    try:
        found = list(_of_call(entry, operation, world) or _of_subjects(entry, operation, world))
    except _Lost:
        found = [await asyncio.to_thread(_literal, entry, operation)]
    return [{"name": f"as in journal entry {entry.id}", **rule} for rule in found]


def _of_call(entry: Entry, operation: Operation | None, world: World) -> list[Form]:
    """The rule of what befell the call as a whole; none where its pictures and texts tell."""
    kind, name, _name = entry.decided_by
    rule = _rule(entry, name, world) if kind == "rule" else None
    if rule is not None and rule.before_subjects:
        noted = [] if rule.outcome is None or isinstance(rule.outcome, Respond) else _first(entry, operation)
        return [{"match": _match(entry, operation, noted), **_form(rule)}]
    if entry.outcome == "refused" or (kind not in ("rule", "magic") and entry.code):
        if entry.code is None:
            raise Unrepeatable("the call was refused without a code")
        return [{"match": _match(entry, operation, _first(entry, operation)), "error": entry.code}]
    if not entry.subjects:
        if kind in ("rule", "magic"):
            raise _Lost
        return [{"match": _match(entry, operation, []), "verdict": "pass"}]
    return []


def _first(entry: Entry, operation: Operation | None) -> list[_Noted]:
    """The picture or text by which to know the whole call; none where rules about them speak of its result alone."""
    if operation is None or operation.asynchronous:
        return []
    return [_Noted(*each) for each in entry.subjects[:1]]


def _of_subjects(entry: Entry, operation: Operation | None, world: World) -> Iterator[Form]:
    """One rule for all pictures and texts of which the same was decided."""
    alike: dict[bytes, tuple[Form, list[_Noted]]] = {}
    for each in entry.subjects:
        noted = _Noted(*each)
        form = _decided(entry, noted, world)
        key = orjson.dumps([form, _key(noted)], default=str, option=orjson.OPT_SORT_KEYS)
        alike.setdefault(key, (form, []))[1].append(noted)
    for form, those in alike.values():
        yield {"match": _match(entry, operation, those), **form}


def _decided(entry: Entry, noted: _Noted, world: World) -> Form:
    """What befell a picture or text, as a rule says it."""
    if noted.by == "default" and noted.suggestion is not None:
        return {"verdict": "pass"}
    if noted.by == "rule" and (rule := _rule(entry, noted.rule, world)) is not None:
        told = rule.outcome.verdict if isinstance(rule.outcome, Respond) else rule.outcome
        if isinstance(told, Verdict) and told.suggestion != noted.suggestion:
            raise _Lost
        return _form(rule)
    if noted.by == "magic" and noted.name:
        subject = Subject(noted.kind, noted.number, {"text": noted.name})
        spell = world.judge.magic.read(entry.provider, subject, entry.operation or "")
        if spell is not None and spell.outcome is not None:
            outcome = spell.outcome._replace(n=None) if isinstance(spell.outcome, Error) else spell.outcome
            delay = None if spell.delay is None else (spell.delay, spell.delay)
            return {**form_of(outcome), **_pace(delay, spell.callback)}
    raise _Lost


def _rule(entry: Entry, name: str | None, world: World) -> Rule | None:
    """The rule of this id, if it is the one that decided."""
    found = (world.judge.control.named(name) or world.judge.files.by_id.get(name)) if name else None
    return found if found is not None and found.since <= entry.id else None


def _form(rule: Rule) -> Form:
    return {**(form_of(rule.outcome) if rule.outcome is not None else {}), **_pace(rule.delay, rule.callback)}


def _pace(delay: Delay | None, callback: str | float | None) -> Form:
    """Delay and callback as a rule writes them."""
    form: Form = {}
    if delay is not None:
        low, high = delay
        form["delay"] = "never" if low == NEVER else low if low == high else {"min": low, "max": high}
    if callback is not None:
        form["callback"] = {"after": callback} if isinstance(callback, float) else callback
    return form


def _match(entry: Entry, operation: Operation | None, those: list[_Noted]) -> Form:
    """What fits the call, and of several pictures or texts each of `those`."""
    match: Form = {"provider": entry.provider}
    if operation is not None:
        match["operation"] = operation.name
    if entry.via == "cloud":
        match["via"] = entry.via
    key = _key(those[0]) if those else None
    if key is not None:
        values = [str(noted.facts[key]) for noted in those]
        longest = min(BODY_LIMIT, FACTS_LIMIT // len(entry.subjects))
        if any(len(value) >= longest for value in values):  # the journal may have cut it
            match[key] = {"prefix": [value[:LONGEST] for value in values]}
        else:
            match[key] = values[0] if len(values) == 1 else values
    return match


def _key(noted: _Noted) -> str | None:
    return next((key for key in _TOLD_APART if key in noted.facts), None)


def _literal(entry: Entry, operation: Operation | None) -> Form:
    """The very answer that was given."""
    body = entry.response_body.decode("utf-8", "replace")
    if entry.outcome == "fault":
        raise Unrepeatable("the rule that disturbed the answer is gone or changed")
    if len(entry.response_body) >= BODY_LIMIT or body.encode() != entry.response_body:
        raise Unrepeatable(
            "the rule that decided is gone or changed, and the journal keeps no text of the whole answer"
        )
    if without(secrets(entry), body) != body:
        raise Unrepeatable("the rule that decided is gone or changed, and the answer holds credentials")
    headers = {name: value for name, value in entry.response_headers.items() if name.lower() not in _FRAMING}
    match = _match(entry, operation, [_Noted(*each) for each in entry.subjects[:1]])
    return {"match": match, "raw": {"status": entry.status, "headers": headers, "body": body}}
