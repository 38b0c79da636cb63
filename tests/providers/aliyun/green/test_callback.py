"""What is handed to the dispatcher: the signed form, when it goes, and to whom."""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest

from emulator.signatures.sm3 import compute_sm3
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import call, fetch_results, submit
from tests.receiver import Receiver

URL = "https://a.test/x.jpg"
UID = "1234567890"


def read_forms(live: RunningServer, receiver: Receiver, number: int = 1) -> list[dict[str, str]]:
    """Wait for so many pushes; return their forms."""
    live.run(receiver.until(lambda: len(receiver.got) >= number))
    return [{key: value for key, (value,) in parse_qs(post.body.decode()).items()} for post in receiver.got]


def list_callbacks(live: RunningServer) -> list[dict[str, Any]]:
    return list(live.control("GET", "callbacks").json()["items"])


def test_one_signed_push_per_task(live: RunningServer, receiver: Receiver) -> None:
    tasks = submit(live, URL, "https://a.test/emu-porn", callback=receiver.url("200"), seed="a_Seed_1")
    forms = read_forms(live, receiver, 2)
    for form in forms:
        assert form.keys() == {"checksum", "content"}
        assert form["checksum"] == hashlib.sha256(f"{UID}a_Seed_1{form['content']}".encode()).hexdigest()
    contents = {content["taskId"]: content for content in (json.loads(form["content"]) for form in forms)}
    assert set(contents) == set(tasks)
    for item in fetch_results(live, *tasks):
        assert contents[item["taskId"]] == item
    assert receiver.got[0].headers["Content-Type"].startswith("application/x-www-form-urlencoded")


def test_the_checksum_may_be_sm3(live: RunningServer, receiver: Receiver) -> None:
    submit(live, URL, callback=receiver.url("200"), seed="s", cryptType="SM3")
    (form,) = read_forms(live, receiver)
    assert form["checksum"] == compute_sm3(f"{UID}s{form['content']}".encode())
    assert len(form["checksum"]) == 64


def test_the_uid_is_that_of_the_account(start: Callable[..., RunningServer]) -> None:
    aliyun = {"access_key_id": "k", "access_key_secret": "s", "uid": "42"}
    live = start({"accounts": [{"name": "other", "aliyun": aliyun}]})
    body = {"scenes": ["porn"], "tasks": [{"url": URL}], "callback": "http://127.0.0.1:9/", "seed": "x"}
    call(live, "image/asyncscan", body, key="k", secret="s")
    (shown,) = list_callbacks(live)
    assert shown["form"]["checksum"] == hashlib.sha256(f"42x{shown['form']['content']}".encode()).hexdigest()


def test_chinese_and_odd_signs_survive_the_form(live: RunningServer, receiver: Receiver) -> None:
    task = {"url": "https://a.test/图?a=1&b=%20+", "dataId": "标 识&=%+"}
    body = {"scenes": ["porn"], "tasks": [task], "callback": receiver.url("200"), "seed": "x"}
    assert call(live, "image/asyncscan", body).json()["code"] == 200
    (form,) = read_forms(live, receiver)
    assert json.loads(form["content"])["dataId"] == "标 识&=%+"
    assert form["checksum"] == hashlib.sha256(f"{UID}x{form['content']}".encode()).hexdigest()


def test_an_error_is_reported_without_results(live: RunningServer, receiver: Receiver) -> None:
    (task,) = submit(live, "https://a.test/emu-error-592", callback=receiver.url("200"), seed="x")
    (form,) = read_forms(live, receiver)
    url = "https://a.test/emu-error-592"
    assert json.loads(form["content"]) == {"code": 592, "msg": "DOWNLOAD_TIMEOUT", "taskId": task, "url": url}


def test_content_as_captured(live: RunningServer) -> None:
    """A callback captured in 2022 has extras and url, as the beans of public callers do."""
    (task,) = submit(live, URL, callback="http://127.0.0.1:9/", seed="x")
    content = json.loads(list_callbacks(live)[0]["form"]["content"])
    assert content.keys() == {"code", "extras", "msg", "results", "taskId", "url"}
    assert (content["extras"], content["url"]) == ({}, URL)
    assert content == fetch_results(live, task)[0]


def test_content_as_the_document_has_it(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"green.callback_url": False}})
    (task,) = submit(live, URL, callback="http://127.0.0.1:9/", seed="x")
    content = json.loads(list_callbacks(live)[0]["form"]["content"])
    assert list(content) == ["code", "msg", "taskId", "results"]
    assert fetch_results(live, task)[0] == {**content, "url": URL, "extras": {}}


@pytest.mark.parametrize("seed", ["8f2d1e25-ef40-47dd-9fbe-30de782409e3", "a b/c.d+图", "x" * 200])
def test_any_text_is_a_seed(live: RunningServer, seed: str) -> None:
    """The page of image/asyncscan says no more than random text; callers in production send a UUID."""
    submit(live, URL, callback="http://127.0.0.1:9/", seed=seed)
    form = list_callbacks(live)[0]["form"]
    assert form["checksum"] == hashlib.sha256(f"{UID}{seed}{form['content']}".encode()).hexdigest()


