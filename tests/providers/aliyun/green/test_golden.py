"""The samples of the document, byte for byte: accepted and answered as printed, apart from ids."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import call, fetch_results

GOLDEN = Path(__file__).parent / "golden"
REQUEST_ID = "95AD868A-F5D2-4AEA-96D4-E0273B8E074C"
TASK_ID = "fdd25f95-4892-4d6b-aca9-7939bc6e9baa-1486198766695"


def load_sample(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text(encoding="utf-8"))


def test_request_and_answer(live: RunningServer) -> None:
    answer = call(live, "image/asyncscan", (GOLDEN / "request.json").read_bytes()).json()
    for pattern, ours, theirs in (
        (r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", answer["requestId"], REQUEST_ID),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d{13}", answer["data"][0]["taskId"], TASK_ID),
    ):
        assert re.fullmatch(pattern, ours)
        assert re.fullmatch(pattern, theirs)
    answer["requestId"], answer["data"][0]["taskId"] = REQUEST_ID, TASK_ID
    assert json.dumps(answer) == json.dumps(load_sample("answer.json"))


def test_content_of_the_callback(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"green.callback_url": False}})
    task = {"dataId": "imageId xxx", "url": "https://img.alicdn.com/tfs/TB1urBOQFXXXXbMXFXXXXXXXXXX-1442-257.png"}
    body = {"scenes": ["tag"], "tasks": [task], "callback": "http://127.0.0.1:9/", "seed": "seed"}
    task_id = call(live, "image/asyncscan", body).json()["data"][0]["taskId"]
    (callback,) = live.state.accounts.default.outbox.iterate_newest()
    form = callback.to_dict(0, False)["form"]
    content = json.loads(form["content"])
    assert content["taskId"] == task_id
    assert json.dumps({**content, "taskId": "taskId xxx"}) == json.dumps(load_sample("content.json"))


def test_the_result_beside_it(live: RunningServer) -> None:
    answer = call(live, "image/asyncscan", (GOLDEN / "request.json").read_bytes())
    (item,) = fetch_results(live, answer.json()["data"][0]["taskId"])
    assert {**item, "results": None} == {**answer.json()["data"][0], "extras": {}, "results": None}
    assert item["results"] == load_sample("content.json")["results"]
