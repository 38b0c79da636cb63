"""image/asyncscan: takes up to 100 pictures to be checked; their results come by callback or by image/results."""

import re
from urllib.parse import urlsplit

from emulator.json_text import to_json
from emulator.problems import shown
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
from emulator.world.verdicts.labels import SCENES
from emulator.world.verdicts.magic import CALLBACKS
from emulator.world.verdicts.outcome import Error

_LONGEST = 16 * 1024  # characters of an address that anybody serves: one is kept with each task
_SEED = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII).fullmatch  # by later pages


def check(call: Call, world: World) -> None:
    """What the schema cannot say: callback is a URL, and the tasks fit together."""
    params = call.params
    if params.get("callback") and not _callable(params["callback"]):
        given = shown(params["callback"])
        raise Refusal("400", f"callback is {given}, and expected a http or https URL of at most {_LONGEST} characters.")
    if world.settings.quirks["green.seed"] == "page" and params.get("seed") and not _SEED(params["seed"]):
        told = "letters, digits and `_`, 64 at most (green.seed: any takes more)"
        raise Refusal("400", f"seed is {shown(params['seed'])}, and expected {told}.")
    tasks.check_scenes(call, world, SCENES)
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
    """In the shape of the document of 2017, a UUID and the milliseconds of the submission, or of answers since 2018."""
    if world.settings.quirks["green.async_task_id"] == "captured":
        return world.identities.task_id("img")
    return f"{world.identities.request_id().lower()}-{int(visit.account.clock.now() * 1000)}"


def _taken(check: Check, ruling: Ruling) -> Item:
    visit, task, _subject, task_id, world = check
    if not tasks.has_url(task):
        return {**failed(Error("400")), **tasks.echo(task)}
    account, params = visit.account, visit.call.params
    item = checked(check, ruling.outcome)
    content = to_json(item).decode()
    ready = account.clock.now() + (ruling.delay or 0.0)
    data_id = task.get("dataId")
    pending.keep(account, task_id, Pending(task["url"], data_id, content.encode(), ready, ruling.settled()))
    if params.get("callback"):
        if not world.settings.quirks["green.callback_url"]:
            content = to_json(_as_in_the_sample(item, task["url"])).decode()
        digest = checksum(account.aliyun.uid, params["seed"], content, params.get("cryptType", "SHA256"))
        form = ("checksum", digest), ("content", content)
        told = Delivery(task_id, data_id, params["callback"], form, ready, ruling.callback, provider="aliyun_green")
        world.courier.send(account, told)
    return {"code": 200, "msg": "OK", **tasks.echo(task), "taskId": task_id, "url": task["url"]}


def _as_in_the_sample(item: Item, url: str) -> Item:
    """Return the result without url and extras, as the document's sample of a content has it; what a rule wrote there
    stays.
    """
    usual = {"url": url, "extras": {}}
    return {key: value for key, value in item.items() if key not in usual or value != usual[key]}


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
