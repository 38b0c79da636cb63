"""ScanImage: checks one to ten pictures in each scene asked for (imageaudit document, section 3)."""

import re
from typing import Any

from emulator.error_types import Refusal
from emulator.merge_patch import apply_patch
from emulator.operation import Body, ImageLimits, Invocation, Operation, Timeout
from emulator.problems import find_duplicate, shorten
from emulator.providers.aliyun.imageaudit import details
from emulator.providers.aliyun.imageaudit.elements import build_failed_element
from emulator.rules.decision import Item
from emulator.rules.item import make_picture_item
from emulator.rules.labels import CLEAN_RATE, CORE, SCENE_LABEL
from emulator.rules.outcome import Error, Respond, Verdict, find_verdict
from emulator.rules.scenes import find_gravest_in
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call

_SHANGHAI_OSS = re.compile(r"https?://[a-z0-9.\-]+\.oss-cn-shanghai(-internal)?\.aliyuncs\.com/", re.IGNORECASE)


def list_items(call: Call, _account: Account, state: State) -> list[Item]:
    """Return the pictures of a call in task order."""
    items = [
        make_picture_item(number, task["ImageURL"], task.get("DataId"))
        for number, task in enumerate(call.params["Task"], 1)
    ]
    if state.settings.quirks["imageaudit.shanghai_oss_only"]:
        return [
            item if _SHANGHAI_OSS.match(str(item.facts["url"])) else item._replace(fetch_error="InvalidImage.Unsafe")
            for item in items
        ]
    return items


def check(call: Call, _state: State) -> None:
    """Refuse a DataId that comes twice in a call; the error code is our guess."""
    ids = [task["DataId"] for task in call.params["Task"] if task.get("DataId")]
    if len(ids) > 1 and (twice := find_duplicate(ids)) is not None:
        raise Refusal("InvalidParameter.BadRequest", f"Two tasks have the same DataId: {shorten(twice)}.")


def perform(invocation: Invocation, state: State) -> Body:
    """Return Data.Results: one element per task. A bad picture among good ones has a Code and Message of its own."""
    tasks: list[dict[str, str]] = invocation.call.params["Task"]
    results = [
        _build_result(invocation, tasks[at], item, decision.outcome, state)
        for at, (item, decision) in enumerate(invocation.decisions.items)
    ]
    return {"Data": {"Results": results}}


def _build_result(
    invocation: Invocation, task: dict[str, str], item: Item, outcome: object, state: State
) -> dict[str, Any]:
    echo = {"TaskId": state.ids.make_task_id("img"), "ImageURL": task["ImageURL"]}
    if state.settings.quirks["imageaudit.sample_spelling"]:
        echo["ImageUrl"] = task["ImageURL"]
    data_id = {"DataId": task["DataId"]} if task.get("DataId") else {}
    if isinstance(outcome, Error):
        return {**build_failed_element(outcome, state), **data_id, **echo}
    verdict = find_verdict(outcome)
    scenes = list(dict.fromkeys(invocation.call.params["Scene"]))
    frame_urls = details.list_frame_urls(invocation, task, item, verdict, state) if "Interval" in task else []
    sub_results = [_build_sub_result(item, scene, scenes, verdict, frame_urls, state) for scene in scenes]
    result = {"Code": 200, "Message": "OK", **data_id, "SubResults": sub_results, **echo}
    return dict(apply_patch(result, outcome.patch)) if isinstance(outcome, Respond) else result


def _build_sub_result(
    item: Item, scene: str, scenes: list[str], verdict: Verdict, frame_urls: list[str], state: State
) -> dict[str, Any]:
    finding = find_gravest_in(scene, verdict.findings, scenes) if verdict.findings else None
    if finding is None:
        clean: dict[str, Any] = {"Suggestion": "pass", "Label": "normal", "Rate": CLEAN_RATE[scene], "Scene": scene}
        return {**details.build_frames(frame_urls, item, CLEAN_RATE[scene], state), **clean} if frame_urls else clean
    label = finding.label if finding.label in CORE[scene] else SCENE_LABEL[scene]  # Green knows more labels
    return {
        **details.build_details(scene, label, finding, item, state),
        **details.build_frames(frame_urls, item, finding.rate, state),
        "Suggestion": finding.suggestion,
        "Label": label,
        "Rate": finding.rate,
        "Scene": scene,
    }


OPERATION = Operation(
    name="ScanImage",
    items=list_items,
    perform=perform,
    check=check,
    image_limits=ImageLimits(
        size=10 * 1024 * 1024,
        seconds=3.0,
        formats=frozenset({"png", "jpeg", "bmp", "gif", "webp"}),
        error_codes={
            "forbidden": "InvalidImage.Unsafe",
            "denied": "InvalidImage.Unaccessible",
            "unreachable": "InvalidImage.Unaccessible",
            "missing": "InvalidImage.NotFound",
            "slow": "InvalidImage.Timeout",
            "large": "InvalidParameter.TooLarge",
            "format": "InvalidParameter.Format",
            "broken": "InvalidImage.Restriction",
        },
        huge=False,
        source="documented: imageaudit 20201105, section 3, limits of pictures",
    ),
    timeout=Timeout(6, "InternalServerError.Timeout", "documented: imageaudit 20201105, section 3, limits of pictures"),
)
