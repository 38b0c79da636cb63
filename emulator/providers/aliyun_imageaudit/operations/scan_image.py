"""ScanImage: one to ten pictures, judged in each scene asked for (imageaudit document, section 3)."""

import re
from typing import Any

from emulator.problems import repeated, shown
from emulator.provider import Body, Operation, Patience, Pictures, Visit
from emulator.providers.aliyun_imageaudit import details
from emulator.providers.aliyun_imageaudit.elements import failed
from emulator.vocabulary import Call, Refusal
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.labels import CLEAN_RATE, CORE, SCENE_LABEL
from emulator.world.verdicts.outcome import Error, Respond, Verdict, judged, merged
from emulator.world.verdicts.scenes import worst_in
from emulator.world.verdicts.subject import Subject, of_url

_SHANGHAI_OSS = re.compile(r"https?://[a-z0-9.\-]+\.oss-cn-shanghai(-internal)?\.aliyuncs\.com/", re.IGNORECASE)


def pictures(call: Call, _account: Account, world: World) -> list[Subject]:
    """The pictures of a call in task order."""
    subjects = [
        of_url(number, task["ImageURL"], task.get("DataId")) for number, task in enumerate(call.params["Task"], 1)
    ]
    if world.settings.quirks["imageaudit.shanghai_oss_only"]:
        return [
            subject
            if _SHANGHAI_OSS.match(str(subject.facts["url"]))
            else subject._replace(trouble="InvalidImage.Unsafe")
            for subject in subjects
        ]
    return subjects


def distinct(call: Call, _world: World) -> None:
    """DataId must be unique within a call; the code for it is our guess."""
    ids = [task["DataId"] for task in call.params["Task"] if task.get("DataId")]
    if len(ids) > 1 and (twice := repeated(ids)) is not None:
        raise Refusal("InvalidParameter.BadRequest", f"Two tasks have the same DataId: {shown(twice)}.")


def scan_image(visit: Visit, world: World) -> Body:
    """Data.Results: one element per task; a bad picture among good ones carries Code and Message of its own."""
    tasks: list[dict[str, str]] = visit.call.params["Task"]
    results = [
        _result(visit, tasks[at], subject, ruling.outcome, world)
        for at, (subject, ruling) in enumerate(visit.judgement.subjects)
    ]
    return {"Data": {"Results": results}}


def _result(visit: Visit, task: dict[str, str], subject: Subject, outcome: object, world: World) -> dict[str, Any]:
    echo = {"TaskId": world.identities.task_id("img"), "ImageURL": task["ImageURL"]}
    if world.settings.quirks["imageaudit.sample_spelling"]:
        echo["ImageUrl"] = task["ImageURL"]
    known = {"DataId": task["DataId"]} if task.get("DataId") else {}
    if isinstance(outcome, Error):
        return {**failed(outcome, world), **known, **echo}
    verdict = judged(outcome)
    scenes = list(dict.fromkeys(visit.call.params["Scene"]))
    pieces = details.inspected(visit, task, subject, verdict, world) if "Interval" in task else []
    sub_results = [_sub_result(subject, scene, scenes, verdict, pieces, world) for scene in scenes]
    result = {"Code": 200, "Message": "OK", **known, "SubResults": sub_results, **echo}
    return dict(merged(result, outcome.patch)) if isinstance(outcome, Respond) else result


def _sub_result(
    subject: Subject, scene: str, scenes: list[str], verdict: Verdict, pieces: list[str], world: World
) -> dict[str, Any]:
    finding = worst_in(scene, verdict.findings, scenes) if verdict.findings else None
    if finding is None:
        clean: dict[str, Any] = {"Suggestion": "pass", "Label": "normal", "Rate": CLEAN_RATE[scene], "Scene": scene}
        return {**details.frames(pieces, subject, CLEAN_RATE[scene], world), **clean} if pieces else clean
    label = finding.label if finding.label in CORE[scene] else SCENE_LABEL[scene]  # Green knows more labels
    return {
        **details.of_label(scene, label, finding, subject, world),
        **details.frames(pieces, subject, finding.rate, world),
        "Suggestion": finding.suggestion,
        "Label": label,
        "Rate": finding.rate,
        "Scene": scene,
    }


OPERATION = Operation(
    name="ScanImage",
    subjects=pictures,
    perform=scan_image,
    check=distinct,
    pictures=Pictures(
        size=10 * 1024 * 1024,
        seconds=3.0,
        formats=frozenset({"png", "jpeg", "bmp", "gif", "webp"}),
        unseen={
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
    patience=Patience(
        6, "InternalServerError.Timeout", "documented: imageaudit 20201105, section 3, limits of pictures"
    ),
)
