"""image/asyncscan: takes up to 100 pictures to be checked; their results come by callback or by image/results."""

from urllib.parse import urlsplit

from emulator.json_text import to_json
from emulator.provider import Body, Operation, Visit
from emulator.providers.aliyun_green import limits, pending, tasks
from emulator.providers.aliyun_green.envelope import Item, envelope, failed
from emulator.providers.aliyun_green.pending import Pending
from emulator.providers.aliyun_green.results import checked
from emulator.providers.aliyun_green.tasks import Check
from emulator.signatures.callback import checksum
from emulator.vocabulary import Call, Refusal
from emulator.world import World
from emulator.world.delivery import Delivery
from emulator.world.verdicts.judge import Ruling
from emulator.world.verdicts.magic import CALLBACKS
from emulator.world.verdicts.outcome import Error

_LONGEST = 16 * 1024  # characters of an address that anybody serves


def check(call: Call, world: World) -> None:
    """What the schema cannot say: callback is a URL, and the tasks fit together."""
    if call.params.get("callback") and not _callable(call.params["callback"]):
        raise Refusal("400", "callback is no http or https URL.")
    tasks.check_pictures(call, world)


def _callable(url: str) -> bool:
    """Whether it has the form of a web address; whether it may be called shows when it is."""
    if len(url) > _LONGEST:
        return False
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
        return parts.scheme in ("http", "https") and named and url.isprintable() and " " not in url
    except ValueError:
        return False


def image_asyncscan(visit: Visit, world: World) -> Body:
    """One item per task with its taskId; the verdict is fixed now, and told when it is ready."""
    pairs = zip(visit.call.params["tasks"], visit.judgement.subjects, strict=True)
    return envelope(
        visit,
        [
            _taken(Check(visit, task, subject, _task_id(visit, world), world), ruling)
            for task, (subject, ruling) in pairs
        ],
    )


def _task_id(visit: Visit, world: World) -> str:
    """In the shape of the document: a UUID and the milliseconds of the submission."""
    return f"{world.identities.request_id().lower()}-{int(visit.account.clock.now() * 1000)}"


def _taken(check: Check, ruling: Ruling) -> Item:
    visit, task, _subject, task_id, world = check
    if not tasks.has_url(task):
        return {**failed(Error("400")), **tasks.echo(task)}
    account, params = visit.account, visit.call.params
    content = _content(check, ruling)
    ready = account.clock.now() + (ruling.delay or 0.0)
    data_id = task.get("dataId")
    pending.keep(account, task_id, Pending(task["url"], data_id, content.encode(), ready, ruling.settled()))
    if params.get("callback"):
        digest = checksum(account.aliyun.uid, params["seed"], content, params.get("cryptType", "SHA256"))
        form = ("checksum", digest), ("content", content)
        world.courier.send(account, Delivery(task_id, data_id, params["callback"], form, ready, ruling.callback))
    return {"code": 200, "msg": "OK", **tasks.echo(task), "taskId": task_id, "url": task["url"]}


def _content(check: Check, ruling: Ruling) -> str:
    """The result as the callback tells it: one JSON text, made once. The sample prints no url."""
    item = checked(check, ruling.outcome)
    if not check.world.settings.quirks["green.callback_url"] and item.get("url") == check.task["url"]:
        del item["url"]
    return to_json(item).decode()


OPERATION = Operation(
    name="image/asyncscan",
    subjects=tasks.pictures,
    perform=image_asyncscan,
    check=check,
    pictures=limits.ASYNCHRONOUS,
    patience=limits.LATER,
    asynchronous=True,
    callbacks=CALLBACKS,
)
