"""image/results: what became of tasks that image/asyncscan took."""

import orjson

from emulator.provider import Body, Operation, Visit
from emulator.providers.aliyun_green import pending
from emulator.providers.aliyun_green.envelope import Item, envelope, failed
from emulator.vocabulary import Call, Refusal
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.judge import Ruling
from emulator.world.verdicts.outcome import Error, Respond, merged
from emulator.world.verdicts.subject import Subject, of_url


def pictures(call: Call, account: Account, _world: World) -> list[Subject]:
    """The picture of each task asked for, with what was decided of it at its submission."""
    return [_picture(number, task_id, account) for number, task_id in enumerate(call.params, 1)]


def _picture(number: int, task_id: str, account: Account) -> Subject:
    found = pending.find(account, task_id)
    if found is None:
        facts: dict[str, str | int | bytes] = {"task_id": task_id, "task": pending.lost(account, task_id)}
        return Subject("picture", number, facts, trouble="594")
    subject = of_url(number, found.url, found.data_id)
    return subject._replace(facts={**subject.facts, "task_id": task_id}, settled=found.ruling)


def check(call: Call, world: World) -> None:
    """Refuse more ids than may be asked for."""
    most = int(world.settings.quirks["green.results_ids"])
    if (asked := len(call.params)) > most:
        raise Refusal("400", f"There are {asked} ids, and expected {most} at most (green.results_ids).")


def image_results(visit: Visit, _world: World) -> Body:
    """One item per id, in the order asked for; asking uses nothing up."""
    pairs = zip(visit.call.params, visit.judgement.subjects, strict=True)
    return envelope(visit, [_item(task_id, ruling, visit.account) for task_id, (_subject, ruling) in pairs])


def _item(task_id: str, ruling: Ruling, account: Account) -> Item:
    """The result as it was fixed at the submission; only a rule that names this operation puts an error or a patch in
    its place.
    """
    found, outcome = pending.find(account, task_id), ruling.outcome
    if found is None:
        return {**failed(outcome if isinstance(outcome, Error) else Error("594")), "taskId": task_id}
    known = {**({"dataId": found.data_id} if found.data_id else {}), "taskId": task_id, "url": found.url}
    named = outcome is not found.ruling.outcome
    if named and isinstance(outcome, Error):
        return {**failed(outcome), **known}
    if account.clock.now() < found.ready:
        item = {"code": 280, "msg": "PROCESSING", **known, "extras": {}}
    else:
        item = orjson.loads(found.content)
    return dict(merged(item, outcome.patch)) if named and isinstance(outcome, Respond) else item


OPERATION = Operation(name="image/results", subjects=pictures, perform=image_results, check=check, asks=True)
