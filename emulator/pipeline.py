"""The one path of every request, in four steps; each returns a value that the next one takes.

    receive   wire        the provider's form becomes a Call                             providers/<name>/wire.py
              gate        who calls: signature, freshness, quota                         providers/<name>/gate.py
              schema      what is asked: shape and limits                                schemas/<name>/
              claims      what the call uses up, a nonce or one of a quota               state/store/
    decide    pictures    those behind URLs are fetched, where the settings say so       net/, media/
              rules         and magic words decide about the call and each item          rules/
              waits       latency in real time, delays of rules on the account's clock
    perform   operation   the documented answer, or what a rule puts in its place        providers/<name>/operations/
              wire        the answer, or the refusal of any step, in the provider's form
              changes     what lasts after the call                                      state/store/
    record                journal, counters, events                                      recording.py, state/

HTTP delivers the answer, by a fault if a rule asks for one. Nothing is decided about a call that was not received. What
is not emulated leaves the path behind the gate: only a rule that names its path answers it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

from emulator import schemas
from emulator.error_types import Refusal
from emulator.merge_patch import apply_patch
from emulator.neighbours import decide_neighbour, explain_neighbour
from emulator.operation import Answer, Invocation, Operation
from emulator.pictures import fetch_pictures
from emulator.provider import Provider
from emulator.recording import keep, record
from emulator.refusals import refuse
from emulator.replacement import find_replacement, list_patches, write_raw
from emulator.rules.decision import Decisions
from emulator.rules.outcome import Raw, Respond
from emulator.stages import Decided, Performed, Received
from emulator.state import State
from emulator.state.store import Change
from emulator.types import Call, Disturbance, FaultRequest, WireRequest, WireResponse
from emulator.waits import needs_fake_data, wait_for_answer

# What is larger is read, checked and decided in a thread: bytes of a request, and items of a call.
_LARGE, _MANY = 64 * 1024, 16


async def answer(request: WireRequest, provider: Provider, state: State) -> WireResponse:
    """Answer one request as the provider would; never raises."""
    began = perf_counter()
    received = await receive(request, provider, state)
    if received.operation is None and (call := received.call) and call.operation not in provider.operations:
        return await answer_neighbour(received, call, began, state)
    decided = await decide(received, state)
    performed = await keep(received, decided, perform(received, decided, state), state)
    record(received, decided, performed, perf_counter() - began, state)
    return performed.response


async def answer_neighbour(received: Received, call: Call, began: float, state: State) -> WireResponse:
    """Answer a call that is not emulated: literally, if a rule names its path, else by the refusal of the gate."""
    request, provider, account = received.request, received.provider, received.account
    raw, decisions = decide_neighbour(request, call, provider, account, state)
    if raw is None:
        failure = explain_neighbour(received.failure, request, provider)
        decided, performed = Decided(), refuse(received, failure, state)
    else:
        if decisions.delay:
            await (account or state.accounts.default).clock.sleep(decisions.delay)
        response = write_raw(raw, provider.wire.default_headers(call))
        decided, performed = Decided(decisions), Performed(response, received.request_id)
    performed = await keep(received, decided, performed, state)
    record(received, decided, performed, perf_counter() - began, state)
    return performed.response


async def receive(request: WireRequest, provider: Provider, state: State) -> Received:
    """Read a request, let its caller in, and check what it asks for."""
    wire, large = provider.wire, len(request.target) + len(request.body) > _LARGE
    try:
        call = await asyncio.to_thread(wire.decode, request, state) if large else wire.decode(request, state)
    except Exception as failure:
        request_id = wire.make_request_id(state.accounts.default, state)
        return Received(request, provider, "wire", request_id, failure=failure)
    try:
        admission = provider.gate.admit(request, call, state)
        if (account := admission.account) is None:
            raise LookupError("the gate let a call in that names no account")
        request_id = wire.make_request_id(account, state)
    except Exception as failure:
        named = provider.gate.identify(call, state)
        request_id = wire.make_request_id(named or state.accounts.default, state)
        return Received(request, provider, "gate", request_id, call, named, failure=failure)
    claims, stage, operation = admission.claims, "gate", None
    stopped: Exception | None = admission.refusal
    if stopped is None:
        try:
            stage, operation = "schema", provider.operations[call.operation]
            schema = schemas.load_request_schema(provider.name, operation.name)
            params = call.params
            call.params = await asyncio.to_thread(schema.validate, params) if large else schema.validate(params)
            operation.check(call, state)
            if provider.gate.claim_quota is not None:
                claims += provider.gate.claim_quota(call, account)
            if operation.claim is not None:
                claims += operation.claim(call, account)
            stage = "rule"
        except Exception as failure:
            operation, stopped = None, failure
    try:
        if (refusal := await state.store.claim(account, claims)) is not None:
            stage, operation, stopped = "gate", None, refusal
    except Exception as failure:
        stage, operation, stopped = "gate", None, failure
    return Received(request, provider, stage, request_id, call, account, operation, stopped, large)


async def decide(received: Received, state: State) -> Decided:
    """Decide about a call that was let in, by rules and magic words, and wait as long as its answer takes."""
    call, account, operation = received.call, received.account, received.operation
    if call is None or account is None or operation is None:
        return Decided()
    decisions: Decisions | None = None
    try:
        if operation.fetch is not None:
            call.fetched = await state.store.fetch(account, operation.fetch(call))
        items = operation.items(call, account, state)
        if operation.image_limits is not None and state.settings.images.fetch:
            items = await fetch_pictures(items, operation.image_limits, state)
        provider = received.provider.name
        facts = {"provider": provider, "operation": operation.name, "account": account.id, "via": call.via}
        rule_engine, magic_words = state.rule_engine, account.settings.magic_words
        if len(items) > _MANY or rule_engine.is_slow or received.is_large:
            decisions = await asyncio.to_thread(rule_engine.decide, facts, items, magic_words)
        else:
            decisions = rule_engine.decide(facts, items, magic_words)
        if not state.ids.ready and needs_fake_data(decisions):
            await asyncio.to_thread(state.ids.prepare)
        if (timeout := operation.timeout) is not None:
            decisions = decisions.limit_delays(timeout.seconds, timeout.code)
        if (latency := account.settings.latencies.get(operation.name, account.settings.latency)) or decisions.delay:
            await wait_for_answer(latency, decisions, operation, account, state)
    except Exception as failure:
        return Decided(decisions, failure)
    return Decided(decisions)


def perform(received: Received, decided: Decided, state: State) -> Performed:
    """Answer a call by its operation, or as was decided; or refuse it for what failed so far, or fails here."""
    failure = received.failure or decided.failure
    call, account, operation, decisions = received.call, received.account, received.operation, decided.decisions
    if failure is None and call and account and operation and decisions:
        invocation = Invocation(call, account, decisions, received.request_id, received.request.host)
        try:
            response, changes = _respond(invocation, received.provider, operation, state)
            return Performed(response, invocation.request_id, None, changes)
        except Exception as raised:
            failure = raised
    return refuse(received, failure, state)


def _respond(
    invocation: Invocation, provider: Provider, operation: Operation, state: State
) -> tuple[WireResponse, Sequence[Change]]:
    """Return the answer of the operation, or what a rule or magic word puts in its place, and what lasts after it.

    Raises Refusal.
    """
    call, decisions = invocation.call, invocation.decisions
    replacement = find_replacement(decisions, provider, operation)
    if isinstance(replacement, Raw):
        return write_raw(replacement, provider.wire.default_headers(call)), ()
    try:
        answered = operation.perform(invocation, state)
    except Refusal as refusal:
        refusal.patches = list_patches(decisions)
        raise
    body, changes = answered if isinstance(answered, Answer) else (answered, ())
    about_call = decisions.call.outcome
    if isinstance(about_call, Respond):
        body = apply_patch(body, about_call.patch)
    response = provider.wire.encode(call, body, invocation.request_id, state)
    if isinstance(replacement, FaultRequest):
        response = replace(response, fault=Disturbance(*replacement, invocation.account.clock.sleep))
    return response, changes
