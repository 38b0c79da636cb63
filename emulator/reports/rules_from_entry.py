"""Rules from an entry: with these rules, a call that is repeated gets the answer that it got before."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from emulator.operation import Operation
from emulator.reports.masking import find_secrets, mask_data
from emulator.rules.conditions import LONGEST
from emulator.rules.decision import Item
from emulator.rules.outcome import Error, Respond, Verdict
from emulator.rules.parse_outcome import to_form
from emulator.rules.rule import NEVER, Delay, Rule
from emulator.state import State
from emulator.state.journal import BODY_LIMIT, FACTS_LIMIT, Entry

Form = dict[str, Any]

_IDENTIFYING_KEYS = ("url", "text", "sha256", "data_id", "filename")  # facts that identify an item, the best first
_FRAMING_HEADERS = ("content-length", "transfer-encoding", "date", "connection")


class Unrepeatable(Exception):
    """Raised when no rule would repeat the answer; its text says why."""


class _RuleGone(Exception):
    """Raised when it is no longer known what decided."""


class _JournaledItem(NamedTuple):
    """An item as the journal keeps it, in the order of a tuple of `Entry.items`.

    kind: `picture`, `text` or `sound`.
    number: The number of the task, from 1.
    facts: The facts by the keys of `match`.
    decided_by: What decided: `rule`, `magic`, `default` and so on.
    rule: The id of the rule that decided, if one did.
    name: The name of the rule, or the magic words.
    suggestion: `block`, `review` or `pass`; None for an item without a result.
    """

    kind: Any
    number: int
    facts: Mapping[str, Any]
    decided_by: str
    rule: str | None
    name: str | None
    suggestion: str | None


async def build_rules(entry: Entry, operation: Operation | None, state: State) -> list[Form]:
    """Return the rules that repeat an answer: one for the call, or one for each group of items decided alike.

    Where the rule that decided is gone or changed, the answer itself becomes a rule, byte for byte. Raises
    Unrepeatable.
    """
    try:
        found = list(_build_call_rules(entry, operation, state) or _build_item_rules(entry, operation, state))
    except _RuleGone:
        found = [await asyncio.to_thread(_build_raw_rule, entry, operation)]
    return [{"name": f"as in journal entry {entry.id}", **rule} for rule in found]


def _build_call_rules(entry: Entry, operation: Operation | None, state: State) -> list[Form]:
    """Return the rule for what applied to the call as a whole; none where its items were decided one by one."""
    kind, name, _name = entry.decided_by
    rule = _find_rule(entry, name, state) if kind == "rule" else None
    if rule is not None and rule.is_per_call:
        items = [] if rule.outcome is None or isinstance(rule.outcome, Respond) else _pick_first_item(entry, operation)
        return [{"match": _build_match(entry, operation, items), **_effect_to_dict(rule)}]
    if entry.outcome == "refused" or (kind not in ("rule", "magic") and entry.code):
        if entry.code is None:
            raise Unrepeatable("the call was refused without a code")
        return [{"match": _build_match(entry, operation, _pick_first_item(entry, operation)), "error": entry.code}]
    if not entry.items:
        if kind in ("rule", "magic"):
            raise _RuleGone
        return [{"match": _build_match(entry, operation, []), "verdict": "pass"}]
    return []


def _pick_first_item(entry: Entry, operation: Operation | None) -> list[_JournaledItem]:
    """Return the item that identifies the whole call.

    Return none for an asynchronous operation: there, rules on items only decide the result.
    """
    if operation is None or operation.asynchronous:
        return []
    return [_JournaledItem(*each) for each in entry.items[:1]]


def _build_item_rules(entry: Entry, operation: Operation | None, state: State) -> Iterator[Form]:
    """Yield one rule for each group of items that were decided alike."""
    groups: dict[bytes, tuple[Form, list[_JournaledItem]]] = {}
    for each in entry.items:
        item = _JournaledItem(*each)
        form = _build_effect(entry, item, state)
        key = orjson.dumps([form, _choose_key(item)], default=str, option=orjson.OPT_SORT_KEYS)
        groups.setdefault(key, (form, []))[1].append(item)
    for form, items in groups.values():
        yield {"match": _build_match(entry, operation, items), **form}


def _build_effect(entry: Entry, item: _JournaledItem, state: State) -> Form:
    """Return what was decided for an item, as a rule writes it. Raises _RuleGone."""
    if item.decided_by == "default" and item.suggestion is not None:
        return {"verdict": "pass"}
    if item.decided_by == "rule" and (rule := _find_rule(entry, item.rule, state)) is not None:
        decided = rule.outcome.verdict if isinstance(rule.outcome, Respond) else rule.outcome
        if isinstance(decided, Verdict) and decided.suggestion != item.suggestion:
            raise _RuleGone
        return _effect_to_dict(rule)
    if item.decided_by == "magic" and item.name:
        named_item = Item(item.kind, item.number, {"text": item.name})
        magic_words = state.rule_engine.magic_words.read(entry.provider, named_item, entry.operation or "")
        if magic_words is not None and magic_words.outcome is not None:
            outcome = (
                magic_words.outcome._replace(n=None) if isinstance(magic_words.outcome, Error) else magic_words.outcome
            )
            delay = None if magic_words.delay is None else (magic_words.delay, magic_words.delay)
            return {**to_form(outcome), **_build_timing(delay, magic_words.callback)}
    raise _RuleGone


def _find_rule(entry: Entry, name: str | None, state: State) -> Rule | None:
    """Return the rule of this id; None when it is gone, or was made or changed after the call."""
    found = (state.rule_engine.control.find(name) or state.rule_engine.files.by_id.get(name)) if name else None
    return found if found is not None and found.first_entry_id <= entry.id else None


def _effect_to_dict(rule: Rule) -> Form:
    return {**(to_form(rule.outcome) if rule.outcome is not None else {}), **_build_timing(rule.delay, rule.callback)}


def _build_timing(delay: Delay | None, callback: str | float | None) -> Form:
    """Return delay and callback as a rule writes them."""
    form: Form = {}
    if delay is not None:
        low, high = delay
        form["delay"] = "never" if low == NEVER else low if low == high else {"min": low, "max": high}
    if callback is not None:
        form["callback"] = {"after": callback} if isinstance(callback, float) else callback
    return form


def _build_match(entry: Entry, operation: Operation | None, items: list[_JournaledItem]) -> Form:
    """Return a `match` that fits the call and, where `items` are given, each of them."""
    match: Form = {"provider": entry.provider}
    if operation is not None:
        match["operation"] = operation.name
    if entry.via == "cloud":
        match["via"] = entry.via
    key = _choose_key(items[0]) if items else None
    if key is not None:
        values = [str(item.facts[key]) for item in items]
        longest = min(BODY_LIMIT, FACTS_LIMIT // len(entry.items))
        if any(len(value) >= longest for value in values):  # the journal may have cut the value
            match[key] = {"prefix": [value[:LONGEST] for value in values]}
        else:
            match[key] = values[0] if len(values) == 1 else values
    return match


def _choose_key(item: _JournaledItem) -> str | None:
    return next((key for key in _IDENTIFYING_KEYS if key in item.facts), None)


def _build_raw_rule(entry: Entry, operation: Operation | None) -> Form:
    """Return a rule with the very answer that was given. Raises Unrepeatable."""
    body = entry.response_body.decode("utf-8", "replace")
    if entry.outcome == "fault":
        raise Unrepeatable("the rule that disturbed the answer is gone or changed")
    if len(entry.response_body) >= BODY_LIMIT or body.encode() != entry.response_body:
        raise Unrepeatable(
            "the rule that decided is gone or changed, and the journal keeps no text of the whole answer"
        )
    if mask_data(find_secrets(entry), body) != body:
        raise Unrepeatable("the rule that decided is gone or changed, and the answer holds credentials")
    headers = {name: value for name, value in entry.response_headers.items() if name.lower() not in _FRAMING_HEADERS}
    match = _build_match(entry, operation, [_JournaledItem(*each) for each in entry.items[:1]])
    return {"match": match, "raw": {"status": entry.status, "headers": headers, "body": body}}
