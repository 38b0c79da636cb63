"""my.ap.imgRisk: takes a picture to be judged; my.ap.imgRiskCallback tells the result."""

from math import inf

import orjson

from emulator.provider import Body, Operation, Visit
from emulator.providers.alipay import lengths, pending
from emulator.providers.alipay.pictures import PICTURES
from emulator.vocabulary import Call
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.judge import BY_DEFAULT, Ruling
from emulator.world.verdicts.subject import Subject, of_url


def picture(call: Call, _account: Account, _world: World) -> list[Subject]:
    return [of_url(1, call.params["bizContext"]["content"], None)]


def img_risk(visit: Visit, world: World) -> Body:
    """The task id, as the text of a JSON object; the verdict is fixed now, and told when it is ready."""
    ((subject, ruling),) = visit.judgement.subjects
    account, apply_id = visit.account, world.identities.request_id().lower()
    ready = inf if _is_closed(subject, ruling, world) else account.clock.now() + _wait(ruling, account)
    pending.keep(account, apply_id, pending.Pending(str(subject.facts["url"]), ready, ruling.settled()))
    return {
        "riskResult": orjson.dumps({"apply_id": apply_id}).decode(),
        "riskResultDesc": "",
        "success": True,
        "uniqueId": visit.request_id,
    }


def _is_closed(subject: Subject, ruling: Ruling, world: World) -> bool:
    """Whether there is never to be a result because the picture is closed to the public."""
    if world.settings.quirks["alipay.unreachable"] == "PASSED" or ruling.by != BY_DEFAULT:
        return False
    return subject.facts.get("unseen") == "denied"


def _wait(ruling: Ruling, account: Account) -> float:
    """Seconds until the result is ready: 500 ms by the page of my.ap.imgRiskCallback, or what a rule says."""
    if ruling.callback == "never":
        return inf
    return account.settings.waits["alipay_result"] if ruling.delay is None else ruling.delay


OPERATION = Operation(
    name="my.ap.imgRisk",
    subjects=picture,
    perform=img_risk,
    check=lengths.check,
    pictures=PICTURES,
    asynchronous=True,
    callbacks=("never",),
)
