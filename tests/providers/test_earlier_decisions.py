"""What applied to the submission of asynchronous work does not apply to its result; a patch changes only the result."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
import requests

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay import builders as mini_program
from tests.providers.alipay.gateway import builders as gateway
from tests.providers.aliyun.green import builders as green
from tests.providers.wechat import builders as wechat

RECEIVER = "http://127.0.0.1:9/"
LATE = 9.0  # seconds of delay that a rule asks for
FAULTS = ["empty", "html500", "close", "reset", "garbage", "truncate"]


class Work(NamedTuple):
    """One asynchronous call.

    operation: The operation of the submission.
    submit: Submits a picture.
    taken: Returns whether the answer to the submission is whole.
    ask: Asks for the result.
    unready: Makes the answer that is due before the result is ready.
    clean: Returns whether a result is that of a clean picture.
    """

    operation: str
    submit: Callable[[RunningServer, str], requests.Response]
    taken: Callable[[Any], bool]
    ask: Callable[[RunningServer, Any, str], Any]
    unready: Callable[[Any, str], Any]
    clean: Callable[[Any], bool]


def submit_to_green(live: RunningServer, url: str) -> requests.Response:
    tasks = {"scenes": ["porn"], "tasks": [{"url": url}]}
    return green.call(live, "image/asyncscan", tasks)


def is_taken_by_green(body: Any) -> bool:
    return bool(body["code"] == 200 and body["data"][0].keys() == {"code", "msg", "taskId", "url"})


def ask_green(live: RunningServer, submitted: Any, _url: str) -> Any:
    (item,) = green.fetch_results(live, submitted["data"][0]["taskId"])
    return item


def make_unready_of_green(submitted: Any, url: str) -> Any:
    return {"code": 280, "msg": "PROCESSING", "taskId": submitted["data"][0]["taskId"], "url": url, "extras": {}}


def is_clean_in_green(item: Any) -> bool:
    only = {"label": "normal", "rate": 99.9, "scene": "porn", "suggestion": "pass"}
    return bool(item["code"] == 200 and item["results"] == [only])


def submit_picture(live: RunningServer, url: str) -> requests.Response:
    return mini_program.call(live, mini_program.SUBMIT, mini_program.make_picture(url))


def is_picture_taken(body: Any) -> bool:
    return body.keys() == {"riskResult", "riskResultDesc", "success", "uniqueId"} and "apply_id" in body["riskResult"]


def ask_for_picture(live: RunningServer, submitted: Any, _url: str) -> Any:
    body = dict(mini_program.ask(live, json.loads(submitted["riskResult"])["apply_id"]))
    body.pop("uniqueId")
    return body


def make_unready_picture(_submitted: Any, _url: str) -> Any:
    return {"riskResult": '{"action":""}', "riskResultDesc": "", "success": True}


def is_picture_clean(body: Any) -> bool:
    return bool(body == {"riskResult": '{"action":"PASSED"}', "riskResultDesc": '{"PASSED":"放过"}', "success": True})


def submit_post(live: RunningServer, url: str) -> requests.Response:
    content = {**gateway.POST, "picture_urls": [url]}
    return gateway.send(live, {**gateway.make_common(gateway.ANALYZE, content), "sign": "x"})


def is_post_taken(body: Any) -> bool:
    found = body["alipay_security_risk_content_analyze_response"]
    return bool(found.keys() == {"code", "msg", "app_scene_data_id", "event_id", "need_query"})


def ask_for_post(live: RunningServer, submitted: Any, _url: str) -> Any:
    event = submitted["alipay_security_risk_content_analyze_response"]["event_id"]
    return gateway.call_inner(live, gateway.RESULT, {"event_id": event})


def make_unready_post(_submitted: Any, _url: str) -> Any:
    return {"code": "10000", "msg": "Success"}


def is_post_clean(body: Any) -> bool:
    return bool(body == {"code": "10000", "msg": "Success", "result_action": "PASSED"})


GREEN = Work("image/asyncscan", submit_to_green, is_taken_by_green, ask_green, make_unready_of_green, is_clean_in_green)
PICTURE = Work(
    "my.ap.imgRisk", submit_picture, is_picture_taken, ask_for_picture, make_unready_picture, is_picture_clean
)
POST = Work(gateway.ANALYZE, submit_post, is_post_taken, ask_for_post, make_unready_post, is_post_clean)
ASKED = pytest.mark.parametrize("work", [GREEN, PICTURE, POST], ids=lambda work: work.operation)
URL = "https://a.test/one.jpg"


@pytest.fixture
def still(live: RunningServer) -> RunningServer:
    """Start an emulator whose clocks stand still: an answer that had to wait for one would never come."""
    assert live.control("POST", "clock", {"freeze": True}).status_code == 200
    return live


def submit_and_read(live: RunningServer, work: Work, url: str = URL) -> Any:
    """Submit work; return the answer as the journal has it, whatever came of it on the wire."""
    with suppress(requests.RequestException):
        work.submit(live, url)
    return json.loads(next(entry for entry in live.list_entries() if entry.operation == work.operation).response_body)


def advance(live: RunningServer, seconds: float) -> None:
    assert live.control("POST", "clock", {"advance": seconds}).status_code == 200


@ASKED
def test_a_delay_moves_the_result_alone(still: RunningServer, work: Work) -> None:
    still.push_rule({"operation": work.operation}, delay=LATE)
    taken = submit_and_read(still, work)
    assert work.taken(taken)
    assert work.ask(still, taken, URL) == work.unready(taken, URL)
    advance(still, LATE)
    assert work.clean(work.ask(still, taken, URL))


@ASKED
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_befalls_the_submission_alone(still: RunningServer, work: Work, fault: str) -> None:
    taken = submit_and_read(still, work, f"{URL}?emu-fault-{fault}-emu-delay-9s")
    assert still.list_entries()[0].outcome == "fault"
    assert work.taken(taken)
    assert work.ask(still, taken, URL) == work.unready(taken, f"{URL}?emu-fault-{fault}-emu-delay-9s")
    advance(still, LATE)
    assert work.clean(work.ask(still, taken, URL))
    assert still.list_entries()[0].outcome == "pass"


@ASKED
def test_a_patch_lies_over_the_result_alone(still: RunningServer, work: Work) -> None:
    still.push_rule({"operation": work.operation, "url": URL}, respond={"patched": "so"}, delay=LATE)
    taken = submit_and_read(still, work)
    # The patch is merged into the answer of analyze as well, which may hold the result.
    assert work.taken(taken) == (work is not POST)
    for _ in range(2):
        assert work.ask(still, taken, URL) == work.unready(taken, URL)
    advance(still, LATE)
    assert work.ask(still, taken, URL)["patched"] == "so"


# WeChat pushes its result; nobody can ask for it.


def push_and_read(live: RunningServer, url: str = URL) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Submit a picture; return the answer as the journal has it, the callback that follows, and its event."""
    with wechat.pushing(live, RECEIVER, push_format="json"), suppress(requests.RequestException):
        wechat.call_json(live, "security.mediaCheckAsync", {"media_url": url, "media_type": 2})
    taken = json.loads(live.list_entries()[0].response_body)
    (callback,) = live.control("GET", "callbacks", task_id=taken["trace_id"]).json()["items"]
    return taken, callback, json.loads(callback["body"])


def test_a_delay_moves_the_push_alone(still: RunningServer) -> None:
    still.push_rule({"operation": "security.mediaCheckAsync"}, delay=LATE)
    taken, callback, event = push_and_read(still)
    assert (taken["errcode"], callback["state"], callback["pushes"]) == (0, "held", 0)
    advance(still, LATE)
    callback = still.control("GET", f"callbacks/{callback['id']}").json()
    assert (callback["pushes"], event["isrisky"]) == (1, 0)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_does_not_befall_the_push(still: RunningServer, fault: str) -> None:
    taken, _callback, event = push_and_read(still, f"{URL}?emu-fault-{fault}")
    assert taken["errcode"] == 0
    assert (event["isrisky"], event["status_code"], event["trace_id"]) == (0, 0, taken["trace_id"])


def test_a_patch_lies_over_the_push_alone(still: RunningServer) -> None:
    still.push_rule({"url": URL}, respond={"patched": "so"})
    taken, _callback, event = push_and_read(still)
    assert (taken.keys(), event["patched"]) == ({"errcode", "errmsg", "trace_id"}, "so")
