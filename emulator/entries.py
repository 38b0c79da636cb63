"""What the journal keeps of a call: plain data, of which nothing is larger than it may be."""

import logging
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from emulator.error_types import Refusal
from emulator.provider import Provider
from emulator.rules.decision import BY_DEFAULT, DecidedBy, Decision, Decisions, Item
from emulator.rules.magic_words import MagicWordReader
from emulator.rules.outcome import Error, Outcome, Raw, Respond, Verdict
from emulator.state import State
from emulator.state.accounts import Account
from emulator.state.journal import BODY_LIMIT, FACTS_LIMIT, HEAD_LIMIT, NAME_LIMIT, Entry
from emulator.types import Call, FaultRequest, WireRequest, WireResponse

log = logging.getLogger("emulator")

_WARNINGS, _HINTS = 20, 5  # told of one call
_HEADERS, _NAME = 100, 200  # how many, and characters of the name of one


class Trace:
    """How far a call came: None where it did not get."""

    def __init__(
        self,
        call: Call | None,
        account: Account | None,
        decisions: Decisions | None,
        refusal: Refusal | None,
        step: str,
        request_id: str,
    ) -> None:
        self.call = call
        self.account = account
        self.decisions = decisions
        self.refusal = refusal
        self.stage = step
        self.request_id = request_id


_KINDS = {Error: "error", FaultRequest: "fault", Respond: "respond", Raw: "respond"}


def _summarise_outcome(trace: Trace, provider: Provider) -> tuple[str, DecidedBy]:
    """What a call came to, in one word, and who decided. Some providers tell a verdict by an error code."""
    if trace.decisions is None:
        return "refused", (trace.stage, None, None)
    call = trace.decisions.call
    made = [] if call.by == BY_DEFAULT else [call]
    for _item, decision in trace.decisions.items:
        if decision.by != BY_DEFAULT:
            made.append(decision)
    if not made:
        return ("pass", BY_DEFAULT) if trace.refusal is None else ("error", ("operation", None, None))
    decided = next((decision for decision in made if type(decision.outcome) in _KINDS), made[0])
    kind = _KINDS.get(type(decided.outcome), "verdict")
    if trace.refusal is not None:
        told_so = _says_verdict(decided.outcome) and trace.refusal.code != provider.internal_error
        return kind if told_so else "error", decided.by
    passing = isinstance(decided.outcome, Verdict) and decided.outcome.suggestion == "pass"
    return "pass" if passing else kind, decided.by


def _says_verdict(outcome: Outcome | None) -> bool:
    """Whether an outcome is a verdict, or brings one along; also one that only delays."""
    return outcome.verdict is not None if isinstance(outcome, Respond) else type(outcome) not in _KINDS


def make_entry(
    trace: Trace, provider: Provider, request: WireRequest, response: WireResponse, seconds: float, state: State
) -> Entry:
    """Return the call as the journal keeps it, and log what is to be warned of."""
    outcome, decided_by = _summarise_outcome(trace, provider)
    account, call, refusal = trace.account, trace.call, trace.refusal
    judged = trace.decisions.items if trace.decisions else ()
    longest = 0 if _is_short(trace, provider, request) else min(BODY_LIMIT, FACTS_LIMIT // (len(judged) or 1))
    warned: list[str] = [] if call is None else list(call.warnings)
    if trace.decisions:
        warned += trace.decisions.call.warnings
    for _item, decision in judged:
        warned += decision.warnings
    warnings = _limit_warnings(warned, state.rule_engine.magic_words) if warned else ()
    for warning in warnings:
        if account is None or account.is_new_warning(warning):
            log.warning("%s", warning)
    return Entry(
        next(state.entry_ids),
        (account or state.accounts.default).clock.now(),
        account.id if account else None,
        provider.name,
        call.operation[:NAME_LIMIT] if call else None,
        call.via if call else "https",
        request.method,
        request.target[:BODY_LIMIT],
        _copy_headers(request.headers),
        (request.body if call is None or call.upload.summary is None else call.upload.summary)[:BODY_LIMIT],
        trace.request_id,
        response.status,
        refusal.code if refusal else None,
        refusal.explanation if refusal else "",
        outcome,
        tuple([_summarise_item(item, decision, longest) for item, decision in judged]),
        decided_by,
        warnings,
        seconds,
        dict(_copy_headers(response.headers) if outcome == "respond" else response.headers),
        response.body[:BODY_LIMIT],
    )


def _is_short(trace: Trace, provider: Provider, request: WireRequest) -> bool:
    """Whether no fact of a call can be long: its request is small, and asks for nothing that came earlier."""
    if len(request.target) + len(request.body) > BODY_LIMIT:
        return False
    return trace.decisions is None or trace.call is None or not provider.operations[trace.call.operation].polls


def _copy_headers(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Headers as plain text, for aiohttp's names are a kind of str; the last of too many are cut."""
    if sum(map(len, headers)) + sum(map(len, headers.values())) < HEAD_LIMIT:
        return tuple([(str(name), value) for name, value in headers.items()])
    kept, room = [], HEAD_LIMIT
    for name, value in islice(headers.items(), _HEADERS):
        kept.append((str(name)[:_NAME], value[:room]))
        room = max(0, room - len(value))
    return tuple(kept)


def _limit_warnings(warned: Sequence[str], magic: MagicWordReader) -> tuple[str, ...]:
    """Warnings, each once, and not too many; some tell which magic word may have been meant."""
    warnings = list(dict.fromkeys(warned))
    if len(warnings) > _WARNINGS:
        warnings[_WARNINGS:] = [f"and {len(warnings) - _WARNINGS} more"]
    return tuple([magic.add_hint(each) if n < _HINTS else each for n, each in enumerate(warnings)])


def _summarise_item(item: Item, decision: Decision, longest: int) -> tuple[Any, ...]:
    """A picture or text as it is kept: without bytes, and no fact longer than this, if it is not 0."""
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
