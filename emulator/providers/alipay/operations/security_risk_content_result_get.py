"""alipay.security.risk.content.result.get: what became of a content that analyze took."""

from emulator.provider import Body, Operation, Visit
from emulator.providers.alipay.gateway import analyses, demands
from emulator.providers.alipay.gateway.verdicts import patched
from emulator.providers.alipay.pending import is_ready
from emulator.vocabulary import Call
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.subject import Subject


def contents(call: Call, account: Account, _world: World) -> list[Subject]:
    """The texts and pictures of the analysis, with what was decided of them."""
    found = analyses.find(account, call.params)
    return list(found.subjects) if found else []


def security_risk_content_result_get(visit: Visit, world: World) -> Body:
    """The result; nothing while it is not ready, or of what nobody knows."""
    found = analyses.find(visit.account, visit.call.params)
    ready = found is not None and is_ready(found.ready, visit.account)
    return patched(visit, analyses.result(visit, world)) if ready else {}


OPERATION = Operation(
    name="alipay.security.risk.content.result.get",
    subjects=contents,
    perform=security_risk_content_result_get,
    check=demands.check,
    asks=True,
)
