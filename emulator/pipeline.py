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
from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

from emulator import schemas
from emulator.entries import Walk, journaled
from emulator.provider import Operation, Pictures, Provider, Visit
from emulator.vocabulary import Call, Disturbance, FaultCall, Refusal, WireRequest, WireResponse
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.images import BrokenPicture, look
from emulator.world.outbound import OutboundError
from emulator.world.settings import Latency
from emulator.world.verdicts.judge import PASSED, Judgement, Ruling
from emulator.world.verdicts.outcome import Error, Raw, Respond, Verdict, merged
from emulator.world.verdicts.subject import Subject, seen

log = logging.getLogger("emulator")

# What is larger is read, checked and judged in a thread: bytes of a request, and pictures and texts of a call.
_LARGE, _MANY = 64 * 1024, 16


async def answer(request: WireRequest, provider: Provider, world: World) -> WireResponse:
    """Answer one request as the provider would; never raises."""
    began = perf_counter()
    request_id = ""
    call: Call | None = None
    account: Account | None = None
    judgement: Judgement | None = None
    refusal: Refusal | None = None
    step = "wire"
    large = len(request.target) + len(request.body) > _LARGE
    try:
        call = await asyncio.to_thread(provider.decode, request, world) if large else provider.decode(request, world)
        step = "gate"
        account = provider.admit(request, call, world)
        request_id = provider.request_id(account, world)
        step = "schema"
        operation = provider.operations[call.operation]
        schema = schemas.of_request(provider.name, operation.name)
        call.params = await asyncio.to_thread(schema.taken, call.params) if large else schema.taken(call.params)
        operation.check(call, world)
        provider.spend(call, account)
        step = "rule"
        judgement = await _judged(call, account, provider, operation, large, world)
        if (latency := account.settings.latencies.get(operation.name, account.settings.latency)) or judgement.delay:
            await _held(latency, judgement, operation, account, world)
        visit = Visit(call, account, judgement, request_id, request.headers.get("Host", ""))
        response = _befallen(visit, provider, operation, world)
        request_id = visit.request_id
    except Exception as failed:
        account = account or (provider.caller(call, world) if call else None)
        request_id = request_id or provider.request_id(account or world.accounts.default, world)
        refusal = failed if isinstance(failed, Refusal) else _owned_up(failed, provider)
        response = provider.refuse(request, call, refusal, request_id, world)
        # Each leads to the frame of this function, which holds the refusal: such a circle would be kept for a while.
        failed.__traceback__ = failed.__context__ = failed.__cause__ = None
    walk = Walk(call, account, judgement, refusal, step, request_id)
    entry = journaled(walk, provider, request, response, perf_counter() - began, world)
    known = entry.operation if entry.operation in provider.operations else None
    world.note(entry, account, known)
    return response


def _owned_up(mistake: Exception, provider: Provider) -> Refusal:
    """The refusal that a mistake of our own becomes, once the log has its details."""
    log.error("%s: our own mistake, answered as %s", provider.name, provider.crash, exc_info=mistake)
    cause = f"A mistake of the emulator, {type(mistake).__name__}; its log has the details."
    return Refusal(provider.crash, cause=cause)


async def _judged(
    call: Call, account: Account, provider: Provider, operation: Operation, large: bool, world: World
) -> Judgement:
    """What befalls a call: decided by rules and magic words, once its pictures are had."""
    subjects = operation.subjects(call, account, world)
    if operation.pictures is not None and world.settings.images.fetch:
        subjects = await asyncio.gather(*(_looked_at(s, operation.pictures, world) for s in subjects))
    facts = {"provider": provider.name, "operation": operation.name, "account": account.id, "via": call.via}
    judge, magic_words = world.judge, account.settings.magic_words
    if large or len(subjects) > _MANY or judge.is_slow:
        judgement = await asyncio.to_thread(judge.judge, facts, subjects, magic_words)
    else:
        judgement = judge.judge(facts, subjects, magic_words)
    if not world.identities.ready:
        for _subject, ruling in judgement.subjects:
            if ruling is not PASSED and ruling.is_hit:
                await asyncio.to_thread(world.identities.prepare)
                break
    patience = operation.patience
    return judgement if patience is None else judgement.within(patience.seconds, patience.code)


