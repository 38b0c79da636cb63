"""What a rule or magic word puts in the place of an operation's answer: an error, a fault, or a literal answer."""

from collections.abc import Mapping
from typing import Any

from emulator.error_types import Refusal
from emulator.operation import Operation
from emulator.provider import Provider
from emulator.rules.decision import PASSED, Decision, Decisions
from emulator.rules.outcome import Error, Raw, Respond, Verdict
from emulator.types import FaultRequest, WireResponse


def find_replacement(decisions: Decisions, provider: Provider, operation: Operation) -> FaultRequest | Raw | None:
    """Return the fault that disturbs, or the literal answer that replaces, the answer of a call; None without either.
    Raises the Refusal of an error that fails the whole call.

    | decided | about | effect |
    |---|---|---|
    | error | the call | the call is refused with it |
    | fault, literal answer | the call | it is returned |
    | fault, literal answer | an item | the first one is returned |
    | error whose row is about calls | an item | the call is refused with the first one |
    | error whose row is about tasks | an item | the item is answered with it |
    | such errors alone | all items | the call is refused with the first one |

    The last line does not hold for asynchronous work, nor for a provider with an error for each item.
    """
    about_call, items = decisions.call.outcome, decisions.items
    if isinstance(about_call, Error):
        raise _build_refusal(about_call, decisions.call, about_call.n or (items[0][0].number if items else None))
    if isinstance(about_call, (FaultRequest, Raw)):
        return about_call
    for item, decision in items:
        outcome = decision.outcome
        if decision is PASSED or isinstance(outcome, Verdict):
            continue
        if isinstance(outcome, (FaultRequest, Raw)):
            return outcome
        if isinstance(outcome, Error) and provider.errors.fails_call(outcome, operation.name):
            raise _build_refusal(outcome, decision, outcome.n or item.number)
    first = items[0][1].outcome if items and not (provider.per_item_errors or operation.asynchronous) else None
    if isinstance(first, Error) and all(isinstance(decision.outcome, Error) for _item, decision in items):
        raise _build_refusal(first, items[0][1], first.n)
    return None


def list_patches(decisions: Decisions) -> tuple[Any, ...]:
    """Return what rules lay over the answer of a call, for a verdict that is answered with an error code."""
    outcomes = [*(decision.outcome for _item, decision in decisions.items), decisions.call.outcome]
    return tuple([outcome.patch for outcome in outcomes if isinstance(outcome, Respond)])


def write_raw(raw: Raw, default_headers: Mapping[str, str]) -> WireResponse:
    """Return the literal answer of a rule, with those default headers that it does not name itself."""
    named = {name.lower() for name in raw.headers}
    added = {name: value for name, value in default_headers.items() if name.lower() not in named}
    return WireResponse(raw.status, {**raw.headers, **added}, raw.body.encode("utf-8", "replace"))


def _build_refusal(error: Error, decision: Decision, number: int | None) -> Refusal:
    """Return the refusal that a decision asks for; `number` is that of the task."""
    return Refusal(error.code, cause=_explain_source(decision), n=number, written=error.written)


def _explain_source(decision: Decision) -> str:
    """Say who asks for an error."""
    kind, rule, name = decision.by
    if kind == "magic":
        return f"The magic word {name} asks for it."
    if kind == "rule":
        return f"The rule {name or rule} asks for it."
    return "No rule names it: the picture or text cannot be had, read or taken, or its check takes too long."
