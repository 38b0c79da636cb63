"""my.ap.imgRisk: takes a picture to check; my.ap.imgRiskCallback returns the result."""

from math import inf

import orjson

from emulator.operation import Answer, Body, Invocation, Operation
from emulator.providers.alipay import lengths, pending
from emulator.providers.alipay.image_limits import IMAGE_LIMITS
from emulator.rules.decision import BY_DEFAULT, Decision, Item
from emulator.rules.item import make_picture_item
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call


def list_items(call: Call, _account: Account, _state: State) -> list[Item]:
    return [make_picture_item(1, call.params["bizContext"]["content"], None)]


def perform(invocation: Invocation, state: State) -> Answer:
    """Return the task id, as the text of a JSON object. The verdict is fixed now, and returned when it is ready."""
    ((item, decision),) = invocation.decisions.items
    account, apply_id = invocation.account, state.ids.make_request_id().lower()
    ready_at = inf if _is_closed(item, decision, state) else account.clock.now() + _choose_wait(decision, account)
    kept = pending.Pending(str(item.facts["url"]), ready_at, decision.keep_for_result())
    body: Body = {
        "riskResult": orjson.dumps({"apply_id": apply_id}).decode(),
        "riskResultDesc": "",
        "success": True,
        "uniqueId": invocation.request_id,
    }
    return Answer(body, [pending.keep(account, apply_id, kept)])


def _is_closed(item: Item, decision: Decision, state: State) -> bool:
    """Return whether there will never be a result, because the picture is closed to the public."""
    if state.settings.quirks["alipay.unreachable"] == "PASSED" or decision.by != BY_DEFAULT:
        return False
    return item.facts.get("unseen") == "denied"


def _choose_wait(decision: Decision, account: Account) -> float:
    """Return the seconds until the result is ready: 0.5 by the page of my.ap.imgRiskCallback, or what a rule says."""
    if decision.callback == "never":
        return inf
    return account.settings.waits["alipay_result"] if decision.delay is None else decision.delay


OPERATION = Operation(
    name="my.ap.imgRisk",
    items=list_items,
    perform=perform,
    check=lengths.check,
    image_limits=IMAGE_LIMITS,
    asynchronous=True,
    callback_modes=("never",),
)
