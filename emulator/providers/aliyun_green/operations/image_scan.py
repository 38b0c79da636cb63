"""image/scan: pictures checked while the caller waits, at most 6 seconds."""

from emulator.provider import Body, Operation, Visit
from emulator.providers.aliyun_green import limits, tasks
from emulator.providers.aliyun_green.envelope import Item, envelope, failed
from emulator.providers.aliyun_green.results import checked
from emulator.providers.aliyun_green.tasks import Check
from emulator.world import World
from emulator.world.verdicts.judge import Ruling
from emulator.world.verdicts.outcome import Error


def image_scan(visit: Visit, world: World) -> Body:
    """One item per task, with its results."""
    pairs = zip(visit.call.params["tasks"], visit.judgement.subjects, strict=True)
    return envelope(
        visit,
        [
            _item(Check(visit, task, subject, world.identities.task_id("img"), world), ruling)
            for task, (subject, ruling) in pairs
        ],
    )


def _item(check: Check, ruling: Ruling) -> Item:
    if not tasks.has_url(check.task):
        return {**failed(Error("400")), **tasks.echo(check.task)}
    return checked(check, ruling.outcome)


OPERATION = Operation(
    name="image/scan",
    subjects=tasks.pictures,
    perform=image_scan,
    check=tasks.check_pictures,
    pictures=limits.SYNCHRONOUS,
    patience=limits.SOON,
)
