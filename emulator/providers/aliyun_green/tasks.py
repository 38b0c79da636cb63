"""The tasks of a request: what each brings, and which can be scanned at all."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

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
    """Whether the task names a picture; one that does not fails alone, and the others go on."""
    url = task.get("url")
    return isinstance(url, str) and bool(url.strip())


def has_content(task: Task) -> bool:
    """The same of a text, which must not be too long either."""
    content = task.get("content")
    return isinstance(content, str) and 0 < len(content) <= LONGEST_TEXT


def check_pictures(call: Call, _world: World) -> None:
    _distinct(call)
    if not any(map(has_url, call.params["tasks"])):
        raise Refusal("400", "No task has a url.")


def check_texts(call: Call, _world: World) -> None:
    _distinct(call)
    if not any(map(has_content, call.params["tasks"])):
        raise Refusal("400", f"No task has a content of 1 to {LONGEST_TEXT} characters.")


def _distinct(call: Call) -> None:
    ids = [task["dataId"] for task in call.params["tasks"] if task.get("dataId")]
    if len(ids) != len(set(ids)):
        raise Refusal("400", "Two tasks have the same dataId.")


def scenes(call: Call, world: World, known: Iterable[str] = SCENES) -> list[str]:
    """The scenes to look at, of those `known`: the ones set for the bizType, which outranks the request's own."""
    set_ones = [scene for scene in world.settings.biz_types.get(call.params.get("bizType", ""), ()) if scene in known]
    return list(dict.fromkeys(set_ones or call.params["scenes"]))


def echo(task: Task) -> dict[str, Any]:
    """The dataId, if one was given."""
    return {"dataId": task["dataId"]} if task.get("dataId") else {}


def client_info(call: Call, task: Task) -> dict[str, Any]:
    """The clientInfo of the request and of the task as one; the task's fields outrank the request's. What is no JSON
    object counts for nothing, nor does a field that is no plain value.
    """
    try:
        common = orjson.loads(call.common.get("ClientInfo", "{}"))
    except orjson.JSONDecodeError:
        common = {}
    both = {**(common if isinstance(common, dict) else {}), **task.get("clientInfo", {})}
    return {name: value for name, value in both.items() if isinstance(value, (str, int, float))}


def _named(task: Task) -> dict[str, str | int | bytes]:
    return {"data_id": task["dataId"]} if task.get("dataId") else {}


def _told(subject: Subject, call: Call, task: Task) -> Subject:
    """The subject with the clientInfo that belongs to it, for the journal."""
    info = client_info(call, task)
    return subject._replace(facts={**subject.facts, "client_info": orjson.dumps(info).decode()}) if info else subject
