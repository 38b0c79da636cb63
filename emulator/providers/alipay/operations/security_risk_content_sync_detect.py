"""alipay.security.risk.content.sync.detect: judges one text or one picture while the caller waits."""

from emulator.provider import Body, Operation, Visit
from emulator.providers.alipay.gateway import demands
from emulator.providers.alipay.gateway.verdicts import asked, labels, patched, services, whole
from emulator.providers.alipay.pictures import PICTURES
from emulator.vocabulary import Call
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.subject import Subject, of_text, of_url


def content(call: Call, _account: Account, _world: World) -> list[Subject]:
    data_id = call.params.get("request_id")
    of = of_url if call.params.get("content_type") == "PICTURE" else of_text
    return [of(1, given, data_id) for given in call.params.get("data_list", ())]


def security_risk_content_sync_detect(visit: Visit, world: World) -> Body:
    """pass, review or block, as far as the products that are asked for go; what is not to pass with what was found.

    No source tells the values of result_code and result_msg: these are our own.
    """
    params = visit.call.params
    products = services(params.get("products", ""))
    verdict = asked(whole(visit), products)
    body: Body = {
        "request_id": params.get("request_id") or visit.request_id,
        "result_code": "SUCCESS",
        "result_msg": "成功",
        "suggestion": verdict.suggestion,
        "is_sync": True,
        "is_meter": True,
        "meter_products": ";".join(products),
    }
    if verdict.findings:
        found = labels(verdict, products, params.get("content_type") != "PICTURE", world)
        body["detect_check_labels"] = [found] if world.settings.quirks["alipay.check_labels"] == "list" else found
    return patched(visit, body)


OPERATION = Operation(
    name="alipay.security.risk.content.sync.detect",
    subjects=content,
    perform=security_risk_content_sync_detect,
    check=demands.check,
    pictures=PICTURES,
)
