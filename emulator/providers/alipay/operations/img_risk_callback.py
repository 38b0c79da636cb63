"""my.ap.imgRiskCallback: what became of a picture that my.ap.imgRisk took."""

import orjson

from emulator.problems import shown
from emulator.provider import Body, Operation, Visit
from emulator.providers.alipay import lengths, pending
from emulator.providers.alipay.actions import action
from emulator.vocabulary import Call, Refusal
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.judge import PASSED
from emulator.world.verdicts.outcome import Respond, merged
from emulator.world.verdicts.subject import Subject, of_url

MEANING = {"REJECTED": "拦截", "PASSED": "放过"}


def picture(call: Call, account: Account, _world: World) -> list[Subject]:
    """The picture of the task, with what was decided of it at its submission once that is ready."""
    apply_id = call.params["bizContext"]["apply_id"]
    found = pending.find(account, apply_id)
    if found is None:
        return [Subject("picture", 1, {"task_id": apply_id, "task": "unknown"}, settled=PASSED)]
    subject = of_url(1, found.url, None)
    ruling = found.ruling if pending.is_ready(found.ready, account) else PASSED
    return [subject._replace(facts={**subject.facts, "task_id": apply_id}, settled=ruling)]


def img_risk_callback(visit: Visit, world: World) -> Body:
    """The action, as the text of a JSON object; an empty one while there is none. Asking uses nothing up."""
    apply_id = visit.call.params["bizContext"]["apply_id"]
    found = pending.find(visit.account, apply_id)
    unknown = world.settings.quirks["alipay.unknown_apply_id"]
    if found is None and unknown != "empty":
        raise Refusal(unknown, f"No picture was taken under the apply_id {shown(apply_id)}.")
    ((_subject, ruling),) = visit.judgement.subjects
    outcome = ruling.outcome
    told = action(outcome, world) if found is not None and pending.is_ready(found.ready, visit.account) else ""
    body: Body = {
        "riskResult": orjson.dumps({"action": told}).decode(),
        "riskResultDesc": orjson.dumps({told: MEANING[told]}).decode() if told else "",
        "success": True,
        "uniqueId": visit.request_id,
    }
    return dict(merged(body, outcome.patch)) if isinstance(outcome, Respond) else body


OPERATION = Operation(
    name="my.ap.imgRiskCallback",
    subjects=picture,
    perform=img_risk_callback,
    check=lengths.check,
    asks=True,
)
