"""image/asyncscan: takes up to 100 pictures to check; their results come by callback or by image/results."""

import re
from urllib.parse import urlsplit

from emulator.encoding.json import encode_json
from emulator.error_types import Refusal
from emulator.operation import Answer, Invocation, Operation
from emulator.problems import shorten
from emulator.providers.aliyun.credentials import CREDENTIALS
from emulator.providers.aliyun.green import image_limits, pending, tasks
from emulator.providers.aliyun.green.envelope import JsonObject, build_envelope, build_failed_item
from emulator.providers.aliyun.green.pending import Pending
from emulator.providers.aliyun.green.results import build_task_result
from emulator.providers.aliyun.green.tasks import TaskCheck
from emulator.rules.decision import Decision
from emulator.rules.labels import SCENES
from emulator.rules.magic_words import CALLBACKS
from emulator.rules.outcome import Error
from emulator.signatures.callback import compute_checksum
from emulator.state import State
from emulator.state.callbacks.delivery import Delivery
from emulator.state.store import Change, push
from emulator.types import Call

_LONGEST = 16 * 1024  # characters of a callback address, as one is kept with each task; no server takes longer ones
_SEED = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII).fullmatch  # by later pages


def check(call: Call, state: State) -> None:
    """Refuse what the schema cannot: a callback that is no URL, a bad seed or scene, tasks that do not fit together."""
    params = call.params
    if params.get("callback") and not _is_web_url(params["callback"]):
        given = shorten(params["callback"])
        raise Refusal("400", f"callback is {given}, and expected a http or https URL of at most {_LONGEST} characters.")
    if state.settings.quirks["green.seed"] == "page" and params.get("seed") and not _SEED(params["seed"]):
        expected = "letters, digits and `_`, 64 at most (green.seed: any takes more)"
        raise Refusal("400", f"seed is {shorten(params['seed'])}, and expected {expected}.")
    tasks.check_scenes(call, state, SCENES)
    tasks.check_pictures(call, state)


def _is_web_url(url: str) -> bool:
    """Return whether a text has the form of a web address; whether it may be called is checked before the push."""
    if len(url) > _LONGEST:
        return False
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
        return parts.scheme in ("http", "https") and has_host and url.isprintable() and " " not in url
    except ValueError:
        return False


def perform(invocation: Invocation, state: State) -> Answer:
    """Return one item per task with its taskId. The verdict is fixed now, and returned when it is ready."""
    changes: list[Change] = []
    items: list[JsonObject] = []
    for task, (item, decision) in zip(invocation.call.params["tasks"], invocation.decisions.items, strict=True):
        check = TaskCheck(invocation, task, item, _make_task_id(invocation, state), state)
        if tasks.has_url(task):
            accepted, lasting = _accept_task(check, decision)
            changes += lasting
        else:
            accepted = {**build_failed_item(Error("400")), **tasks.echo_data_id(task)}
        items.append(accepted)
    return Answer(build_envelope(invocation, items), changes)


def _make_task_id(invocation: Invocation, state: State) -> str:
    """Return an id in the shape of the document of 2017, or of answers since 2018 where the quirk says so.

    The document has a UUID and the milliseconds of the submission.
    """
    if state.settings.quirks["green.async_task_id"] == "captured":
        return state.ids.make_task_id("img")
    return f"{state.ids.make_request_id().lower()}-{int(invocation.account.clock.now() * 1000)}"


def _accept_task(check: TaskCheck, decision: Decision) -> tuple[JsonObject, list[Change]]:
    """Return what is answered about one task, and what lasts: its result, and the callback that pushes it."""
    invocation, task, _item, task_id, _state = check
    result = build_task_result(check, decision.outcome)
    ready_at = invocation.account.clock.now() + (decision.delay or 0.0)
    content = encode_json(result).decode().encode()  # a copy: what orjson returns holds more room than it fills
    kept = Pending(task["url"], task.get("dataId"), content, ready_at, decision.keep_for_result())
    changes = [pending.keep(task_id, kept)]
    if invocation.call.params.get("callback"):
        changes.append(_push(check, decision, result, kept))
    return {"code": 200, "msg": "OK", **tasks.echo_data_id(task), "taskId": task_id, "url": task["url"]}, changes


def _push(check: TaskCheck, decision: Decision, result: JsonObject, kept: Pending) -> Change:
    """Return the callback of one task. Its checksum is over the result as it is pushed."""
    invocation, _task, _item, task_id, state = check
    params, content = invocation.call.params, kept.content.decode()
    if not state.settings.quirks["green.callback_url"]:
        content = encode_json(_drop_url_and_extras(result, kept.url)).decode()
    uid = invocation.account.of(CREDENTIALS).uid
    digest = compute_checksum(uid, params["seed"], content, params.get("cryptType", "SHA256"))
    form = ("checksum", digest), ("content", content)
    return push(
        Delivery(
            *(task_id, kept.data_id, params["callback"], form, kept.ready_at, decision.callback),
            provider="aliyun_green",
        )
    )


def _drop_url_and_extras(result: JsonObject, url: str) -> JsonObject:
    """Return the result without url and extras, as the document's sample has it; what a rule wrote there stays."""
    usual = {"url": url, "extras": {}}
    return {key: value for key, value in result.items() if key not in usual or value != usual[key]}


OPERATION = Operation(
    name="image/asyncscan",
    items=tasks.list_pictures,
    perform=perform,
    check=check,
    image_limits=image_limits.ASYNCHRONOUS_IMAGES,
    timeout=image_limits.ASYNCHRONOUS_TIMEOUT,
    asynchronous=True,
    callback_modes=CALLBACKS,
)
