"""alipay.security.risk.content.result.get: the result of a content that analyze took."""

from emulator.operation import Body, Invocation, Operation
from emulator.providers.alipay.gateway import analyses, required_parameters
from emulator.providers.alipay.gateway.verdicts import apply_rule_patches
from emulator.providers.alipay.pending import is_ready
from emulator.rules.decision import Item
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call


def list_items(call: Call, _account: Account, _state: State) -> list[Item]:
    """Return the texts and pictures of the analysis, with what was decided of them."""
    found = analyses.find(call)
    return list(found.items) if found else []


def perform(invocation: Invocation, state: State) -> Body:
    """Return the result; an empty answer while it is not ready, or when the content is unknown."""
    found = analyses.find(invocation.call)
    ready = found is not None and is_ready(found.ready_at, invocation.account)
    return apply_rule_patches(invocation, analyses.build_result(invocation, state)) if ready else {}


OPERATION = Operation(
    name="alipay.security.risk.content.result.get",
    items=list_items,
    perform=perform,
    check=required_parameters.check,
    fetch=lambda call: [analyses.make_key(call)],
    polls=True,
)
