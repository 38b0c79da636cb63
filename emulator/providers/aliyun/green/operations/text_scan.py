"""text/scan: texts checked while the caller waits."""

from collections.abc import Sequence

from emulator.merge_patch import apply_patch
from emulator.operation import Body, Invocation, Operation
from emulator.providers.aliyun.green import tasks
from emulator.providers.aliyun.green.envelope import JsonObject, build_envelope, build_failed_item
from emulator.providers.aliyun.green.tasks import Task
from emulator.rules.labels import CLEAN_TEXT_RATE, SUGGESTIONS
from emulator.rules.outcome import Error, Finding, Respond, find_verdict
from emulator.rules.scenes import choose_hit_words, choose_text_label
from emulator.state import State
from emulator.types import Call

_CUSTOMIZED = "customized"
_MOST_WORDS = 100  # words that a detail lists, and that are masked in the text
_LIBRARY = {"libName": "自定义关键词库", "libCode": "2000001"}


def perform(invocation: Invocation, state: State) -> Body:
    """Return one item per task, with one result for each scene."""
    pairs = zip(invocation.call.params["tasks"], invocation.decisions.items, strict=True)
    return build_envelope(
        invocation, [_build_result(invocation, task, decision.outcome, state) for task, (_item, decision) in pairs]
    )


def _build_result(invocation: Invocation, task: Task, outcome: object, state: State) -> JsonObject:
    if not tasks.has_content(task):
        return {**build_failed_item(Error("400")), **tasks.echo_data_id(task)}
    content = task["content"]
    echoed = {**tasks.echo_data_id(task), "taskId": state.ids.make_task_id("txt"), "content": content}
    if isinstance(outcome, Error):
        return {**build_failed_item(outcome), **echoed}
    hits = [
        (label, finding) for finding in find_verdict(outcome).findings if (label := choose_label(finding)) is not None
    ]
    details = [_build_detail(label, finding, content, state) for label, finding in hits]
    filtered = _mask_words(content, details, state)
    results = [
        _build_scene_result(scene, hits, details)
        for scene in tasks.choose_scenes(invocation.call, state, tasks.TEXT_SCENES)
    ]
    result = {
        "code": 200,
        "msg": "OK",
        **echoed,
        **({"filteredContent": filtered} if filtered != content else {}),
        "results": results,
    }
    return dict(apply_patch(result, outcome.patch)) if isinstance(outcome, Respond) else result


def choose_label(finding: Finding) -> str | None:
    """Return the label that Green gives a finding of a text; None for a finding that the answer leaves out.

    It is the finding's own label, else its scene's, where texts know it. A word of the customer's own list is
    `customized`; a finding that names neither label nor scene is `spam`.
    """
    label = "meaningless" if finding.label == "meaningless" else choose_text_label(finding, "spam")
    return _CUSTOMIZED if label == "keyword" else label


def _build_scene_result(scene: str, hits: Sequence[tuple[str, Finding]], details: Sequence[JsonObject]) -> JsonObject:
    """Return the result of a scene: the gravest finding, and the details of all."""
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


def _build_detail(label: str, finding: Finding, content: str, state: State) -> JsonObject:
    if finding.contexts == ():
        return {"label": label}
    library = _LIBRARY if label == _CUSTOMIZED else {}
    words = choose_hit_words(finding, content, label, state.ids)[:_MOST_WORDS]
    return {"label": label, "contexts": [{"context": word, **library} for word in words]}


def _mask_words(content: str, details: Sequence[JsonObject], state: State) -> str:
    """Return the text with asterisks in the place of the words that were hit.

    These are the words of any label, as in answers since 2021, or only those of the customer's own list, as the page
    says: the quirk green.filtered_content.
    """
    mask_all = state.settings.quirks["green.filtered_content"] == "any"
    for detail in details:
        if mask_all or detail["label"] == _CUSTOMIZED:
            for context in detail.get("contexts", ()):
                content = content.replace(context["context"], "*" * len(context["context"]))
    return content


def check(call: Call, state: State) -> None:
    """Refuse what the schema cannot: scenes that are not listed, tasks that do not fit together."""
    tasks.check_scenes(call, state, tasks.TEXT_SCENES)
    tasks.check_texts(call, state)


OPERATION = Operation(name="text/scan", items=tasks.list_texts, perform=perform, check=check)
