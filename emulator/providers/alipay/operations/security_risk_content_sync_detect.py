"""alipay.security.risk.content.sync.detect: judges one text or one picture while the caller waits."""

from emulator.provider import Body, Operation, Visit
from emulator.providers.alipay.gateway.verdicts import labels, patched, whole
from emulator.providers.alipay.pictures import PICTURES
from emulator.vocabulary import Call
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.subject import Subject, of_text, of_url


def content(call: Call, _account: Account, _world: World) -> list[Subject]:
    (given,) = call.params["data_list"]
    data_id = call.params["request_id"]
    return [of_text(1, given, data_id) if call.params["content_type"] == "TEXT" else of_url(1, given, data_id)]


def security_risk_content_sync_detect(visit: Visit, world: World) -> Body:
    """pass, review or block; what is not to pass with the products that found something.

    No source tells the values of result_code and result_msg: these are our own.
    """
    params, verdict = visit.call.params, whole(visit)
    body: Body = {
        "request_id": params["request_id"],
        "result_code": "SUCCESS",
        "result_msg": "成功",
        "suggestion": verdict.suggestion,
        "is_sync": True,
        "is_meter": True,
        "meter_products": params["products"],
    }
    if verdict.findings:
        found = labels(verdict, params["products"])
        body["detect_check_labels"] = [found] if world.settings.quirks["alipay.check_labels"] == "list" else found
    return patched(visit, body)


OPERATION = Operation(
    name="alipay.security.risk.content.sync.detect",
    subjects=content,
    perform=security_risk_content_sync_detect,
    pictures=PICTURES,
)
