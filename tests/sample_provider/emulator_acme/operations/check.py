"""check: says at once whether a text may be shown."""

from emulator.merge_patch import apply_patch
from emulator.operation import Body, Invocation, Operation
from emulator.rules.decision import Item
from emulator.rules.item import make_text_item
from emulator.rules.outcome import Respond, find_verdict
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call


def list_items(call: Call, _account: Account, _state: State) -> list[Item]:
    return [make_text_item(1, call.params["text"])]


def perform(invocation: Invocation, _state: State) -> Body:
    """Return the verdict, with what a rule lays over the answer."""
    ((_item, decision),) = invocation.decisions.items
    body: Body = {"verdict": find_verdict(decision.outcome).suggestion}
    return dict(apply_patch(body, decision.outcome.patch)) if isinstance(decision.outcome, Respond) else body


OPERATION = Operation(name="check", items=list_items, perform=perform)
