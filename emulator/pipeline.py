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
from emulator.provider import Operation, Pictures, Provider, Visit
from emulator.vocabulary import Call, Disturbance, FaultCall, Refusal, WireRequest, WireResponse
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.images import BrokenPicture, look
from emulator.world.journal import BODY_LIMIT, NAME_LIMIT, Entry
from emulator.world.outbound import OutboundError
from emulator.world.settings import Latency
from emulator.world.verdicts.judge import BY_DEFAULT, PASSED, DecidedBy, Judgement, Ruling
from emulator.world.verdicts.outcome import Error, Raw, Respond, Verdict, merged
from emulator.world.verdicts.subject import Subject, seen

log = logging.getLogger("emulator")


class _Walk:
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


async def answer(request: WireRequest, provider: Provider, world: World) -> WireResponse:
    """Answer one request as the provider would; never raises."""
    began = perf_counter()
    request_id = ""
    call: Call | None = None
    account: Account | None = None
    judgement: Judgement | None = None
    refusal: Refusal | None = None
    step = "gate"
    try:
        call = provider.decode(request, world)
        account = provider.admit(request, call, world)
        request_id = provider.request_id(account, world)
        step = "schema"
        operation = provider.operations[call.operation]
        schemas.of_request(provider.name, operation.name).check(call.params)
        operation.check(call, world)
        provider.spend(call, account)
        step = "rule"
        subjects = operation.subjects(call, account, world)
        if operation.pictures is not None and world.settings.images.fetch:
            subjects = await asyncio.gather(*(_looked_at(s, operation.pictures, world) for s in subjects))
        facts = {"provider": provider.name, "operation": operation.name, "account": account.id, "via": call.via}
        judgement = world.judge.judge(facts, subjects, account.settings.magic_words)
        if operation.patience is not None:
            judgement = judgement.within(*operation.patience)
        if (latency := account.settings.latencies.get(operation.name, account.settings.latency)) or judgement.delay:
            await _held(latency, judgement, operation, account, world)
        visit = Visit(call, account, judgement, request_id, request.headers.get("Host", ""))
        response = _befallen(visit, provider, operation, world)
    except Exception as failed:
        account = account or (provider.caller(call, world) if call else None)
        request_id = request_id or provider.request_id(account or world.accounts.default, world)
        refusal = told = failed if isinstance(failed, Refusal) else Refusal(provider.crash)
        if refusal is not failed:
            log.error("%s: our own mistake, answered as %s", provider.name, provider.crash, exc_info=failed)
            refusal = Refusal(provider.crash, type(failed).__name__)
        response = provider.refuse(request, call, told, request_id, world)
    walk = _Walk(call, account, judgement, refusal, step, request_id)
    entry = _entry(walk, provider, request, response, perf_counter() - began, world)
    world.note(entry, account, entry.operation if entry.operation in provider.operations else None)
    return response


async def _looked_at(subject: Subject, limits: Pictures, world: World) -> Subject:
    """The subject with its picture downloaded, or with the error that this picture then is, if it is one."""
    if subject.trouble is not None or subject.kind != "picture" or "url" not in subject.facts:
        return subject
    try:
        data = await world.outbound.get(str(subject.facts["url"]), limit=limits.size, seconds=limits.seconds)
        picture = look(data)
    except OutboundError as error:
        return subject._replace(trouble=limits.unseen.get(error.reason))
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
    called, subjects = visit.judgement.call.outcome, visit.judgement.subjects
    if isinstance(called, Error):
        raise Refusal(called.code, n=called.n or (subjects[0][0].number if subjects else None))
    decisive = called if isinstance(called, (FaultCall, Raw)) else None
    for subject, ruling in subjects if decisive is None else ():
        outcome = ruling.outcome
        if ruling is PASSED or isinstance(outcome, Verdict):
            continue
        if isinstance(outcome, (FaultCall, Raw)):
            decisive = outcome
            break
        if isinstance(outcome, Error) and provider.row(outcome.code, operation.name).scope == "call":
            raise Refusal(outcome.code, n=outcome.n or subject.number)
    if isinstance(decisive, Raw):
        return _literal(decisive, provider.always(visit.call))
    first = subjects[0][1].outcome if subjects and not (provider.itemised or operation.asynchronous) else None
    if isinstance(first, Error) and all(isinstance(ruling.outcome, Error) for _subject, ruling in subjects):
        raise Refusal(first.code, n=first.n)
    body = operation.perform(visit, world)
    if isinstance(called, Respond):
        body = merged(body, called.patch)
    response = provider.encode(visit.call, body, visit.request_id, world)
    if isinstance(decisive, FaultCall):
        return replace(response, fault=Disturbance(*decisive, visit.account.clock.sleep))
    return response


def _literal(raw: Raw, always: Mapping[str, str]) -> WireResponse:
    """What a rule wrote out; of the headers that are always there, those it does not name itself."""
    named = {name.lower() for name in raw.headers}
    added = {name: value for name, value in always.items() if name.lower() not in named}
    return WireResponse(raw.status, {**raw.headers, **added}, raw.body.encode("utf-8", "replace"))


_KINDS = {Error: "error", FaultCall: "fault", Respond: "respond", Raw: "respond"}


def _outcome(walk: _Walk, provider: Provider) -> tuple[str, DecidedBy]:
    """What a call came to, in one word, and who decided. Some providers tell a verdict by an error code."""
    if walk.judgement is None:
        return "refused", (walk.step, None, None)
    told = [walk.judgement.call] if walk.judgement.call.by != BY_DEFAULT else []
    told += [ruling for _subject, ruling in walk.judgement.subjects if ruling.by != BY_DEFAULT]
    if not told:
        return "pass" if walk.refusal is None else "error", BY_DEFAULT
    decided = next((ruling for ruling in told if type(ruling.outcome) in _KINDS), told[0])
    kind = _KINDS.get(type(decided.outcome), "verdict")
    if walk.refusal is not None:
        told_so = kind == "verdict" and walk.refusal.code != provider.crash
        return "verdict" if told_so else "error", decided.by
    passing = isinstance(decided.outcome, Verdict) and decided.outcome.suggestion == "pass"
    return "pass" if passing else kind, decided.by


def _entry(
    walk: _Walk, provider: Provider, request: WireRequest, response: WireResponse, seconds: float, world: World
) -> Entry:
    """The call as the journal keeps it: plain data."""
    outcome, decided_by = _outcome(walk, provider)
    account, call, refusal = walk.account, walk.call, walk.refusal
    judged = walk.judgement.subjects if walk.judgement else ()
    warnings = tuple([warning for _subject, ruling in judged for warning in ruling.warnings])
    for warning in warnings:
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
        # aiohttp's names are a kind of str that only str() makes plain.
        tuple([(str(name), value) for name, value in request.headers.items()]),
        (request.body if call is None or call.uploaded.shown is None else call.uploaded.shown)[:BODY_LIMIT],
        walk.request_id,
        response.status,
        refusal.code if refusal else None,
        refusal.detail if refusal else "",
        outcome,
        tuple([_noted(subject, ruling) for subject, ruling in judged]),
        decided_by,
        warnings,
        seconds,
        dict(response.headers),
        response.body[:BODY_LIMIT],
    )


def _noted(subject: Subject, ruling: Ruling) -> tuple[Any, ...]:
    facts = {
        key: value[:BODY_LIMIT] if isinstance(value, str) else value
        for key, value in subject.facts.items()
        if key != "marker"
    }
    suggestion = ruling.outcome.suggestion if isinstance(ruling.outcome, Verdict) else None
    return subject.kind, subject.number, facts, *ruling.by, suggestion