async def _looked_at(subject: Subject, limits: Pictures, world: World) -> Subject:
    """The subject with its picture downloaded, or with the error that this picture then is, if it is one."""
    if subject.trouble is not None or subject.kind != "picture" or "url" not in subject.facts:
        return subject
    try:
        data = await world.outbound.get(str(subject.facts["url"]), limit=limits.size, seconds=limits.seconds)
        picture = await asyncio.to_thread(look, data, huge=limits.huge)
    except OutboundError as error:
        facts = {**subject.facts, "unseen": error.reason}
        return subject._replace(facts=facts, trouble=limits.unseen.get(error.reason))
    except BrokenPicture:
        return subject._replace(trouble=limits.unseen.get("broken"))
    if picture.format not in limits.formats:
        return seen(subject, picture)._replace(trouble=limits.unseen["format"]) if limits.unseen else subject
    return seen(subject, picture)


async def _held(latency: Latency, judgement: Judgement, operation: Operation, account: Account, world: World) -> None:
    """Latency of the settings in real time, delays of rules on the account's clock; those of asynchronous work hold up
    its result instead.
    """
    if latency:
        await asyncio.sleep(world.identities.latency(latency))
    if judgement.delay and (not operation.asynchronous or judgement.call.outcome is not None):
        await account.clock.sleep(judgement.delay)


def _befallen(visit: Visit, provider: Provider, operation: Operation, world: World) -> WireResponse:
    """The answer of the operation, or what a rule or magic word put in its place."""
    decisive = _decisive(visit, provider, operation)
    if isinstance(decisive, Raw):
        return _literal(decisive, provider.always(visit.call))
    try:
        body = operation.perform(visit, world)
    except Refusal as refusal:
        refusal.patches = _patches(visit.judgement)
        raise
    called = visit.judgement.call.outcome
    if isinstance(called, Respond):
        body = merged(body, called.patch)
    response = provider.encode(visit.call, body, visit.request_id, world)
    if isinstance(decisive, FaultCall):
        return replace(response, fault=Disturbance(*decisive, visit.account.clock.sleep))
    return response


def _decisive(visit: Visit, provider: Provider, operation: Operation) -> FaultCall | Raw | None:
    """What disturbs or replaces the whole answer, if anything does. Raises the error that fails the whole call."""
    called, subjects = visit.judgement.call.outcome, visit.judgement.subjects
    if isinstance(called, Error):
        number = called.n or (subjects[0][0].number if subjects else None)
        raise _asked(called, visit.judgement.call, number)
    if isinstance(called, (FaultCall, Raw)):
        return called
    for subject, ruling in subjects:
        outcome = ruling.outcome
        if ruling is PASSED or isinstance(outcome, Verdict):
            continue
        if isinstance(outcome, (FaultCall, Raw)):
            return outcome
        if isinstance(outcome, Error) and provider.fails_call(outcome, operation.name):
            raise _asked(outcome, ruling, outcome.n or subject.number)
    first = subjects[0][1].outcome if subjects and not (provider.itemised or operation.asynchronous) else None
    if isinstance(first, Error) and all(isinstance(ruling.outcome, Error) for _subject, ruling in subjects):
        raise _asked(first, subjects[0][1], first.n)
    return None


def _patches(judgement: Judgement) -> tuple[Any, ...]:
    """What rules lay over the answer of a call, for a verdict that is told by an error code."""
    outcomes = [*(ruling.outcome for _subject, ruling in judgement.subjects), judgement.call.outcome]
    return tuple([outcome.patch for outcome in outcomes if isinstance(outcome, Respond)])


def _asked(error: Error, ruling: Ruling, number: int | None) -> Refusal:
    """The refusal that a rule or magic word asks for."""
    return Refusal(error.code, cause=_whose(ruling), n=number, written=error.written)


def _whose(ruling: Ruling) -> str:
    """Who asked for an error."""
    kind, rule, name = ruling.by
    if kind == "magic":
        return f"The magic word {name} asks for it."
    if kind == "rule":
        return f"The rule {name or rule} asks for it."
    return "No rule names it: the picture or text cannot be had, read or taken, or its check takes too long."


def _literal(raw: Raw, always: Mapping[str, str]) -> WireResponse:
    """What a rule wrote out; of the headers that are always there, those it does not name itself."""
    named = {name.lower() for name in raw.headers}
    added = {name: value for name, value in always.items() if name.lower() not in named}
    return WireResponse(raw.status, {**raw.headers, **added}, raw.body.encode("utf-8", "replace"))
