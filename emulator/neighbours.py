"""Neighbours: calls on the hosts of a provider that are not emulated. A rule with `path` answers one, literally."""

from emulator.error_types import Refusal
from emulator.problems import shorten
from emulator.provider import Provider
from emulator.rules.decision import Decisions
from emulator.rules.outcome import Raw
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call, WireRequest


def decide_neighbour(
    request: WireRequest, call: Call, provider: Provider, account: Account | None, state: State
) -> tuple[Raw | None, Decisions]:
    """Return the literal answer that a rule has for a call, None without such a rule, and all that it decides."""
    facts = {"provider": provider.name, "path": request.path, "via": call.via}
    if account is not None:
        facts["account"] = account.id
    decisions = state.rule_engine.decide_path(facts)
    outcome = decisions.call.outcome
    return outcome if isinstance(outcome, Raw) else None, decisions


def explain_neighbour(failure: Exception | None, request: WireRequest, provider: Provider) -> Exception | None:
    """Return the refusal of a call. If nothing is emulated at its path, the journal says so with the path."""
    endpoint = provider.wire.endpoint
    if not isinstance(failure, Refusal) or endpoint is None:
        return failure
    if request.path not in [endpoint(name).path for name in provider.operations]:
        what = f"{shorten(request.method)} {shorten(request.path)}".replace('"', "")
        failure.cause = f"nothing emulated: {what}. {failure.cause}"
    return failure
