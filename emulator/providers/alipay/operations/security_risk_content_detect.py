"""alipay.security.risk.content.detect: checks one text of at most 2000 characters."""

from emulator.operation import Body, Invocation, Operation
from emulator.providers.alipay.actions import choose_action
from emulator.providers.alipay.gateway.verdicts import apply_rule_patches, combine_verdicts, list_keywords
from emulator.rules.decision import Item
from emulator.rules.item import make_text_item
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call


def list_items(call: Call, _account: Account, _state: State) -> list[Item]:
    return [make_text_item(1, call.params["content"])]


def perform(invocation: Invocation, state: State) -> Body:
    """Return PASSED, or REJECTED with the words that were hit."""
    verdict = combine_verdicts(invocation)
    body: Body = {"action": choose_action(verdict, state)}
    if body["action"] == "REJECTED" and (words := list_keywords(verdict, invocation.call.params["content"], state)):
        body["keywords"] = words
    return apply_rule_patches(invocation, {**body, "unique_id": invocation.request_id})


OPERATION = Operation(
    name="alipay.security.risk.content.detect",
    items=list_items,
    perform=perform,
)
