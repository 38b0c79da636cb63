"""The one path of every request.

        plane     bytes come in, bytes go out                                            planes/
          wire      the provider's form becomes a Call                                   providers/<name>/wire.py
            gate      who calls: signature, freshness, quota                             providers/<name>/gate.py
              schema    what is asked: shape and limits                                  schemas/<name>/
                verdict   what befalls it: rules, magic words, fixtures                  world/verdicts/
                  operation   the documented answer                                      providers/<name>/operations/
          wire      the answer, or the refusal of any step, in the provider's form
        plane     delivered, by a fault if one was asked for                             faults/

Rules are not asked about a call that the gate or its schema refused.
"""

import asyncio
import logging
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple

from emulator import schemas
from emulator.provider import Operation, Provider, Visit
from emulator.vocabulary import Call, FaultCall, Refusal, WireRequest, WireResponse
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.images import BrokenPicture, look
from emulator.world.journal import BODY_LIMIT, Entry
from emulator.world.outbound import OutboundError
from emulator.world.verdicts.judge import DecidedBy, Judgement, Ruling
from emulator.world.verdicts.outcome import Error, Raw, Respond, Verdict, merged
from emulator.world.verdicts.subject import Subject, seen

log = logging.getLogger("emulator")


class _Walk(NamedTuple):
    """How far a call came: None where it did not get."""

    provider: Provider
    call: Call | None
    account: Account | None
    judgement: Judgement | None
    refusal: Refusal | None
    step: str
    request_id: str


async def answer(request: WireRequest, provider: Provider, world: World) -> WireResponse:
    """Answer one request as the provider would; never raises."""
    began = perf_counter()
    request_id = world.identities.request_id()
    call: Call | None = None
    account: Account | None = None
    judgement: Judgement | None = None
    refusal: Refusal | None = None
    step = "gate"
    try:
        call = provider.decode(request, world)
        account = provider.admit(request, call, world)
        step = "schema"
        operation = provider.operations[call.operation]
        schemas.of_request(provider.name, operation.name).check(call.params)
        operation.check(call, world)
        step = "rule"
        judgement = await _judged(call, account, provider, operation, world)
        await _held(judgement, account, world)
        visit = Visit(call, account, judgement, request_id, request.headers.get("Host", ""))
        response = _befallen(visit, provider, operation, world)
    except Refusal as refused:
        refusal = refused
        response = provider.refuse(request, call, refusal, request_id, world)
    except Exception as mistake:
        log.exception("%s: our own mistake, answered as %s", provider.name, provider.crash)
        refusal = Refusal(provider.crash, type(mistake).__name__)
        response = provider.refuse(request, call, Refusal(provider.crash), request_id, world)
    walk = _Walk(provider, call, account, judgement, refusal, step, request_id)
    entry = _entry(walk, request, response, perf_counter() - began, world)
    (account.journal if account else world.strangers).note(entry)
    return response


async def _judged(call: Call, account: Account, provider: Provider, operation: Operation, world: World) -> Judgement:
    subjects = operation.subjects(call, world)
    if operation.pictures is not None and world.settings.images.fetch:
        subjects = await asyncio.gather(*(_looked_at(subject, operation, world) for subject in subjects))
    facts = {"provider": provider.name, "operation": call.operation, "account": account.id, "via": call.via}
    settings = world.settings
    read = partial(world.magic.read, provider.name, thresholds=settings.thresholds) if settings.magic_words else None
    return world.judge.judge(facts, subjects, read)


async def _looked_at(subject: Subject, operation: Operation, world: World) -> Subject:
    """The subject with its picture downloaded, or with the error that this picture then is."""
    limits = operation.pictures
    if limits is None or subject.trouble is not None or "url" not in subject.facts:
        return subject
    try:
        data = await world.outbound.get(str(subject.facts["url"]), limit=limits.size, seconds=limits.seconds)
        picture = look(data)
    except OutboundError as error:
        return subject._replace(trouble=limits.unseen[error.reason])
    except BrokenPicture:
        return subject._replace(trouble=limits.unseen["broken"])
    if picture.format not in limits.formats:
        return seen(subject, picture)._replace(trouble=limits.unseen["format"])
    return seen(subject, picture)


