import json
import re
from collections.abc import Callable

import pytest

from emulator.rules.labels import SCENES
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.builders import (
    QUERY,
    SUBMIT,
    advance,
    ask,
    call,
    check_picture,
    fetch_action,
    make_picture,
    make_task,
    submit,
)

URL = "https://cdn.example.test/one.png"


def test_what_success_gets(live: RunningServer) -> None:
    body = call(live, SUBMIT, make_picture(URL)).json()
    assert list(body) == ["riskResult", "riskResultDesc", "success", "uniqueId"]
    assert re.fullmatch(r'\{"apply_id":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"\}', body["riskResult"])
    assert (body["riskResultDesc"], body["success"]) == ("", True)
    assert body["uniqueId"] == live.list_entries()[0].request_id


def test_every_submission_is_a_task_of_its_own(live: RunningServer) -> None:
    tasks = {submit(live, URL) for _ in range(50)}
    assert len(tasks) == 50


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("plain", "PASSED"),
        ("emu-pass", "PASSED"),
        ("emu-review", "PASSED"),
        ("emu-porn-sexy", "PASSED"),  # sexy is for a human to decide
        ("emu-porn-sexy-95.0", "REJECTED"),
        ("emu-block", "REJECTED"),
        *((f"emu-{scene}-block", "REJECTED") for scene in SCENES),  # whichever scene it is
    ],
)
def test_a_verdict_has_two_actions(live: RunningServer, word: str, expected: str) -> None:
    assert check_picture(live, f"https://cdn.example.test/{word}.png") == expected


def test_what_is_to_be_reviewed_can_be_rejected(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"alipay.review": "REJECTED"}})
    assert check_picture(live, "https://cdn.example.test/emu-review.png") == "REJECTED"
    assert check_picture(live, "https://cdn.example.test/emu-pass.png") == "PASSED"


def test_the_verdict_is_fixed_at_the_submission(live: RunningServer) -> None:
    before = submit(live, URL)
    live.push_rule({"url": URL}, verdict="block")
    after = submit(live, URL)
    advance(live, 0.5)
    assert (fetch_action(live, before), fetch_action(live, after)) == ("PASSED", "REJECTED")


def test_a_rule_is_spent_by_the_submission_only(live: RunningServer) -> None:
    live.push_rule({"url": URL}, verdict="block", times=1)
    first, second = submit(live, URL), submit(live, URL)
    advance(live, 0.5)
    for _ in range(3):
        assert (fetch_action(live, first), fetch_action(live, second)) == ("REJECTED", "PASSED")


@pytest.mark.parametrize("delay", [0, 0.2, 2])
@pytest.mark.parametrize("by", ["rule", "call rule", "magic word", "verdict of a rule"])
def test_a_delay_moves_the_result_not_the_answer(live: RunningServer, by: str, delay: float) -> None:
    live.control("POST", "clock", {"freeze": True})
    url = f"{URL}?emu-delay-{int(delay * 1000)}ms" if by == "magic word" else URL
    if by == "rule":
        live.push_rule({"url": URL}, delay=delay)
    elif by == "call rule":
        live.push_rule({"operation": SUBMIT}, delay=delay)
    elif by == "verdict of a rule":
        live.push_rule({"url": URL}, delay=delay, verdict="pass")
    task_id = submit(live, url)
    if delay:
        advance(live, delay - 0.001)
        assert fetch_action(live, task_id) == ""
        advance(live, 0.002)
    assert fetch_action(live, task_id) == "PASSED"


@pytest.mark.parametrize("how", [{"delay": "never"}, {"callback": "never"}])
def test_a_result_that_never_comes(live: RunningServer, how: dict[str, str]) -> None:
    live.push_rule({"url": URL}, **how)
    task_id = submit(live, URL)
    advance(live, 86400)
    assert fetch_action(live, task_id) == ""
    for word in ("emu-delay-never", "emu-callback-never"):
        task_id = submit(live, f"https://cdn.example.test/{word}.png")
        advance(live, 86400)
        assert fetch_action(live, task_id) == ""


