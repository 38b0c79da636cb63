"""Accounts come and go over the API, each with credentials that open it and nothing else."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from emulator.app import accounts
from emulator.state.callbacks.callback import Callback
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import TEAM_B, list_control_rules, parse_error, parse_items
from tests.providers.aliyun.rpc_calls import scan_text

SERVICES = {
    "aliyun": {"access_key_id", "access_key_secret", "uid", "active", "purchased", "sts"},
    "wechat": {"appid", "secret", "ip_allow"},
    "alipay": {"pid", "app_id", "app_public_key", "signed_up"},
}


@pytest.fixture
def live(start: Callable[..., RunningServer]) -> RunningServer:
    """Start an emulator that is not shared, with an account of the configuration."""
    return start({"accounts": [TEAM_B]})


def create_account(live: RunningServer, form: Any = None) -> dict[str, Any]:
    answer = live.control("POST", "accounts", {} if form is None else form)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def get_keys(account: dict[str, Any]) -> dict[str, Any]:
    """Return the key and the secret that sign calls of this account."""
    return {"key": account["aliyun"]["access_key_id"], "secret": account["aliyun"]["access_key_secret"]}


def list_ids(live: RunningServer) -> list[str]:
    return [account["id"] for account in parse_items(live.control("GET", "accounts"))]


@pytest.mark.parametrize("body", [None, {}])
def test_everything_is_made_up(live: RunningServer, body: Any) -> None:
    answer = live.control("POST", "accounts", body)
    assert answer.status_code == 201
    account = answer.json()
    assert account["id"] == account["name"]
    assert account["source"] == "control"
    for service, names in SERVICES.items():
        assert set(account[service]) >= names
    assert scan_text(live, "hello", **get_keys(account)).status_code == 200
    assert live.list_entries()[0].account == account["id"]


def test_what_is_given_is_kept(live: RunningServer) -> None:
    form = {
        "name": "team c/1",
        "aliyun": {"access_key_id": "keyC", "access_key_secret": "secretC", "active": False},
        "wechat": {"appid": "wxc"},
        "alipay": {"pid": "2088c"},
    }
    account = create_account(live, form)
    for service, given in form.items():
        if isinstance(given, dict):
            assert account[service].items() >= given.items()
    assert account["name"] == "team c/1"
    assert len(account["wechat"]["secret"]) == 32
    assert scan_text(live, "hello", key="keyC", secret="secretC").json()["Code"] == "InvalidAccessKeyId.Inactive"


def test_posted_again_once_it_is_gone(live: RunningServer) -> None:
    first = create_account(live)
    form = {key: value for key, value in first.items() if key not in ("id", "source")}
    form["alipay"] = {key: value for key, value in form["alipay"].items() if key != "gateway_public_key"}
    assert live.control("DELETE", f"accounts/{first['id']}").json() == {"deleted": 1}
    second = create_account(live, form)
    assert {**second, "id": first["id"]} == first
    assert second["id"] != first["id"]


def test_listed_in_order(live: RunningServer) -> None:
    account = create_account(live)
    listed = parse_items(live.control("GET", "accounts"))
    assert [each["source"] for each in listed] == ["config", "config", "control"]
    assert listed[2] == account
    assert listed[0]["aliyun"]["access_key_id"] == "testId"
    assert [each["name"] for each in parse_items(live.control("GET", "accounts", account="teamBKey"))] == ["team-b"]


def test_named_by_id_name_and_every_credential(live: RunningServer) -> None:
    account = create_account(live, {"name": "队 1/2?"})
    aliyun = account["aliyun"]
    names = [account["id"], "%E9%98%9F%201%2F2%3F", aliyun["access_key_id"], aliyun["uid"]]
    names += [aliyun["sts"]["access_key_id"], account["wechat"]["appid"]]
    names += [account["alipay"]["pid"], account["alipay"]["app_id"]]
    for name in names:
        assert live.control("GET", f"accounts/{name}").json() == account
    assert "nobody" in parse_error(live.control("GET", "accounts/nobody"), 404)
    assert "nobody" in parse_error(live.control("DELETE", "accounts/nobody"), 404)
    parse_error(live.control("GET", f"accounts/{aliyun['access_key_secret']}"), 404)


@pytest.mark.parametrize(
    "taken",
    [
        {"name": "default"},
        {"name": "testId"},
        {"name": "acc-1"},
        {"aliyun": {"access_key_id": "testId"}},
        {"aliyun": {"access_key_id": "team-b"}},
        {"aliyun": {"uid": "1234567890"}},
        {"aliyun": {"sts": {"access_key_id": "teamBKey"}}},
        {"wechat": {"appid": "wx0123456789abcdef"}},
        {"alipay": {"pid": "2088123456789012"}},
        {"alipay": {"app_id": "2021000000000000"}},
    ],
)
def test_what_belongs_to_another(live: RunningServer, taken: dict[str, Any]) -> None:
    before = list_ids(live)
    assert "belongs to two accounts" in parse_error(live.control("POST", "accounts", taken), 409)
    assert list_ids(live) == before


@pytest.mark.parametrize(
    ("body", "path", "told"),
    [
        ([], "$", "object"),
        (None, "$", "object"),
        ({"nmae": "x"}, "$.nmae", "did you mean name?"),
        ({"name": ""}, "$.name", "at least 1"),
        ({"name": "x" * 201}, "$.name", "at most 200"),
        ({"name": 1}, "$.name", "string"),
        ({"id": "acc-9"}, "$.id", "one of alipay, aliyun, name, wechat"),
        ({"aliyun": {"acces_key_id": "x"}}, "$.aliyun.acces_key_id", "did you mean access_key_id?"),
        ({"aliyun": {"active": 1}}, "$.aliyun.active", "boolean"),
        ({"aliyun": None}, "$.aliyun", "object"),
        ({"wechat": {"ip_allow": "x"}}, "$.wechat.ip_allow", "array"),
        ({"alipay": {"pid": 2088}}, "$.alipay.pid", "string"),
    ],
)
def test_a_bad_form_is_refused_and_changes_nothing(live: RunningServer, body: Any, path: str, told: str) -> None:
    before = list_ids(live)
    answer = live.control("POST", "accounts", json.dumps(body))
    parse_error(answer, 400)
    (problem,) = answer.json()["problems"]
    assert problem["path"] == path
    assert told in problem["expected"]
    assert list_ids(live) == before


def test_all_problems_at_once(live: RunningServer) -> None:
    answer = live.control("POST", "accounts", {"a": 1, "name": 2, "wechat": {"b": 3}, "alipay": {"pid": ""}})
    assert {problem["path"] for problem in answer.json()["problems"]} == {"$.a", "$.name", "$.wechat.b", "$.alipay.pid"}


def test_those_of_the_configuration_stay(live: RunningServer) -> None:
    for name in ("default", "acc-1", "testId", "team-b"):
        assert "configuration" in parse_error(live.control("DELETE", f"accounts/{name}"), 409)
    account = create_account(live)
    create_account(live)
    assert live.control("DELETE", "accounts").json() == {"deleted": 2}
    assert live.control("DELETE", "accounts").json() == {"deleted": 0}
    assert [each["name"] for each in parse_items(live.control("GET", "accounts"))] == ["default", "team-b"]
    assert scan_text(live, "hello", **get_keys(account)).json()["Code"] == "InvalidAccessKeyId.NotFound"


def test_an_id_never_comes_again(live: RunningServer) -> None:
    seen = [create_account(live)["id"] for _ in range(3)]
    live.control("DELETE", "accounts")
    create_account(live, {"name": "acc-7"})
    seen += [create_account(live)["id"] for _ in range(3)]
    assert len(set(seen)) == 6
    assert "acc-7" not in seen


def test_removing_all_knows_no_filter_but_the_account(live: RunningServer) -> None:
    create_account(live)
    parse_error(live.control("DELETE", "accounts", limit="1"), 400)
    assert live.control("DELETE", "accounts", account="default").json() == {"deleted": 0}
    assert len(list_ids(live)) == 3


def test_all_that_is_its_own_goes_with_it(live: RunningServer) -> None:
    one, other = create_account(live), create_account(live)
    for account in (one, other):
        rule = {"match": {"text": "hello"}, "verdict": "ad"}
        assert live.control("POST", "rules", rule, account=account["id"]).status_code == 201
        scan_text(live, "hello", **get_keys(account))
    live.push_rule({"text": "everybody"}, verdict="ad")
    live.control("DELETE", f"accounts/{one['id']}")
    assert [entry.account for entry in live.list_entries()] == [other["id"]]
    assert len(list_control_rules(live)) == 2
    assert scan_text(live, "hello", **get_keys(one)).json()["Code"] == "InvalidAccessKeyId.NotFound"
    assert scan_text(live, "hello", **get_keys(other)).json()["Data"]["Elements"][0]["Results"][0]["Label"] == "ad"
    for path in ("rules", "journal", "clock", "callbacks", "settings"):
        assert one["id"] in parse_error(live.control("GET", path, account=one["id"]), 404)


def test_callbacks_of_one_that_is_gone_are_pushed_no_more(live: RunningServer) -> None:
    account = live.state.accounts.find(create_account(live)["id"])
    assert account is not None
    due = account.clock.now() + 100
    waiting = Callback(9, account.id, "t-1", None, "http://127.0.0.1:1/", b"checksum=0", False, next_at=due)

    async def put() -> None:
        account.outbox.put(waiting, lambda _callback: None)

    live.run(put())
    assert live.control("GET", "callbacks").json()["total"] == 1
    live.control("DELETE", f"accounts/{account.id}")
    assert live.control("GET", "callbacks").json()["total"] == 0
    assert (waiting.state, account.outbox.next_at) == ("dropped", float("inf"))


def test_calls_that_wait_for_its_clock_are_let_go(live: RunningServer) -> None:
    account = create_account(live)
    name = account["id"]
    live.control("POST", "clock", {"freeze": True}, account=name)
    live.control("POST", "rules", {"match": {}, "delay": 1000}, account=name)

    async def remove_during_calls() -> list[requests.Response]:
        calls = [asyncio.to_thread(scan_text, live, "hello", **get_keys(account)) for _ in range(2)]
        waiting = asyncio.gather(*calls)
        while (await asyncio.to_thread(live.control, "GET", "clock", account=name)).json()["waiting"] < 2:
            pass
        removed = await asyncio.to_thread(live.control, "DELETE", f"accounts/{name}")
        assert removed.json() == {"deleted": 1}
        return list(await waiting)

    assert [answer.status_code for answer in asyncio.run(asyncio.wait_for(remove_during_calls(), 20))] == [200, 200]
    assert scan_text(live, "hello").status_code == 200


def test_room_is_limited(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MAX_ACCOUNTS", 4)
    create_account(live)
    last = create_account(live)
    assert "4 accounts" in parse_error(live.control("POST", "accounts", {}), 409)
    live.control("DELETE", f"accounts/{last['id']}")
    create_account(live)


def test_info_counts_them(live: RunningServer) -> None:
    create_account(live)
    assert live.control("GET", "info").json()["accounts"] == 3
