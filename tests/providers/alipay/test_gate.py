"""Whose call it is, and who may call: the mini-program calls."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.builders import (
    PID,
    QUERY,
    SUBMIT,
    TEXT,
    TYPES,
    advance,
    call,
    make_picture,
    make_task,
    make_text,
)

TEAM_B = {"name": "team-b", "alipay": {"pid": "2088000000000002", "app_id": "2021000000000002"}}
UNSIGNED = {"name": "unsigned", "alipay": {"pid": "2088000000000003", "signed_up": False}}
PARAMS = {SUBMIT: make_picture(), QUERY: make_task("2eee1a72-4f32-45d6-bfa3-0f7173cde80b"), TEXT: make_text("示例")}


@pytest.fixture
def teams(start: Callable[..., RunningServer]) -> RunningServer:
    return start({"accounts": [TEAM_B, UNSIGNED]})


def find_caller(live: RunningServer, params: dict[str, Any], name: str = TEXT, **query: str) -> str | None:
    """Return the name of the account whose journal has the call."""
    call(live, name, params, **query)
    by = live.list_entries()[0].account
    return next((account.name for account in live.state.accounts if account.id == by), None)


@pytest.mark.parametrize(
    ("own", "query", "name"),
    [
        ({}, {}, "default"),
        ({"pid": PID}, {}, "default"),
        ({"pid": "2088000000000002"}, {}, "team-b"),
        ({"appId": "2021000000000002"}, {}, "team-b"),
        ({"appId": "2021999999999999"}, {}, "default"),  # the pages know no appId any more
        ({"pid": PID, "appId": "2021000000000002"}, {}, "default"),
        ({"pid": ""}, {}, "default"),
        ({"pid": 2088}, {}, None),
        ({"pid": 2088000000000002}, {}, "team-b"),
        ({"pid": [2088]}, {}, "default"),
        ({"pid": "xxxxxxxxxxxxxxxx"}, {}, "default"),
        ({"pid": PID}, {"account": "team-b"}, "team-b"),
        ({"pid": "2088999999999999"}, {"account": "team-b"}, "team-b"),
        ({}, {"account": "2088000000000002"}, "team-b"),
        ({}, {"account": ""}, "default"),
        ({}, {"account": "nobody"}, None),
        ({"pid": "2088999999999999"}, {}, None),
    ],
)
def test_whose_call_it_is(teams: RunningServer, own: dict[str, Any], query: dict[str, str], name: str | None) -> None:
    assert find_caller(teams, {"content": "示例", "type": TYPES, **own}, **query) == name


@pytest.mark.parametrize(
    ("operation", "code", "message"),
    [(SUBMIT, "serviceNoAuth", "服务未授权"), (QUERY, "serviceNoAuth", "服务未授权"), (TEXT, "4", "无权调用")],
)
@pytest.mark.parametrize("pid", ["2088999999999999", "2088000000000003", "PID", "示例", "a" * 10_000])
def test_who_may_not_call(teams: RunningServer, operation: str, pid: str, code: str, message: str) -> None:
    answer = call(teams, operation, {**PARAMS[operation], "pid": pid})
    body = answer.json()
    assert (answer.status_code, body["error"], body["errorMessage"]) == (403, code, message)
    assert teams.list_entries()[0].decided_by[0] == "gate"


def test_the_code_of_the_other_page(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"alipay.no_right": "4"}, "accounts": [UNSIGNED]})
    for operation in PARAMS:
        for pid in ("2088999999999999", "2088000000000003"):
            assert call(live, operation, {**PARAMS[operation], "pid": pid}).json()["error"] == "4"


def test_any_pid_is_let_in_by_the_quirk(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"alipay.any_pid": True}, "accounts": [TEAM_B, UNSIGNED]})
    for pid, name in (("2088999999999999", "default"), ("2088000000000002", "team-b")):
        assert find_caller(live, {**PARAMS[SUBMIT], "pid": pid}, SUBMIT) == name
        assert live.list_entries()[0].status == 200
    assert call(live, SUBMIT, {**PARAMS[SUBMIT], "pid": "2088000000000003"}).status_code == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("operation", PARAMS)
def test_other_methods_than_post_are_refused(live: RunningServer, operation: str, method: str) -> None:
    answer = requests.request(method, f"{live.url}/alipay/{operation}", json=PARAMS[operation], timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "2" if operation == TEXT else "param error")


@pytest.mark.parametrize("profile", ["fast", "documented"])
def test_no_document_tells_a_quota(start: Callable[..., RunningServer], profile: str) -> None:
    live = start({"profile": profile, "latency": {"min": 0, "max": 0}})
    live.control("POST", "clock", {"freeze": True})
    assert {call(live, TEXT, PARAMS[TEXT]).status_code for _ in range(30)} == {200}


def test_a_quota_of_all_three_calls_together(start: Callable[..., RunningServer]) -> None:
    live = start({"limits": {"alipay": {"per_second": 3}}, "accounts": [TEAM_B]})
    live.control("POST", "clock", {"freeze": True})
    assert [call(live, name, params).status_code for name, params in PARAMS.items()] == [200] * 3
    for operation, params in PARAMS.items():
        answer = call(live, operation, params)
        assert (answer.status_code, answer.json()["error"]) == (429, "OVER_LIMIT")
        assert answer.json()["errorMessage"] == "超过调用量限制"
    assert call(live, TEXT, PARAMS[TEXT], account="team-b").status_code == 200
    advance(live, 1)
    assert call(live, SUBMIT, PARAMS[SUBMIT]).status_code == 200


def test_a_quota_holds_among_calls_at_once(start: Callable[..., RunningServer]) -> None:
    live = start({"limits": {"alipay": {"per_second": 5}}})
    live.control("POST", "clock", {"freeze": True})
    seen: list[int] = []
    threads = [
        threading.Thread(target=lambda: seen.append(call(live, SUBMIT, make_picture()).status_code)) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (seen.count(200), seen.count(429)) == (5, 15)