@pytest.mark.parametrize("mode", ["late", "duplicate", "corrupt"])
def test_callback_words_warn_for_nothing_is_pushed(live: RunningServer, mode: str) -> None:
    assert check_picture(live, f"https://cdn.example.test/emu-block-emu-callback-{mode}.png") == "REJECTED"
    submission = live.list_entries()[1]
    assert submission.warnings == (f"magic word emu-callback-{mode}: my.ap.imgRisk has no such callback",)


CODES = (
    *("serviceNoAuth", "riskTypeNoAuth", "bizContentEmpty", "paramMissingError", "param error", "SYSTEM_OUT_ERROR"),
    *("INVALID_PARAMETER", "OVER_LIMIT"),
)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("by", ["rule", "magic word"])
def test_an_error_of_a_picture_fails_the_query_of_its_task(live: RunningServer, by: str, code: str) -> None:
    url = f"https://cdn.example.test/emu-error-{code.replace(' ', '_')}.png" if by == "magic word" else URL
    if by == "rule":
        live.push_rule({"url": URL}, error=code)
    task_id = submit(live, url)
    assert fetch_action(live, task_id) == ""  # not before the result would be there
    advance(live, 0.5)
    for _ in range(2):
        answer = call(live, QUERY, make_task(task_id))
        assert answer.status_code >= 400
        assert (answer.json()["error"], answer.json()["errorCode"]) == (code, code)
        assert live.list_entries()[0].decided_by[0] == by.split(maxsplit=1)[0]
    assert check_picture(live, "https://cdn.example.test/other.png") == "PASSED"


@pytest.mark.parametrize("by", ["rule", "magic word"])
def test_no_right_to_call_fails_the_submission(live: RunningServer, by: str) -> None:
    if by == "rule":
        live.push_rule({"url": {"contains": "emu"}}, error=4)
    answer = call(live, SUBMIT, make_picture("https://cdn.example.test/emu-error-4.png"))
    assert (answer.status_code, answer.json()) == (
        403,
        {"errorCode": "4", "error": "4", "errorMessage": "无权调用"},
    )


@pytest.mark.parametrize("code", [*CODES, "4"])
def test_a_call_rule_fails_the_submission(live: RunningServer, code: str) -> None:
    live.push_rule({"operation": SUBMIT}, error=code)
    answer = call(live, SUBMIT, make_picture(URL))
    assert answer.status_code >= 400
    assert answer.json()["errorCode"] == code


def test_a_fault_befalls_the_submission_and_a_patch_the_result(live: RunningServer) -> None:
    live.push_rule({"url": URL}, fault="empty", times=1)
    assert call(live, SUBMIT, make_picture(URL)).content == b""
    live.push_rule({"url": URL}, respond={"riskResult": '{"action":"UNHEARD"}', "more": 1})
    task_id = submit(live, URL)
    advance(live, 0.5)
    body = ask(live, task_id)
    assert (json.loads(body["riskResult"]), body["more"], body["success"]) == ({"action": "UNHEARD"}, 1, True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("sexy.jpg", "PASSED"), ("terrorism.jpg", "REJECTED"), ("ad/anything.png", "REJECTED"), ("pass.jpg", "PASSED")],
)
def test_the_sample_pictures(live: RunningServer, name: str, expected: str) -> None:
    assert check_picture(live, f"https://samples.example.test/{name}") == expected


def test_the_sample_pictures_of_its_own(live: RunningServer) -> None:
    host = "https://samples.example.test"
    later, never = submit(live, f"{host}/later.png"), submit(live, f"{host}/never.png")
    assert call(live, SUBMIT, make_picture(f"{host}/no-right.png")).json()["errorCode"] == "4"
    busy = submit(live, f"{host}/busy.png")
    advance(live, 1.9)
    assert (fetch_action(live, later), fetch_action(live, never)) == ("", "")
    assert call(live, QUERY, make_task(busy)).json()["errorCode"] == "SYSTEM_OUT_ERROR"
    advance(live, 0.1)
    assert (fetch_action(live, later), fetch_action(live, never)) == ("REJECTED", "")
