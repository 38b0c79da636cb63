"""The tasks of a request: what each brings, and which of them can be checked."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from emulator.error_types import Refusal
from emulator.operation import Invocation
from emulator.problems import find_duplicate, format_choices, shorten
from emulator.rules.decision import Item
from emulator.rules.item import make_picture_item, make_text_item
from emulator.rules.labels import SCENES
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call

Task = Mapping[str, Any]


class TaskCheck(NamedTuple):
    """One task while it is checked.

    invocation: The call that brought it.
    task: The task as the caller wrote it.
    item: Its picture.
    task_id: The id that it was given.
    state: The state of the server.
    """

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
    """Return the pictures of a call in task order. Of an address only the form is checked here."""
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
    """Return the texts of a call in task order."""
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
    """Return whether the task names a picture and its optional fields are well written.

    A task that does not pass fails alone, and the others go on, as each item of the answer has a code of its own.
    """
    url = task.get("url")
    return isinstance(url, str) and bool(url.strip()) and _is_well_written(task)


def has_content(task: Task) -> bool:
    """Return whether the task has a text, not too long, and its optional fields are well written."""
    content = task.get("content")
    return isinstance(content, str) and 0 < len(content) <= LONGEST_TEXT and _is_well_written(task)


def _is_well_written(task: Task) -> bool:
    """Return whether the optional fields that are read, where they are there, are as the pages say."""
    if not isinstance(task.get("dataId", ""), str):
        return False
    for name in ("interval", "maxFrames"):
        if name in task and not (isinstance(task[name], int | float) and task[name] >= 1):
            return False
    return True


def check_pictures(call: Call, state: State) -> None:
    """Refuse a call whose tasks do not fit together, or none of whose pictures can be checked."""
    _check_ids(call, state)
    if not any(map(has_url, call.params["tasks"])):
        allowed = "a url, and beside it a text as dataId and numbers from 1 as interval and maxFrames, if any"
        raise Refusal("400", f"No task has {allowed}; the first is {shorten(call.params['tasks'][0])}.")


def check_texts(call: Call, state: State) -> None:
    """Refuse a call whose tasks do not fit together, or none of whose texts can be checked."""
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
    """Return the scenes to look at, each once: the `supported` ones set for the bizType, else the request's own."""
    configured = [
        scene for scene in state.settings.biz_types.get(call.params.get("bizType", ""), ()) if scene in supported
    ]
    return list(dict.fromkeys(configured or call.params["scenes"]))


# Scenes that are checked as another scene: faces of the customer's own groups, named by extras.groupId.
ALIASES = {"sface-n": "sface"}


def check_scenes(call: Call, state: State, supported: Iterable[str]) -> None:
    """Refuse a scene that is not `supported`, or add a warning to the call: the quirk green.other_scenes."""
    other = next((scene for scene in call.params["scenes"] if scene not in supported and scene not in ALIASES), None)
    if other is None:
        return
    message = f"a scene is {shorten(other)}, and expected {format_choices(other, supported)}"
    if state.settings.quirks["green.other_scenes"] == "refused":
        raise Refusal("400", f"{message[0].upper()}{message[1:]} (green.other_scenes: taken).")
    call.warnings += (f"{message}: nothing is found in others",)


def echo_data_id(task: Task) -> dict[str, Any]:
    """Return the dataId as a key of the answer; nothing where none was given."""
    return {"dataId": data_id} if (data_id := _read_data_id(task)) else {}


def _read_data_id(task: Task) -> str:
    data_id = task.get("dataId")
    return data_id if isinstance(data_id, str) else ""


def merge_client_info(call: Call, task: Task) -> dict[str, Any]:
    """Return the clientInfo of the request and of the task as one; the task's fields outrank the request's.

    A clientInfo that is not a JSON object is ignored, and so are fields that are not a text, a number or a boolean.
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
    """Return the item with the clientInfo that belongs to it, for the journal."""
    info = merge_client_info(call, task)
    return item._replace(facts={**item.facts, "client_info": orjson.dumps(info).decode()}) if info else item