def test_a_number_is_a_seed_too(live: RunningServer) -> None:
    submit(live, URL, callback="http://127.0.0.1:9/", seed=123456)
    form = list_callbacks(live)[0]["form"]
    assert form["checksum"] == hashlib.sha256(f"{UID}123456{form['content']}".encode()).hexdigest()


def test_it_goes_when_the_result_is_ready(live: RunningServer, receiver: Receiver) -> None:
    live.control("POST", "clock", {"freeze": True})
    live.push_rule({"url": URL}, verdict="porn", delay=5)
    (task,) = submit(live, URL, callback=receiver.url("200"), seed="x")
    live.control("POST", "clock", {"advance": 4.99})
    assert (fetch_results(live, task)[0]["code"], receiver.got) == (280, [])
    live.control("POST", "clock", {"advance": 0.02})
    assert (fetch_results(live, task)[0]["code"], len(receiver.got)) == (200, 1)


def test_a_check_that_is_given_up_is_reported_after_two_minutes(live: RunningServer, receiver: Receiver) -> None:
    live.control("POST", "clock", {"freeze": True})
    submit(live, "https://a.test/emu-delay-300s", callback=receiver.url("200"), seed="x")
    live.control("POST", "clock", {"advance": 119})
    assert receiver.got == []
    live.control("POST", "clock", {"advance": 2})
    (form,) = read_forms(live, receiver)
    assert json.loads(form["content"])["code"] == 581


@pytest.mark.parametrize(
    ("word", "after", "pushes"),
    [
        ("emu-callback-never", 7200, 0),
        ("emu-delay-never", 7200, 0),
        ("emu-callback-late", 59, 0),
        ("emu-callback-late", 61, 1),
        ("emu-callback-duplicate", 1, 2),
        ("emu-x", 1, 1),
    ],
)
def test_magic_words_for_the_callback(
    live: RunningServer, receiver: Receiver, word: str, after: float, pushes: int
) -> None:
    live.control("POST", "clock", {"freeze": True})
    submit(live, f"https://a.test/{word}.jpg", callback=receiver.url("200"), seed="x")
    live.control("POST", "clock", {"advance": after})
    assert len(receiver.got) == pushes
    assert list_callbacks(live)[0]["state"] == ("delivered" if pushes else "held" if "late" in word else "waiting")


def test_a_corrupt_checksum(live: RunningServer, receiver: Receiver) -> None:
    submit(live, "https://a.test/emu-callback-corrupt.jpg", callback=receiver.url("200"), seed="x")
    (form,) = read_forms(live, receiver)
    assert form["checksum"] != hashlib.sha256(f"{UID}x{form['content']}".encode()).hexdigest()
    assert json.loads(form["content"])["code"] == 200


def test_a_rule_may_put_it_off(live: RunningServer, receiver: Receiver) -> None:
    live.control("POST", "clock", {"freeze": True})
    live.push_rule({"url": URL}, callback={"after": 30})
    (task,) = submit(live, URL, callback=receiver.url("200"), seed="x")
    assert fetch_results(live, task)[0]["code"] == 200
    live.control("POST", "clock", {"advance": 29})
    assert receiver.got == []
    live.control("POST", "clock", {"advance": 2})
    assert len(receiver.got) == 1


@pytest.mark.parametrize("more", [{}, {"callback": ""}, {"callback": None}, {"seed": "x"}])
def test_no_callback_no_push(live: RunningServer, more: dict[str, Any]) -> None:
    submit(live, URL, **more)
    assert list_callbacks(live) == []


@pytest.mark.parametrize(
    "callback",
    [
        "http://public.example.test/x",
        "http://169.254.169.254/latest",
        "http://10.0.0.1:1/",
        "HTTP://127.0.0.1:9/",
        "http://user:pw@127.0.0.1:9/",
    ],
)
def test_a_forbidden_or_dead_address_costs_no_submission(start: Callable[..., RunningServer], callback: str) -> None:
    live = start({"callbacks": {"timeout": 0.2, "pushes": 1}})
    (task,) = submit(live, URL, callback=callback, seed="x")
    assert fetch_results(live, task)[0]["code"] == 200
    (shown,) = list_callbacks(live)
    assert (shown["url"], shown["task_id"]) == (callback.replace("user:pw", "****"), task)


def test_results_stay_readable_when_pushes_fail(live: RunningServer, receiver: Receiver) -> None:
    (task,) = submit(live, URL, callback=receiver.url("500"), seed="x")
    live.control("POST", "clock", {"advance": 60})
    assert len(receiver.got) == 16
    assert len({post.body for post in receiver.got}) == 1
    assert fetch_results(live, task)[0]["code"] == 200


def test_a_task_that_was_not_taken_is_not_pushed(live: RunningServer, receiver: Receiver) -> None:
    body = {"scenes": ["porn"], "tasks": [{}, {"url": URL}], "callback": receiver.url("200"), "seed": "x"}
    call(live, "image/asyncscan", body)
    assert len(list_callbacks(live)) == 1
