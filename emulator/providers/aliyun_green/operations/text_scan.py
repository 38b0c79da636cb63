"""text/scan: texts checked while the caller waits."""

from collections.abc import Sequence

from emulator.provider import Body, Operation, Visit
from emulator.providers.aliyun_green import tasks
from emulator.providers.aliyun_green.envelope import Item, envelope, failed
from emulator.providers.aliyun_green.tasks import Task
from emulator.world import World
from emulator.world.verdicts.labels import CLEAN_TEXT_RATE, SUGGESTIONS
from emulator.world.verdicts.outcome import Error, Finding, Respond, judged, merged
from emulator.world.verdicts.scenes import text_label, words_hit

_CUSTOMIZED = "customized"
_MOST = 100  # words that a result tells, and that are masked in its text
_LIBRARY = {"libName": "自定义关键词库", "libCode": "2000001"}


def text_scan(visit: Visit, world: World) -> Body:
    """One item per task, with one result for each scene."""
    pairs = zip(visit.call.params["tasks"], visit.judgement.subjects, strict=True)
    return envelope(visit, [_item(visit, task, ruling.outcome, world) for task, (_subject, ruling) in pairs])


def _item(visit: Visit, task: Task, outcome: object, world: World) -> Item:
    if not tasks.has_content(task):
        return {**failed(Error("400")), **tasks.echo(task)}
    content = task["content"]
    known = {**tasks.echo(task), "taskId": world.identities.task_id("txt"), "content": content}
    if isinstance(outcome, Error):
        return {**failed(outcome), **known}
    hits = [(label, finding) for finding in judged(outcome).findings if (label := shown(finding)) is not None]
    details = [_detail(label, finding, content, world) for label, finding in hits]
    filtered = _filtered(content, details)
    results = [_result(scene, hits, details) for scene in tasks.scenes(visit.call, world, tasks.TEXT_SCENES)]
    item = {
        "code": 200,
        "msg": "OK",
        **known,
        **({"filteredContent": filtered} if filtered != content else {}),
        "results": results,
    }
    return dict(merged(item, outcome.patch)) if isinstance(outcome, Respond) else item


def shown(finding: Finding) -> str | None:
    """The label under which Green tells a finding of a text: its own or its scene's where texts know it, `customized`
    for a word of the customer's own list, `spam` where it names nothing; None for what is not told.
    """
    label = "meaningless" if finding.label == "meaningless" else text_label(finding, "spam")
    return _CUSTOMIZED if label == "keyword" else label


def _result(scene: str, hits: Sequence[tuple[str, Finding]], details: Sequence[Item]) -> Item:
    """The gravest finding, and the details of all."""
    if not hits:
        return {"label": "normal", "rate": CLEAN_TEXT_RATE, "scene": scene, "suggestion": "pass"}
    label, worst = max(hits, key=lambda hit: (SUGGESTIONS.index(hit[1].suggestion), hit[1].rate))
    return {
        "label": label,
        "rate": worst.rate,
        "scene": scene,
        "suggestion": worst.suggestion,
        "details": list(details),
    }


def _detail(label: str, finding: Finding, content: str, world: World) -> Item:
    library = _LIBRARY if label == _CUSTOMIZED else {}
    words = words_hit(finding, content, label, world.identities)[:_MOST]
    return {"label": label, "contexts": [{"context": word, **library} for word in words]}


def _filtered(content: str, details: Sequence[Item]) -> str:
    """The text with the words of the customer's own list masked."""
    for detail in details:
        if detail["label"] == _CUSTOMIZED:
            for context in detail["contexts"]:
                content = content.replace(context["context"], "*" * len(context["context"]))
    return content


OPERATION = Operation(name="text/scan", subjects=tasks.texts, perform=text_scan, check=tasks.check_texts)