async def _held(judgement: Judgement, account: Account, world: World) -> None:
    """Latency of the settings in real time, delays of rules on the account's clock."""
    if world.settings.latency[1]:
        await asyncio.sleep(world.identities.between(*world.settings.latency))
    if delay := judgement.delay:
        await account.clock.sleep(delay)


def _befallen(visit: Visit, provider: Provider, operation: Operation, world: World) -> WireResponse:
    """The answer of the operation, or what a rule or magic word put in its place."""
    called, subjects = visit.judgement.call.outcome, visit.judgement.subjects
    if isinstance(called, Error):
        raise Refusal(called.code, n=called.n or (subjects[0][0].number if subjects else None))
    decisive = called
    for subject, ruling in subjects:
        outcome = ruling.outcome
        if isinstance(outcome, Error) and provider.rows[outcome.code].scope == "call":
            raise Refusal(outcome.code, n=outcome.n or subject.number)
        if decisive is None and isinstance(outcome, FaultCall | Raw):
            decisive = outcome
    if isinstance(decisive, Raw):
        return WireResponse(decisive.status, decisive.headers, decisive.body.encode("utf-8", "replace"))
    first = subjects[0][1].outcome if subjects else None
    if isinstance(first, Error) and all(isinstance(ruling.outcome, Error) for _subject, ruling in subjects):
        raise Refusal(first.code, n=first.n)
    body = operation.perform(visit, world)
    if isinstance(called, Respond):
        body = merged(body, called.patch)
    response = provider.encode(visit.call, body, visit.request_id, world)
    return response._replace(fault=decisive) if isinstance(decisive, FaultCall) else response


_KINDS = {Error: "error", FaultCall: "fault", Respond: "respond", Raw: "respond"}


def _outcome(walk: _Walk) -> tuple[str, DecidedBy]:
    """What a call came to, in one word, and who decided."""
    if walk.judgement is None:
        return "refused", (walk.step, None, None)
    rulings = [walk.judgement.call, *(ruling for _subject, ruling in walk.judgement.subjects)]
    told = [ruling for ruling in rulings if ruling.by[0] != "default"]
    if walk.refusal is not None:
        return "error", told[0].by if told else ("default", None, None)
    decided = next((ruling for ruling in told if type(ruling.outcome) in _KINDS), told[0] if told else None)
    if decided is None:
        return "pass", ("default", None, None)
    passing = isinstance(decided.outcome, Verdict) and decided.outcome.suggestion == "pass"
    return "pass" if passing else _KINDS.get(type(decided.outcome), "verdict"), decided.by


def _entry(walk: _Walk, request: WireRequest, response: WireResponse, seconds: float, world: World) -> Entry:
    """The call as the journal keeps it: plain data."""
    outcome, decided_by = _outcome(walk)
    judged = walk.judgement.subjects if walk.judgement else ()
    warnings = tuple(warning for _subject, ruling in judged for warning in ruling.warnings)
    for warning in warnings:
        log.warning("%s", warning)
    return Entry(
        id=next(world.numbers),
        at=(walk.account or world.accounts.default).clock.now(),
        account=walk.account.id if walk.account else None,
        provider=walk.provider.name,
        operation=walk.call.operation if walk.call else None,
        via=walk.call.via if walk.call else "https",
        method=request.method,
        target=request.target[:BODY_LIMIT],
        headers=tuple(request.headers.items()),
        body=request.body[:BODY_LIMIT],
        request_id=walk.request_id,
        status=response.status,
        code=walk.refusal.code if walk.refusal else None,
        detail=walk.refusal.detail if walk.refusal else "",
        outcome=outcome,
        subjects=tuple(_noted(subject, ruling) for subject, ruling in judged),
        decided_by=decided_by,
        warnings=warnings,
        seconds=seconds,
        response_headers=tuple(response.headers.items()),
        response_body=response.body[:BODY_LIMIT],
    )


def _noted(subject: Subject, ruling: Ruling) -> tuple[Any, ...]:
    facts = {key: value for key, value in subject.facts.items() if not isinstance(value, bytes)}
    suggestion = ruling.outcome.suggestion if isinstance(ruling.outcome, Verdict) else None
    return subject.kind, subject.number, facts, *ruling.by, suggestion
