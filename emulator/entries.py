"""What the journal keeps of a call: plain data, of which nothing is larger than it may be."""

import logging
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from emulator.provider import Provider
from emulator.vocabulary import Call, FaultCall, Refusal, WireRequest, WireResponse
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.journal import BODY_LIMIT, FACTS_LIMIT, HEAD_LIMIT, NAME_LIMIT, Entry
from emulator.world.verdicts.judge import BY_DEFAULT, DecidedBy, Judgement, Ruling
from emulator.world.verdicts.magic import Magic
from emulator.world.verdicts.outcome import Error, Outcome, Raw, Respond, Verdict
from emulator.world.verdicts.subject import Subject

log = logging.getLogger("emulator")

_WARNINGS, _HINTS = 20, 5  # told of one call
_HEADERS, _NAME = 100, 200  # how many, and characters of the name of one


class Walk:
    """How far a call came: None where it did not get."""

    def __init__(
        self,
        call: Call | None,
        account: Account | None,
        judgement: Judgement | None,
        refusal: Refusal | None,
        step: str,
        request_id: str,
    ) -> None:
        self.call = call
        self.account = account
        self.judgement = judgement
        self.refusal = refusal
        self.step = step
        self.request_id = request_id


_KINDS = {Error: "error", FaultCall: "fault", Respond: "respond", Raw: "respond"}


def _outcome(walk: Walk, provider: Provider) -> tuple[str, DecidedBy]:
    """What a call came to, in one word, and who decided. Some providers tell a verdict by an error code."""
    if walk.judgement is None:
        return "refused", (walk.step, None, None)
    call = walk.judgement.call
    made = [] if call.by == BY_DEFAULT else [call]
    for _subject, ruling in walk.judgement.subjects:
        if ruling.by != BY_DEFAULT:
            made.append(ruling)
    if not made:
        return ("pass", BY_DEFAULT) if walk.refusal is None else ("error", ("operation", None, None))
    decided = next((ruling for ruling in made if type(ruling.outcome) in _KINDS), made[0])
    kind = _KINDS.get(type(decided.outcome), "verdict")
    if walk.refusal is not None:
        told_so = _says_verdict(decided.outcome) and walk.refusal.code != provider.crash
        return kind if told_so else "error", decided.by
    passing = isinstance(decided.outcome, Verdict) and decided.outcome.suggestion == "pass"
    return "pass" if passing else kind, decided.by


def _says_verdict(outcome: Outcome | None) -> bool:
    """Whether an outcome is a verdict, or brings one along; also one that only delays."""
    return outcome.verdict is not None if isinstance(outcome, Respond) else type(outcome) not in _KINDS


def journaled(
    walk: Walk, provider: Provider, request: WireRequest, response: WireResponse, seconds: float, world: World
) -> Entry:
    """Return the call as the journal keeps it, and log what is to be warned of."""
    outcome, decided_by = _outcome(walk, provider)
    account, call, refusal = walk.account, walk.call, walk.refusal
    judged = walk.judgement.subjects if walk.judgement else ()
    longest = 0 if _is_short(walk, provider, request) else min(BODY_LIMIT, FACTS_LIMIT // (len(judged) or 1))
    warned = [*walk.judgement.call.warnings] if walk.judgement else []
    for _subject, ruling in judged:
        warned += ruling.warnings
    warnings = _told(warned, world.judge.magic) if warned else ()
    for warning in warnings:
        if account is None or account.is_news(warning):
            log.warning("%s", warning)
    return Entry(
        next(world.numbers),
        (account or world.accounts.default).clock.now(),
        account.id if account else None,
        provider.name,
        call.operation[:NAME_LIMIT] if call else None,
        call.via if call else "https",
        request.method,
        request.target[:BODY_LIMIT],
        _headers(request.headers),
        (request.body if call is None or call.uploaded.shown is None else call.uploaded.shown)[:BODY_LIMIT],
        walk.request_id,
        response.status,
        refusal.code if refusal else None,
        refusal.explanation if refusal else "",
        outcome,
        tuple([_noted(subject, ruling, longest) for subject, ruling in judged]),
        decided_by,
        warnings,
        seconds,
        dict(_headers(response.headers) if outcome == "respond" else response.headers),
        response.body[:BODY_LIMIT],
    )


def _is_short(walk: Walk, provider: Provider, request: WireRequest) -> bool:
    """Whether no fact of a call can be long: its request is small, and asks for nothing that came earlier."""
    if len(request.target) + len(request.body) > BODY_LIMIT:
        return False
    return walk.judgement is None or walk.call is None or not provider.operations[walk.call.operation].asks


def _headers(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Headers as plain text, for aiohttp's names are a kind of str; the last of too many are cut."""
    if sum(map(len, headers)) + sum(map(len, headers.values())) < HEAD_LIMIT:
        return tuple([(str(name), value) for name, value in headers.items()])
    kept, room = [], HEAD_LIMIT
    for name, value in islice(headers.items(), _HEADERS):
        kept.append((str(name)[:_NAME], value[:room]))
        room = max(0, room - len(value))
    return tuple(kept)


def _told(warned: Sequence[str], magic: Magic) -> tuple[str, ...]:
    """Warnings, each once, and not too many; some tell which magic word may have been meant."""
    warnings = list(dict.fromkeys(warned))
    if len(warnings) > _WARNINGS:
        warnings[_WARNINGS:] = [f"and {len(warnings) - _WARNINGS} more"]
    return tuple([magic.hinted(each) if n < _HINTS else each for n, each in enumerate(warnings)])


def _noted(subject: Subject, ruling: Ruling, longest: int) -> tuple[Any, ...]:
    """A picture or text as it is kept: without bytes, and no fact longer than this, if it is not 0."""
    facts = subject.facts
    if longest or "marker" in facts:
        facts = {
            key: value[: longest or None] if isinstance(value, str) else value
            for key, value in facts.items()
            if key != "marker"
        }
    outcome = ruling.outcome.verdict if isinstance(ruling.outcome, Respond) else ruling.outcome
    suggestion = outcome.suggestion if isinstance(outcome, Verdict) else None
    return subject.kind, subject.number, facts, *ruling.by, suggestion
