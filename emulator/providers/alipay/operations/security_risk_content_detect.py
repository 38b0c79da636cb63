"""alipay.security.risk.content.detect: judges one text of at most 2000 characters."""

from emulator.provider import Body, Operation, Visit
from emulator.providers.alipay.actions import action
from emulator.providers.alipay.gateway.verdicts import keywords, patched, whole
from emulator.vocabulary import Call
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.subject import Subject, of_text


def text(call: Call, _account: Account, _world: World) -> list[Subject]:
    return [of_text(1, call.params["content"])]


def security_risk_content_detect(visit: Visit, world: World) -> Body:
    """PASSED or REJECTED, the latter with the words that were hit."""
    verdict = whole(visit)
    body: Body = {"action": action(verdict, world)}
    if body["action"] == "REJECTED" and (words := keywords(verdict, visit.call.params["content"], world)):
        body["keywords"] = words
    return patched(visit, {**body, "unique_id": visit.request_id})


OPERATION = Operation(
    name="alipay.security.risk.content.detect",
    subjects=text,
    perform=security_risk_content_detect,
)
