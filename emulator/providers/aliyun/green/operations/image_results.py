"""image/results: the results of tasks that image/asyncscan took."""

import orjson

from emulator.error_types import Refusal
from emulator.merge_patch import apply_patch
from emulator.operation import Body, Invocation, Operation
from emulator.providers.aliyun.green import pending
from emulator.providers.aliyun.green.envelope import JsonObject, build_envelope, build_failed_item
from emulator.rules.decision import Decision, Item
from emulator.rules.item import make_picture_item
from emulator.rules.outcome import Error, Respond
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call


def list_items(call: Call, account: Account, _state: State) -> list[Item]:
    """Return the picture of each task asked for, with what was decided of it at its submission."""
    return [_build_item(number, task_id, call, account) for number, task_id in enumerate(call.params, 1)]


def fetch(call: Call) -> list[str]:
    """Return the keys of the tasks asked for."""
    return [pending.make_key(task_id) for task_id in call.params]


def _build_item(number: int, task_id: str, call: Call, account: Account) -> Item:
    found = pending.find(call, task_id)
    if found is None:
        facts: dict[str, str | int | bytes] = {"task_id": task_id, "task": pending.explain_missing(account, task_id)}
        return Item("picture", number, facts, fetch_error="594")
    item = make_picture_item(number, found.url, found.data_id)
    return item._replace(facts={**item.facts, "task_id": task_id}, earlier_decision=found.decision)


def check(call: Call, state: State) -> None:
    """Refuse more ids than a call may ask for."""
    most = int(state.settings.quirks["green.results_ids"])
    if (count := len(call.params)) > most:
        raise Refusal("400", f"There are {count} ids, and expected {most} at most (green.results_ids).")


def perform(invocation: Invocation, _state: State) -> Body:
    """Return one item per id, in the order asked for. A result can be asked for again."""
    pairs = zip(invocation.call.params, invocation.decisions.items, strict=True)
    return build_envelope(
        invocation, [_build_result(task_id, decision, invocation) for task_id, (_item, decision) in pairs]
    )


def _build_result(task_id: str, decision: Decision, invocation: Invocation) -> JsonObject:
    """Return the result as it was fixed at the submission, or that it is not ready.

    Only a rule that names this operation replaces it by an error, or patches it.
    """
    found, outcome = pending.find(invocation.call, task_id), decision.outcome
    if found is None:
        return {**build_failed_item(outcome if isinstance(outcome, Error) else Error("594")), "taskId": task_id}
    echoed = {**({"dataId": found.data_id} if found.data_id else {}), "taskId": task_id, "url": found.url}
    is_overridden = outcome is not found.decision.outcome
    if is_overridden and isinstance(outcome, Error):
        return {**build_failed_item(outcome), **echoed}
    if invocation.account.clock.now() < found.ready_at:
        result = {"code": 280, "msg": "PROCESSING", **echoed, "extras": {}}
    else:
        result = orjson.loads(found.content)
    return dict(apply_patch(result, outcome.patch)) if is_overridden and isinstance(outcome, Respond) else result


OPERATION = Operation(name="image/results", items=list_items, perform=perform, check=check, fetch=fetch, polls=True)
