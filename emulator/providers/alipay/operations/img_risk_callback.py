"""my.ap.imgRiskCallback: the result of a picture that my.ap.imgRisk took."""

import orjson

from emulator.error_types import Refusal
from emulator.merge_patch import apply_patch
from emulator.operation import Body, Invocation, Operation
from emulator.problems import shorten
from emulator.providers.alipay import lengths, pending
from emulator.providers.alipay.actions import choose_action
from emulator.rules.decision import PASSED, Item
from emulator.rules.item import make_picture_item
from emulator.rules.outcome import Respond
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call

MEANING = {"REJECTED": "拦截", "PASSED": "放过"}


def list_items(call: Call, account: Account, _state: State) -> list[Item]:
    """Return the picture of the task; once its result is ready, with what was decided of it at its submission."""
    apply_id = call.params["bizContext"]["apply_id"]
    found = pending.find(call, apply_id)
    if found is None:
        return [Item("picture", 1, {"task_id": apply_id, "task": "unknown"}, earlier_decision=PASSED)]
    item = make_picture_item(1, found.url, None)
    decision = found.decision if pending.is_ready(found.ready_at, account) else PASSED
    return [item._replace(facts={**item.facts, "task_id": apply_id}, earlier_decision=decision)]


def fetch(call: Call) -> list[str]:
    """Return the key of the picture asked for."""
    return [pending.make_key(call.params["bizContext"]["apply_id"])]


def perform(invocation: Invocation, state: State) -> Body:
    """Return the action, as the text of a JSON object; it is empty while there is no result.

    A result can be asked for again.
    """
    apply_id = invocation.call.params["bizContext"]["apply_id"]
    found = pending.find(invocation.call, apply_id)
    unknown = state.settings.quirks["alipay.unknown_apply_id"]
    if found is None and unknown != "empty":
        raise Refusal(unknown, f"No picture was taken under the apply_id {shorten(apply_id)}.")
    ((_item, decision),) = invocation.decisions.items
    outcome = decision.outcome
    result_action = (
        choose_action(outcome, state)
        if found is not None and pending.is_ready(found.ready_at, invocation.account)
        else ""
    )
    body: Body = {
        "riskResult": orjson.dumps({"action": result_action}).decode(),
        "riskResultDesc": orjson.dumps({result_action: MEANING[result_action]}).decode() if result_action else "",
        "success": True,
        "uniqueId": invocation.request_id,
    }
    return dict(apply_patch(body, outcome.patch)) if isinstance(outcome, Respond) else body


OPERATION = Operation(
    name="my.ap.imgRiskCallback",
    items=list_items,
    perform=perform,
    check=lengths.check,
    fetch=fetch,
    polls=True,
)
