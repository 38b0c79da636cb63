"""The tasks of a request: what each brings, and which can be scanned at all."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from emulator.problems import choice, repeated, shown
from emulator.provider import Visit
from emulator.vocabulary import Call, Refusal
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.labels import SCENES
from emulator.world.verdicts.subject import Subject, of_text, of_url

Task = Mapping[str, Any]


class Check(NamedTuple):
    """One task on its way through its check."""

    visit: Visit
    task: Task
    subject: Subject
    task_id: str
    world: World


TEXT_SCENES = ("antispam", "keyword")
LONGEST_TEXT = 10_000  # characters

_ADDRESS = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)


_DATA_ID = re.compile(r"[A-Za-z0-9_.\-]{0,128}", re.ASCII).fullmatch  # by later pages


def pictures(call: Call, _account: Account, _world: World) -> list[Subject]:
    """The pictures of a call in task order; an address is judged here only by its look."""
    subjects = []
    for number, task in enumerate(call.params["tasks"], 1):
        if not has_url(task):
            subject = Subject("picture", number, _named(task), trouble="400")
        else:
            subject = of_url(number, task["url"], task.get("dataId"))
            if not _ADDRESS.match(task["url"]):
                subject = subject._replace(trouble="401")
        subjects.append(_told(subject, call, task))
    return subjects


def texts(call: Call, _account: Account, _world: World) -> list[Subject]:
    """The texts of a call in task order."""
    return [
        _told(
            of_text(number, task["content"], task.get("dataId"))
            if has_content(task)
            else Subject("text", number, _named(task), trouble="400"),
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


def check_pictures(call: Call, world: World) -> None:
    """Refuse a call whose tasks do not fit together, or of which none can be checked."""
    _check_ids(call, world)
    if not any(map(has_url, call.params["tasks"])):
        allowed = "a url, and beside it a text as dataId and numbers from 1 as interval and maxFrames, if any"
        raise Refusal("400", f"No task has {allowed}; the first is {shown(call.params['tasks'][0])}.")


def check_texts(call: Call, world: World) -> None:
    """The same of texts."""
    _check_ids(call, world)
    if not any(map(has_content, call.params["tasks"])):
        allowed = f"a content of 1 to {LONGEST_TEXT} characters, and beside it a text as dataId, if any"
        raise Refusal("400", f"No task has {allowed}; the first is {shown(call.params['tasks'][0])}.")


def _check_ids(call: Call, world: World) -> None:
    ids = [name for task in call.params["tasks"] if (name := _name(task))]
    if len(ids) > 1 and (twice := repeated(ids)) is not None:
        raise Refusal("400", f"Two tasks have the same dataId: {shown(twice)}.")
    if world.settings.quirks["green.data_id"] == "page":
        for number, name in enumerate(ids, 1):
            if not _DATA_ID(name):
                told = "letters, digits, `_`, `-` and `.`, 128 at most (green.data_id: any takes more)"
                raise Refusal("400", f"dataId {number} is {shown(name)}, and expected {told}.")


def scenes(call: Call, world: World, known: Iterable[str] = SCENES) -> list[str]:
    """The scenes to look at, each once: those set for the bizType, if any is `known`; it outranks the request's own."""
    set_ones = [scene for scene in world.settings.biz_types.get(call.params.get("bizType", ""), ()) if scene in known]
    return list(dict.fromkeys(set_ones or call.params["scenes"]))


ALIASES = {"sface-n": "sface"}  # scenes judged as another: faces of the customer's own groups, named by extras.groupId


def check_scenes(call: Call, world: World, known: Iterable[str]) -> None:
    """Refuse a scene that is not listed, where the quirk wants it; else warn of it."""
    other = next((scene for scene in call.params["scenes"] if scene not in known and scene not in ALIASES), None)
    if other is None:
        return
    told = f"a scene is {shown(other)}, and expected {choice(other, known)}"
    if world.settings.quirks["green.other_scenes"] == "refused":
        raise Refusal("400", f"{told[0].upper()}{told[1:]} (green.other_scenes: taken).")
    call.warnings += (f"{told}: nothing is found in others",)


def echo(task: Task) -> dict[str, Any]:
    """The dataId, if one was given."""
    return {"dataId": name} if (name := _name(task)) else {}


def _name(task: Task) -> str:
    name = task.get("dataId")
    return name if isinstance(name, str) else ""


def client_info(call: Call, task: Task) -> dict[str, Any]:
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


def _named(task: Task) -> dict[str, str | int | bytes]:
    return {"data_id": name} if (name := _name(task)) else {}


def _told(subject: Subject, call: Call, task: Task) -> Subject:
    """The subject with the clientInfo that belongs to it, for the journal."""
    info = client_info(call, task)
    return subject._replace(facts={**subject.facts, "client_info": orjson.dumps(info).decode()}) if info else subject
