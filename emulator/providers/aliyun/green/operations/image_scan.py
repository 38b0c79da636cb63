"""image/scan: pictures checked while the caller waits, at most 6 seconds."""

from emulator.operation import Body, Invocation, Operation
from emulator.providers.aliyun.green import image_limits, tasks
from emulator.providers.aliyun.green.envelope import JsonObject, build_envelope, build_failed_item
from emulator.providers.aliyun.green.results import build_task_result
from emulator.providers.aliyun.green.tasks import TaskCheck
from emulator.rules.decision import Decision
from emulator.rules.labels import SCENES
from emulator.rules.outcome import Error
from emulator.state import State
from emulator.types import Call


def check(call: Call, state: State) -> None:
    """Refuse what the schema cannot: scenes that are not listed, tasks that do not fit together."""
    tasks.check_scenes(call, state, SCENES)
    tasks.check_pictures(call, state)


def perform(invocation: Invocation, state: State) -> Body:
    """Return one item per task, with its results."""
    pairs = zip(invocation.call.params["tasks"], invocation.decisions.items, strict=True)
    return build_envelope(
        invocation,
        [
            _build_result(TaskCheck(invocation, task, item, state.ids.make_task_id("img"), state), decision)
            for task, (item, decision) in pairs
        ],
    )


def _build_result(check: TaskCheck, decision: Decision) -> JsonObject:
    if not tasks.has_url(check.task):
        return {**build_failed_item(Error("400")), **tasks.echo_data_id(check.task)}
    return build_task_result(check, decision.outcome)


OPERATION = Operation(
    name="image/scan",
    items=tasks.list_pictures,
    perform=perform,
    check=check,
    image_limits=image_limits.SYNCHRONOUS_IMAGES,
    timeout=image_limits.SYNCHRONOUS_TIMEOUT,
)
