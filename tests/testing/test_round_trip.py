"""From a submission to the receiver that checks what it got: asyncscan, dispatcher, clock and verify_callback."""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.testing import Emulator, verify_callback
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import call
from tests.receiver import Receiver, receiving

UID, SEED = "1234567890", "a_seed_1"


@pytest.fixture
def receiver(live: RunningServer) -> Iterator[Receiver]:
    context = receiving()
    yield live.run(context.__aenter__())
    live.run(context.__aexit__(None, None, None))


def submit(live: RunningServer, callback: str, *urls: str, **more: Any) -> list[str]:
    """Submit pictures on a clock that stands still; return their task ids."""
    tasks = [{"url": url, "dataId": f"data-{number}"} for number, url in enumerate(urls)]
    turn_clock(live, freeze=True)
    body = {"scenes": ["porn"], "tasks": tasks, "callback": callback, "seed": SEED, **more}
    answer = call(live, "image/asyncscan", body).json()
    assert answer["code"] == 200, answer
    return [item["taskId"] for item in answer["data"]]


def turn_clock(live: RunningServer, **body: Any) -> None:
    assert live.control("POST", "clock", body, account="default").status_code == 200


def verify_all(receiver: Receiver, crypt_type: str = "SHA256") -> dict[str, dict[str, Any]]:
    contents = [verify_callback(UID, SEED, post.body, crypt_type) for post in receiver.got]
    return {content["taskId"]: content for content in contents}


@pytest.mark.parametrize("crypt_type", ["SHA256", "SM3"])
def test_one_push_a_task(live: RunningServer, receiver: Receiver, crypt_type: str) -> None:
    urls = [f"https://a.test/{n}-emu-{'porn-sexy' if n % 2 else 'pass'}.jpg" for n in range(100)]
    task_ids = submit(live, receiver.url("200"), *urls, cryptType=crypt_type)
    turn_clock(live, advance=0)
    assert len(receiver.got) == 100
    found = verify_all(receiver, crypt_type)
    for number, task_id in enumerate(task_ids):
        content = found[task_id]
        assert (content["code"], content["dataId"]) == (200, f"data-{number}")
        (result,) = content["results"]
        assert result["label"] == ("sexy" if number % 2 else "normal")


def test_magic_words_change_how_results_are_pushed(live: RunningServer, receiver: Receiver) -> None:
    modes = ("never", "late", "duplicate", "corrupt")
    ids = dict(
        zip(modes, submit(live, receiver.url("200"), *(f"https://a.test/emu-callback-{m}" for m in modes)), strict=True)
    )
    turn_clock(live, advance=0)
    assert len(receiver.got) == 3
    corrupt = [post for post in receiver.got if ids["corrupt"] in post.body.decode()]
    twice = [post for post in receiver.got if ids["duplicate"] in post.body.decode()]
    assert (len(corrupt), len(twice), twice[0]) == (1, 2, twice[1])
    with pytest.raises(ValueError, match="checksum is not SHA256"):
        verify_callback(UID, SEED, corrupt[0].body)
    turn_clock(live, advance=60)
    assert verify_callback(UID, SEED, receiver.got[-1].body)["taskId"] == ids["late"]
    turn_clock(live, advance=10**8)
    assert len(receiver.got) == 4


def test_a_callback_that_is_still_to_come_can_be_seen(live: RunningServer, receiver: Receiver) -> None:
    """As the docstring of `freeze` says."""
    account = Emulator(live.url)
    account.freeze()
    submit(live, receiver.url("200"), "https://a.test/emu-porn-emu-delay-30s.jpg")
    account.advance(29)
    assert [each["state"] for each in account.callbacks()] == ["held"]
    assert not receiver.got
    account.advance(2)
    assert [each["state"] for each in account.callbacks()] == ["delivered"]
    assert len(receiver.got) == 1


def test_a_rule_says_when(live: RunningServer, receiver: Receiver) -> None:
    live.push_rule({"url": {"contains": "slow"}}, delay=30, verdict="porn")
    live.push_rule({"url": {"contains": "after"}}, callback={"after": 10})
    submit(live, receiver.url("200"), "https://a.test/slow", "https://a.test/after", "https://a.test/slow-after")
    for seconds, pushes in ((0, 0), (9.9, 0), (0.1, 1), (19.9, 1), (0.1, 2), (9.9, 2), (0.1, 3)):
        turn_clock(live, advance=seconds)
        assert len(receiver.got) == pushes


def test_a_refused_address_does_not_spoil_the_submission(live: RunningServer, receiver: Receiver) -> None:
    (task_id,) = submit(live, "http://169.254.169.254/", "https://a.test/1")
    turn_clock(live, advance=0)
    (callback,) = live.control("GET", "callbacks", task_id=task_id).json()["items"]
    assert callback["attempts"][0]["error"].startswith("forbidden")
    assert callback["state"] == "held"
    listed = live.control("POST", f"callbacks/{callback['id']}/redeliver", {"url": receiver.url("200")}).json()
    assert listed["state"] == "delivered"
    assert list(verify_all(receiver)) == [task_id]
