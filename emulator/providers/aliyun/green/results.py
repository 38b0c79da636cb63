"""What Green answers about a picture that was checked: one result for each scene."""

import re
from collections.abc import Sequence

from emulator.merge_patch import apply_patch
from emulator.providers.aliyun.green import details
from emulator.providers.aliyun.green.envelope import JsonObject, build_failed_item
from emulator.providers.aliyun.green.tasks import ALIASES, TaskCheck, choose_scenes, echo_data_id
from emulator.rules.labels import CLEAN_RATE, SCENE_LABEL
from emulator.rules.outcome import Error, Finding, Respond, Verdict, find_verdict
from emulator.rules.scenes import find_gravest_in

_TASK_ID = re.compile(rb'"taskId"\s*:\s*"([^"]+)"')


def build_task_result(check: TaskCheck, outcome: object) -> JsonObject:
    """Return the item of a task, its keys in the order that the documents print."""
    task = check.task
    echoed = {**echo_data_id(task), "taskId": check.task_id, "url": task["url"]}
    if isinstance(outcome, Error):
        return {**build_failed_item(outcome), **echoed}
    verdict = find_verdict(outcome)
    requested = choose_scenes(check.invocation.call, check.state)
    frame_urls = details.list_frame_urls(check, verdict)
    results = [_build_scene_result(check, scene, verdict, requested, frame_urls) for scene in requested]
    item = {"code": 200, "msg": "OK", **echoed, "extras": {}, "results": results}
    return dict(apply_patch(item, outcome.patch)) if isinstance(outcome, Respond) else item


def label_finding(scene: str, finding: Finding | None) -> tuple[str, str, float]:
    """Return label, suggestion and rate of a scene's result; `finding` is None when the scene found nothing.

    The scenes and labels of rules are Green's own. A finding without a label has the label of its scene. The scene tag
    has no label for a clean picture: its document prints `tag`, to be reviewed, for any picture. A scene that is in no
    table finds nothing, unless a verdict names neither scene nor label.
    """
    if finding is not None:
        return finding.label or SCENE_LABEL.get(scene, scene), finding.suggestion, finding.rate
    if scene == "tag":
        return "tag", "review", CLEAN_RATE[scene]
    return "normal", "pass", CLEAN_RATE.get(scene, CLEAN_RATE["porn"])


def find_task_ids(answer: bytes) -> list[str]:
    """Return the ids of the tasks that an answer names, also one that was cut."""
    return [task.decode("utf-8", "replace") for task in _TASK_ID.findall(answer)]


def _build_scene_result(
    check: TaskCheck, scene: str, verdict: Verdict, requested: Sequence[str], frame_urls: list[str]
) -> JsonObject:
    resolved = ALIASES.get(scene, scene)
    finding = find_gravest_in(resolved, verdict.findings, [ALIASES.get(name, name) for name in requested])
    label, suggestion, rate = label_finding(resolved, finding)
    return {
        "label": label,
        "rate": rate,
        "scene": scene,
        "suggestion": suggestion,
        **(details.build_details(check, resolved, label, finding) if finding is not None else {}),
        **details.build_frames(check, frame_urls, rate),
    }
