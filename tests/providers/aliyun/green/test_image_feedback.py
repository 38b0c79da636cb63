"""image/feedback: nothing is mandatory, a suggestion needs its scenes, and nothing comes of it."""

from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import call


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"taskId": "x"},
        {"taskId": "no-such-task", "suggestion": "block", "scenes": ["ad", "terrorism"], "label": "x", "note": "备注"},
        {"url": "https://a.test/emu-error-592", "suggestion": "pass", "scenes": ["porn"]},
        {"scenes": []},
        {"scenes": "ad", "suggestion": "block"},
        {"scenes": ["live"]},
        {"taskId": 1},
        {"suggestion": None, "note": None},
        {"unheard": []},
    ],
    ids=str,
)
def test_feedback_is_accepted(live: RunningServer, body: dict[str, Any]) -> None:
    answer = call(live, "image/feedback", body)
    assert answer.status_code == 200
    assert answer.json() == {"code": 200, "msg": "OK", "requestId": answer.json()["requestId"]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        [],
        [{"taskId": "x"}],
        {"suggestion": "block"},
        {"suggestion": "review", "scenes": ["ad"]},
        {"suggestion": "", "scenes": ["ad"]},
        {"scenes": {}},
        {"taskId": []},
        {"note": []},
    ],
    ids=str,
)
def test_bad_feedback_is_refused(live: RunningServer, body: Any) -> None:
    assert call(live, "image/feedback", body).json()["code"] == 400
