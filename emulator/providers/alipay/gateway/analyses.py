"""Contents that analyze took, kept by event id and by the caller's own id while their result can be asked for."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from emulator.operation import Body, Invocation
from emulator.providers.alipay.actions import choose_action
from emulator.providers.alipay.gateway.verdicts import combine_verdicts, list_hits, name_finding
from emulator.rules.decision import Decisions, Item
from emulator.state import State
from emulator.state.accounts import Account
from emulator.state.store import Change, keep_value
from emulator.types import Call


class Analysis(NamedTuple):
    """The texts and pictures of a content, with what was decided of each. `ready_at` is the time on the account's clock
    from which the result is returned.
    """

    items: tuple[Item, ...]
    ready_at: float


def build_analysis(decisions: Decisions, ready_at: float) -> Analysis:
    """Return what to keep of the decisions on a call, without the bytes of pictures that were fetched."""
    items = [
        Item(item.kind, item.number, _select_facts(item), earlier_decision=decision.keep_for_result())
        for item, decision in decisions.items
    ]
    return Analysis(tuple(items), ready_at)


def _select_facts(item: Item) -> dict[str, str | int | bytes]:
    return {key: value for key, value in item.facts.items() if key != "marker"}


def keep(account: Account, event_id: str, params: Mapping[str, Any], analysis: Analysis) -> list[Change]:
    seconds = int(account.settings.waits["alipay_retention"])
    size = sum(len(str(fact)) for item in analysis.items for fact in item.facts.values())
    keys = (_make_event_key(event_id), *([_make_own_key(params)] if params.get("app_scene_data_id") else ()))
    return [keep_value(key, analysis, seconds, size) for key in keys]


def find(call: Call) -> Analysis | None:
    """Return the analysis that was fetched for the call; None when none is kept."""
    found: Analysis | None = call.fetched.get(make_key(call))
    return found


def make_key(call: Call) -> str:
    """Return the key of the analysis that a call asks for: by event id, else by the caller's own id."""
    event_id = call.params.get("event_id")
    return _make_event_key(event_id) if event_id else _make_own_key(call.params)


def build_result(invocation: Invocation, state: State) -> Body:
    """Return the action, the items that led to it, and their labels."""
    verdict = combine_verdicts(invocation)
    body: Body = {"result_action": choose_action(verdict, state)}
    if verdict.findings:
        body["hit_detect_items"] = list_hits(invocation, state)
        body["risk_labels"] = ",".join(dict.fromkeys(map(name_finding, verdict.findings)))
    return body


def _make_event_key(event_id: str) -> str:
    return f"alipay/event/{event_id}"


def _make_own_key(params: Mapping[str, Any]) -> str:
    return f"alipay/content/{params.get('app_scene', '')}\0{params.get('app_scene_data_id', '')}"
