"""Contents that analyze took, while their result can be asked for; by event id, and by the caller's own id."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from emulator.provider import Body, Visit
from emulator.providers.alipay.actions import action
from emulator.providers.alipay.gateway.verdicts import hits, name, whole
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.judge import Judgement
from emulator.world.verdicts.subject import Subject


class Analysis(NamedTuple):
    """Texts and pictures with what was decided of each; `ready` is the moment on the account's clock from which on the
    result is told.
    """

    subjects: tuple[Subject, ...]
    ready: float


def taken(judgement: Judgement, ready: float) -> Analysis:
    """What to keep of a judgement: of a picture that was fetched not its bytes."""
    subjects = [
        Subject(subject.kind, subject.number, _kept(subject), settled=ruling.settled())
        for subject, ruling in judgement.subjects
    ]
    return Analysis(tuple(subjects), ready)


def _kept(subject: Subject) -> dict[str, str | int | bytes]:
    return {key: value for key, value in subject.facts.items() if key != "marker"}


def keep(account: Account, event_id: str, params: Mapping[str, Any], analysis: Analysis) -> None:
    seconds = int(account.settings.waits["alipay_retention"])
    size = sum(len(str(fact)) for subject in analysis.subjects for fact in subject.facts.values())
    for key in (event_id, *([_key(params)] if params.get("app_scene_data_id") else ())):
        account.store.put(key, analysis, account.clock.now(), seconds, size)


def find(account: Account, params: Mapping[str, Any]) -> Analysis | None:
    """The analysis asked for, by its event id where one is given; None when there is none, or no longer."""
    key = params.get("event_id") or _key(params)
    found = account.store.get(key, account.clock.now())
    return found if isinstance(found, Analysis) else None


def result(visit: Visit, world: World) -> Body:
    """The action, the items that led to it, and their labels."""
    verdict = whole(visit)
    body: Body = {"result_action": action(verdict, world)}
    if verdict.findings:
        body["hit_detect_items"] = hits(visit, world)
        body["risk_labels"] = ",".join(dict.fromkeys(map(name, verdict.findings)))
    return body


def _key(params: Mapping[str, Any]) -> str:
    return f"{params.get('app_scene', '')}\0{params.get('app_scene_data_id', '')}"
