"""What the journal keeps of a call: plain data, of which nothing is larger than it may be."""

import logging
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from emulator.rules.decision import BY_DEFAULT, DecidedBy, Decision, Item
from emulator.rules.magic_words import MagicWordReader
from emulator.rules.outcome import Error, Outcome, Raw, Respond, Verdict
from emulator.stages import Decided, Performed, Received
from emulator.state import State
from emulator.state.journal import BODY_LIMIT, FACTS_LIMIT, HEAD_LIMIT, NAME_LIMIT, Entry
from emulator.types import FaultRequest

log = logging.getLogger("emulator")

_WARNINGS, _HINTS = 20, 5  # kept of one call
_HEADERS, _NAME = 100, 200  # how many, and characters of the name of one


_KINDS = {Error: "error", FaultRequest: "fault", Respond: "respond", Raw: "respond"}


def make_entry(received: Received, decided: Decided, performed: Performed, seconds: float, state: State) -> Entry:
    """Return the call as the journal keeps it, and log its warnings; it took so many `seconds`."""
    outcome, decided_by = _summarise_outcome(received, decided, performed)
    request, account, call, refusal = received.request, received.account, received.call, performed.refusal
    response, items = performed.response, decided.decisions.items if decided.decisions else ()
    longest = 0 if _is_short(received, decided) else min(BODY_LIMIT, FACTS_LIMIT // (len(items) or 1))
    warned: list[str] = [] if call is None else list(call.warnings)
    if decided.decisions:
        warned += decided.decisions.call.warnings
    for _item, decision in items:
        warned += decision.warnings
    warnings = _limit_warnings(warned, state.rule_engine.magic_words) if warned else ()
    for warning in warnings:
        if account is None or account.is_new_warning(warning):
            log.warning("%s", warning)
    return Entry(
        next(state.entry_ids),
        (account or state.accounts.default).clock.now(),
        account.id if account else None,
        received.provider.name,
        call.operation[:NAME_LIMIT] if call else None,
        call.via if call else "https",
        request.method,
        request.target[:BODY_LIMIT],
        _copy_headers(request.headers),
        (request.body if call is None or call.upload.summary is None else call.upload.summary)[:BODY_LIMIT],
        performed.request_id,
        response.status,
        refusal.code if refusal else None,
        refusal.explanation if refusal else "",
        outcome,
        tuple([_summarise_item(item, decision, longest) for item, decision in items]),
        decided_by,
        warnings,
        seconds,
        dict(_copy_headers(response.headers) if outcome == "respond" else response.headers),
        response.body[:BODY_LIMIT],
    )


def _summarise_outcome(received: Received, decided: Decided, performed: Performed) -> tuple[str, DecidedBy]:
    """Return in one word how a call ended, and who decided that. Some providers answer a verdict with an error code."""
    if decided.decisions is None:
        return "refused", (received.stage, None, None)
    call, refusal = decided.decisions.call, performed.refusal
    made = [] if call.by == BY_DEFAULT else [call]
    for _item, decision in decided.decisions.items:
        if decision.by != BY_DEFAULT:
            made.append(decision)
    if not made:
        return ("pass", BY_DEFAULT) if refusal is None else ("error", ("operation", None, None))
    decisive = next((decision for decision in made if type(decision.outcome) in _KINDS), made[0])
    kind = _KINDS.get(type(decisive.outcome), "verdict")
    if refusal is not None:
        as_decided = _says_verdict(decisive.outcome) and refusal.code != received.provider.errors.internal
        return kind if as_decided else "error", decisive.by
    passing = isinstance(decisive.outcome, Verdict) and decisive.outcome.suggestion == "pass"
    return "pass" if passing else kind, decisive.by


def _says_verdict(outcome: Outcome | None) -> bool:
    """Return whether an outcome is a verdict, or brings one along; one that only delays is, too."""
    return outcome.verdict is not None if isinstance(outcome, Respond) else type(outcome) not in _KINDS


def _is_short(received: Received, decided: Decided) -> bool:
    """Return whether no fact of a call can be long: its request is small, and reads no result of an earlier call."""
    request, operation = received.request, received.operation
    if len(request.target) + len(request.body) > BODY_LIMIT:
        return False
    return decided.decisions is None or operation is None or not operation.polls


def _copy_headers(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return headers as plain text, for aiohttp's names are a kind of str; the last of too many are cut."""
    if sum(map(len, headers)) + sum(map(len, headers.values())) < HEAD_LIMIT:
        return tuple([(str(name), value) for name, value in headers.items()])
    kept, room = [], HEAD_LIMIT
    for name, value in islice(headers.items(), _HEADERS):
        kept.append((str(name)[:_NAME], value[:room]))
        room = max(0, room - len(value))
    return tuple(kept)


def _limit_warnings(warned: Sequence[str], magic: MagicWordReader) -> tuple[str, ...]:
    """Return warnings, each once, and not too many; the first ones with the magic word that may have been meant."""
    warnings = list(dict.fromkeys(warned))
    if len(warnings) > _WARNINGS:
        warnings[_WARNINGS:] = [f"and {len(warnings) - _WARNINGS} more"]
    return tuple([magic.add_hint(each) if n < _HINTS else each for n, each in enumerate(warnings)])


def _summarise_item(item: Item, decision: Decision, longest: int) -> tuple[Any, ...]:
    """Return an item as it is kept: without bytes, and no fact longer than `longest`, unless that is 0."""
    facts = item.facts
    if longest or "marker" in facts:
        facts = {
            key: value[: longest or None] if isinstance(value, str) else value
            for key, value in facts.items()
            if key != "marker"
        }
    outcome = decision.outcome.verdict if isinstance(decision.outcome, Respond) else decision.outcome
    suggestion = outcome.suggestion if isinstance(outcome, Verdict) else None
    return item.kind, item.number, facts, *decision.by, suggestion
