"""alipay.security.risk.content.sync.detect: checks one text or one picture while the caller waits."""

from emulator.operation import Body, Invocation, Operation
from emulator.providers.alipay.gateway import required_parameters
from emulator.providers.alipay.gateway.verdicts import (
    apply_rule_patches,
    build_check_labels,
    combine_verdicts,
    filter_by_products,
    parse_products,
)
from emulator.providers.alipay.image_limits import IMAGE_LIMITS
from emulator.rules.decision import Item
from emulator.rules.item import make_picture_item, make_text_item
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call


def list_items(call: Call, _account: Account, _state: State) -> list[Item]:
    data_id = call.params.get("request_id")
    build = make_picture_item if call.params.get("content_type") == "PICTURE" else make_text_item
    return [build(1, given, data_id) for given in call.params.get("data_list", ())]


def perform(invocation: Invocation, state: State) -> Body:
    """Return pass, review or block by what the products asked for look for, and what was found where not all passes.

    No source gives the values of result_code and result_msg: these are our own.
    """
    params = invocation.call.params
    products = parse_products(params.get("products", ""))
    verdict = filter_by_products(combine_verdicts(invocation), products)
    body: Body = {
        "request_id": params.get("request_id") or invocation.request_id,
        "result_code": "SUCCESS",
        "result_msg": "成功",
        "suggestion": verdict.suggestion,
        "is_sync": True,
        "is_meter": True,
        "meter_products": ";".join(products),
    }
    if verdict.findings:
        found = build_check_labels(verdict, products, params.get("content_type") != "PICTURE", state)
        body["detect_check_labels"] = [found] if state.settings.quirks["alipay.check_labels"] == "list" else found
    return apply_rule_patches(invocation, body)


OPERATION = Operation(
    name="alipay.security.risk.content.sync.detect",
    items=list_items,
    perform=perform,
    check=required_parameters.check,
    image_limits=IMAGE_LIMITS,
)
