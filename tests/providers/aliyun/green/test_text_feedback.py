"""text/feedback: an object by its sample, an array by its table; the task must be named."""

from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import call

ONE = {"taskId": "x", "label": "spam", "note": "备注", "content": "text", "dataId": "a"}


@pytest.mark.parametrize(
    "body",
    [
        {"taskId": "x"},
        ONE,
        [ONE],
        [ONE] * 100,
        {"taskId": "x", "unheard": 1},
        {"taskId": 1, "note": None},
        [{"taskId": 1}],
    ],
    ids=lambda body: str(body)[:40],
)
def test_feedback_is_accepted(live: RunningServer, body: Any) -> None:
    answer = call(live, "text/feedback", body)
    assert answer.json() == {"code": 200, "msg": "OK", "requestId": answer.json()["requestId"]}


@pytest.mark.parametrize(
    "body",
    [b"", {}, [], [{}], {"taskId": ""}, [ONE, {}], [ONE] * 101, ["x"], "x", {"taskId": "x", "note": []}],
    ids=lambda body: str(body)[:40],
)
def test_bad_feedback_is_refused(live: RunningServer, body: Any) -> None:
    assert call(live, "text/feedback", body).json()["code"] == 400
