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
from emulator.config.model import Latency
from emulator.entries import Trace, make_entry
from emulator.error_types import Refusal
from emulator.media.images import BrokenPicture, inspect
from emulator.merge_patch import apply_patch
from emulator.net.egress import EgressError
from emulator.provider import ImageLimits, Invocation, Operation, Provider
from emulator.rules.decision import PASSED, Decision, Decisions, Item
from emulator.rules.item import add_picture
from emulator.rules.outcome import Error, Raw, Respond, Verdict
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call, Disturbance, FaultRequest, WireRequest, WireResponse

log = logging.getLogger("emulator")

# What is larger is read, checked and judged in a thread: bytes of a request, and pictures and texts of a call.
_LARGE, _MANY = 64 * 1024, 16


async def answer(request: WireRequest, provider: Provider, state: State) -> WireResponse:
    """Answer one request as the provider would; never raises."""
    began = perf_counter()
    request_id = ""
    call: Call | None = None
    account: Account | None = None
    decisions: Decisions | None = None
    refusal: Refusal | None = None
    step = "wire"
    large = len(request.target) + len(request.body) > _LARGE
    try:
        call = await asyncio.to_thread(provider.decode, request, state) if large else provider.decode(request, state)
        step = "gate"
        account = provider.admit(request, call, state)
        request_id = provider.make_request_id(account, state)
        step = "schema"
        operation = provider.operations[call.operation]
        schema = schemas.load_request_schema(provider.name, operation.name)
        call.params = await asyncio.to_thread(schema.validate, call.params) if large else schema.validate(call.params)
        operation.check(call, state)
        provider.count_quota(call, account)
        step = "rule"
        decisions = await _decide(call, account, provider, operation, large, state)
        if (latency := account.settings.latencies.get(operation.name, account.settings.latency)) or decisions.delay:
            await _hold(latency, decisions, operation, account, state)
        invocation = Invocation(call, account, decisions, request_id, request.headers.get("Host", ""))
        response = _perform(invocation, provider, operation, state)
        request_id = invocation.request_id
    except Exception as failed:
        account = account or (provider.identify(call, state) if call else None)
        request_id = request_id or provider.make_request_id(account or state.accounts.default, state)
        refusal = failed if isinstance(failed, Refusal) else _explain_crash(failed, provider)
        response = provider.refuse(request, call, refusal, request_id, state)
        # Each leads to the frame of this function, which holds the refusal: such a circle would be kept for a while.
        failed.__traceback__ = failed.__context__ = failed.__cause__ = None
    walk = Trace(call, account, decisions, refusal, step, request_id)
    entry = make_entry(walk, provider, request, response, perf_counter() - began, state)
    known = entry.operation if entry.operation in provider.operations else None
    state.record(entry, account, known)
    return response


def _explain_crash(mistake: Exception, provider: Provider) -> Refusal:
    """The refusal that a mistake of our own becomes, once the log has its details."""
    log.error("%s: our own mistake, answered as %s", provider.name, provider.internal_error, exc_info=mistake)
    cause = f"A mistake of the emulator, {type(mistake).__name__}; its log has the details."
    return Refusal(provider.internal_error, cause=cause)


async def _decide(
    call: Call, account: Account, provider: Provider, operation: Operation, large: bool, state: State
) -> Decisions:
    """What befalls a call: decided by rules and magic words, once its pictures are had."""
    items = operation.items(call, account, state)
    if operation.image_limits is not None and state.settings.images.fetch:
        items = await asyncio.gather(*(_fetch_picture(s, operation.image_limits, state) for s in items))
    facts = {"provider": provider.name, "operation": operation.name, "account": account.id, "via": call.via}
    rule_engine, magic_words = state.rule_engine, account.settings.magic_words
    if large or len(items) > _MANY or rule_engine.is_slow:
        decisions = await asyncio.to_thread(rule_engine.decide, facts, items, magic_words)
    else:
        decisions = rule_engine.decide(facts, items, magic_words)
    if not state.ids.ready:
        for _item, decision in decisions.items:
            if decision is not PASSED and decision.has_findings:
                await asyncio.to_thread(state.ids.prepare)
                break
    patience = operation.timeout
    return decisions if patience is None else decisions.limit_delays(patience.seconds, patience.code)


