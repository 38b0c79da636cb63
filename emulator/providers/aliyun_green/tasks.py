"""The tasks of a request: what each brings, and which can be scanned at all."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from emulator.problems import find_duplicate, format_choices, shorten
from emulator.provider import Invocation
from emulator.rules.decision import Item
from emulator.rules.item import make_picture_item, make_text_item
from emulator.rules.labels import SCENES
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call, Refusal

Task = Mapping[str, Any]


class TaskCheck(NamedTuple):
    """One task on its way through its check."""

    invocation: Invocation
    task: Task
    item: Item
    task_id: str
    state: State


TEXT_SCENES = ("antispam", "keyword")
LONGEST_TEXT = 10_000  # characters

_ADDRESS = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)


_DATA_ID = re.compile(r"[A-Za-z0-9_.\-]{0,128}", re.ASCII).fullmatch  # by later pages


def list_pictures(call: Call, _account: Account, _state: State) -> list[Item]:
    """The pictures of a call in task order; an address is judged here only by its look."""
    items = []
    for number, task in enumerate(call.params["tasks"], 1):
        if not has_url(task):
            item = Item("picture", number, _build_facts(task), fetch_error="400")
        else:
            item = make_picture_item(number, task["url"], task.get("dataId"))
            if not _ADDRESS.match(task["url"]):
                item = item._replace(fetch_error="401")
        items.append(_add_client_info(item, call, task))
    return items


def list_texts(call: Call, _account: Account, _state: State) -> list[Item]:
    """The texts of a call in task order."""
    return [
        _add_client_info(
            make_text_item(number, task["content"], task.get("dataId"))
            if has_content(task)
            else Item("text", number, _build_facts(task), fetch_error="400"),
            call,
            task,
        )
        for number, task in enumerate(call.params["tasks"], 1)
    ]


def has_url(task: Task) -> bool:
    """Whether the task names a picture and is well written; one that is not fails alone, and the others go on: each
    item of the answer has a code of its own.
    """
    url = task.get("url")
    return isinstance(url, str) and bool(url.strip()) and _is_well_written(task)


def has_content(task: Task) -> bool:
    """The same of a text, which must not be too long either."""
    content = task.get("content")
    return isinstance(content, str) and 0 < len(content) <= LONGEST_TEXT and _is_well_written(task)


def _is_well_written(task: Task) -> bool:
    """Whether what is not mandatory, if it is there and read at all, is what the pages say."""
    if not isinstance(task.get("dataId", ""), str):
        return False
    for name in ("interval", "maxFrames"):
        if name in task and not (isinstance(task[name], int | float) and task[name] >= 1):
            return False
    return True


def check_pictures(call: Call, state: State) -> None:
    """Refuse a call whose tasks do not fit together, or of which none can be checked."""
    _check_ids(call, state)
    if not any(map(has_url, call.params["tasks"])):
        allowed = "a url, and beside it a text as dataId and numbers from 1 as interval and maxFrames, if any"
        raise Refusal("400", f"No task has {allowed}; the first is {shorten(call.params['tasks'][0])}.")


def check_texts(call: Call, state: State) -> None:
    """The same of texts."""
    _check_ids(call, state)
    if not any(map(has_content, call.params["tasks"])):
        allowed = f"a content of 1 to {LONGEST_TEXT} characters, and beside it a text as dataId, if any"
        raise Refusal("400", f"No task has {allowed}; the first is {shorten(call.params['tasks'][0])}.")


def _check_ids(call: Call, state: State) -> None:
    ids = [name for task in call.params["tasks"] if (name := _read_data_id(task))]
    if len(ids) > 1 and (twice := find_duplicate(ids)) is not None:
        raise Refusal("400", f"Two tasks have the same dataId: {shorten(twice)}.")
    if state.settings.quirks["green.data_id"] == "page":
        for number, name in enumerate(ids, 1):
            if not _DATA_ID(name):
                expected = "letters, digits, `_`, `-` and `.`, 128 at most (green.data_id: any takes more)"
                raise Refusal("400", f"dataId {number} is {shorten(name)}, and expected {expected}.")


def choose_scenes(call: Call, state: State, supported: Iterable[str] = SCENES) -> list[str]:
    """The scenes to look at, each once: those set for the bizType, if any is `known`; it outranks the request's own."""
    configured = [
        scene for scene in state.settings.biz_types.get(call.params.get("bizType", ""), ()) if scene in supported
    ]
    return list(dict.fromkeys(configured or call.params["scenes"]))


ALIASES = {"sface-n": "sface"}  # scenes judged as another: faces of the customer's own groups, named by extras.groupId


def check_scenes(call: Call, state: State, supported: Iterable[str]) -> None:
    """Refuse a scene that is not listed, where the quirk wants it; else warn of it."""
    other = next((scene for scene in call.params["scenes"] if scene not in supported and scene not in ALIASES), None)
    if other is None:
        return
    message = f"a scene is {shorten(other)}, and expected {format_choices(other, supported)}"
    if state.settings.quirks["green.other_scenes"] == "refused":
        raise Refusal("400", f"{message[0].upper()}{message[1:]} (green.other_scenes: taken).")
    call.warnings += (f"{message}: nothing is found in others",)


def echo_data_id(task: Task) -> dict[str, Any]:
    """The dataId, if one was given."""
    return {"dataId": data_id} if (data_id := _read_data_id(task)) else {}


def _read_data_id(task: Task) -> str:
    data_id = task.get("dataId")
    return data_id if isinstance(data_id, str) else ""


def merge_client_info(call: Call, task: Task) -> dict[str, Any]:
    """The clientInfo of the request and of the task as one; the task's fields outrank the request's. What is no JSON
    object counts for nothing, nor does a field that is no plain value.
    """
    try:
        common = orjson.loads(call.common.get("ClientInfo", "{}"))
    except orjson.JSONDecodeError:
        common = {}
    own = task.get("clientInfo")
    both = {**(common if isinstance(common, dict) else {}), **(own if isinstance(own, dict) else {})}
    return {name: value for name, value in both.items() if isinstance(value, (str, int, float))}


def _build_facts(task: Task) -> dict[str, str | int | bytes]:
    return {"data_id": data_id} if (data_id := _read_data_id(task)) else {}


def _add_client_info(item: Item, call: Call, task: Task) -> Item:
    """The subject with the clientInfo that belongs to it, for the journal."""
    info = merge_client_info(call, task)
    return item._replace(facts={**item.facts, "client_info": orjson.dumps(info).decode()}) if info else item
