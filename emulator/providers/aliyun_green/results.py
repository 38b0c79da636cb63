"""What Green tells of a picture that was checked: one result for each scene."""

from collections.abc import Sequence

from emulator.providers.aliyun_green import details
from emulator.providers.aliyun_green.envelope import Item, failed
from emulator.providers.aliyun_green.tasks import ALIASES, Check, echo, scenes
from emulator.world.verdicts.labels import CLEAN_RATE, SCENE_LABEL
from emulator.world.verdicts.outcome import Error, Finding, Respond, Verdict, judged, merged
from emulator.world.verdicts.scenes import worst_in


def checked(check: Check, outcome: object) -> Item:
    """The item of a task, its keys in the order that the documents print."""
    task = check.task
    known = {**echo(task), "taskId": check.task_id, "url": task["url"]}
    if isinstance(outcome, Error):
        return {**failed(outcome), **known}
    verdict = judged(outcome)
    asked = scenes(check.visit.call, check.world)
    pieces = details.inspected(check, verdict)
    results = [_result(check, scene, verdict, asked, pieces) for scene in asked]
    item = {"code": 200, "msg": "OK", **known, "extras": {}, "results": results}
    return dict(merged(item, outcome.patch)) if isinstance(outcome, Respond) else item


def shown(scene: str, finding: Finding | None) -> tuple[str, str, float]:
    """Label, suggestion and rate under which Green tells a finding, or that a scene found nothing, as one always does
    that is in no table, unless a verdict names neither scene nor label.

    The scenes and labels of our vocabulary are Green's own; a finding without label has that of its scene. The scene
    tag has no label for nothing: its document prints `tag`, to be reviewed, for any picture.
    """
    if finding is not None:
        return finding.label or SCENE_LABEL.get(scene, scene), finding.suggestion, finding.rate
    if scene == "tag":
        return "tag", "review", CLEAN_RATE[scene]
    return "normal", "pass", CLEAN_RATE.get(scene, CLEAN_RATE["porn"])


def _result(check: Check, scene: str, verdict: Verdict, asked: Sequence[str], pieces: list[str]) -> Item:
    known = ALIASES.get(scene, scene)
    finding = worst_in(known, verdict.findings, [ALIASES.get(name, name) for name in asked])
    label, suggestion, rate = shown(known, finding)
    return {
        "label": label,
        "rate": rate,
        "scene": scene,
        "suggestion": suggestion,
        **(details.of_label(check, known, label, finding) if finding is not None else {}),
        **details.frames(check, pieces, rate),
    }