async def _fetch_picture(item: Item, limits: ImageLimits, state: State) -> Item:
    """The subject with its picture downloaded, or with the error that this picture then is, if it is one."""
    if item.fetch_error is not None or item.kind != "picture" or "url" not in item.facts:
        return item
    try:
        data = await state.egress.get(str(item.facts["url"]), limit=limits.size, seconds=limits.seconds)
        picture = await asyncio.to_thread(inspect, data, huge=limits.huge)
    except EgressError as error:
        facts = {**item.facts, "unseen": error.reason}
        return item._replace(facts=facts, fetch_error=limits.error_codes.get(error.reason))
    except BrokenPicture:
        return item._replace(fetch_error=limits.error_codes.get("broken"))
    if picture.format not in limits.formats:
        return (
            add_picture(item, picture)._replace(fetch_error=limits.error_codes["format"])
            if limits.error_codes
            else item
        )
    return add_picture(item, picture)


async def _hold(latency: Latency, decisions: Decisions, operation: Operation, account: Account, state: State) -> None:
    """Latency of the settings in real time, delays of rules on the account's clock; those of asynchronous work hold up
    its result instead.
    """
    if latency:
        await asyncio.sleep(state.ids.draw_latency(latency))
    if decisions.delay and (not operation.asynchronous or decisions.call.outcome is not None):
        await account.clock.sleep(decisions.delay)


def _perform(invocation: Invocation, provider: Provider, operation: Operation, state: State) -> WireResponse:
    """The answer of the operation, or what a rule or magic word put in its place."""
    decisive = _find_replacement(invocation, provider, operation)
    if isinstance(decisive, Raw):
        return _write_raw(decisive, provider.default_headers(invocation.call))
    try:
        body = operation.perform(invocation, state)
    except Refusal as refusal:
        refusal.patches = _list_patches(invocation.decisions)
        raise
    called = invocation.decisions.call.outcome
    if isinstance(called, Respond):
        body = apply_patch(body, called.patch)
    response = provider.encode(invocation.call, body, invocation.request_id, state)
    if isinstance(decisive, FaultRequest):
        return replace(response, fault=Disturbance(*decisive, invocation.account.clock.sleep))
    return response


def _find_replacement(invocation: Invocation, provider: Provider, operation: Operation) -> FaultRequest | Raw | None:
    """What disturbs or replaces the whole answer, if anything does. Raises the error that fails the whole call."""
    called, items = invocation.decisions.call.outcome, invocation.decisions.items
    if isinstance(called, Error):
        number = called.n or (items[0][0].number if items else None)
        raise _refuse(called, invocation.decisions.call, number)
    if isinstance(called, (FaultRequest, Raw)):
        return called
    for item, decision in items:
        outcome = decision.outcome
        if decision is PASSED or isinstance(outcome, Verdict):
            continue
        if isinstance(outcome, (FaultRequest, Raw)):
            return outcome
        if isinstance(outcome, Error) and provider.fails_call(outcome, operation.name):
            raise _refuse(outcome, decision, outcome.n or item.number)
    first = items[0][1].outcome if items and not (provider.per_item_errors or operation.asynchronous) else None
    if isinstance(first, Error) and all(isinstance(decision.outcome, Error) for _item, decision in items):
        raise _refuse(first, items[0][1], first.n)
    return None


def _list_patches(decisions: Decisions) -> tuple[Any, ...]:
    """What rules lay over the answer of a call, for a verdict that is told by an error code."""
    outcomes = [*(decision.outcome for _item, decision in decisions.items), decisions.call.outcome]
    return tuple([outcome.patch for outcome in outcomes if isinstance(outcome, Respond)])


def _refuse(error: Error, decision: Decision, number: int | None) -> Refusal:
    """The refusal that a rule or magic word asks for."""
    return Refusal(error.code, cause=_explain_source(decision), n=number, written=error.written)


def _explain_source(decision: Decision) -> str:
    """Who asked for an error."""
    kind, rule, name = decision.by
    if kind == "magic":
        return f"The magic word {name} asks for it."
    if kind == "rule":
        return f"The rule {name or rule} asks for it."
    return "No rule names it: the picture or text cannot be had, read or taken, or its check takes too long."


def _write_raw(raw: Raw, always: Mapping[str, str]) -> WireResponse:
    """What a rule wrote out; of the headers that are always there, those it does not name itself."""
    named = {name.lower() for name in raw.headers}
    added = {name: value for name, value in always.items() if name.lower() not in named}
    return WireResponse(raw.status, {**raw.headers, **added}, raw.body.encode("utf-8", "replace"))
