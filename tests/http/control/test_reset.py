from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import AS_B, TEAM_B, list_control_rules, parse_error, parse_items
from tests.providers.aliyun.rpc_calls import encode_query, scan_text, sign_rpc

PARAMS = {"Labels.1.Label": "ad", "Tasks.1.Content": "hello"}


def reset(live: RunningServer, **query: str) -> list[str]:
    answer = live.control("POST", "reset", **query)
    assert answer.status_code == 200
    return list(answer.json()["reset"])


def test_everything_that_happened_is_forgotten(start: Callable[..., RunningServer]) -> None:
    live = start({"accounts": [TEAM_B]})
    live.push_rule({"text": "a"}, verdict="ad")
    live.control("POST", "rules", {"match": {"text": "b"}, "verdict": "ad"}, account="team-b")
    scan_text(live, "hello")
    scan_text(live, "hello", **AS_B)
    scan_text(live, "hello", key="nobody")
    assert reset(live) == ["default", "team-b"]
    assert live.list_entries() == []
    assert list_control_rules(live) == []


def test_accounts_outlive_a_reset(start: Callable[..., RunningServer]) -> None:
    live = start({"accounts": [TEAM_B]})
    reset(live)
    assert live.control("GET", "info").json()["accounts"] == 2
    assert scan_text(live, "hello", **AS_B).status_code == 200


def test_nonces_may_come_again(live: RunningServer) -> None:
    url = f"{live.url}/?{encode_query(sign_rpc('ScanText', PARAMS))}"
    assert requests.get(url, timeout=5).status_code == 200
    assert requests.get(url, timeout=5).json()["Code"] == "SignatureNonceUsed"
    reset(live)
    assert requests.get(url, timeout=5).status_code == 200


def test_quotas_begin_anew(start: Callable[..., RunningServer]) -> None:
    live = start({"limits": {"aliyun_imageaudit": {"per_second": 1}}})
    freeze_mid_second(live)
    assert scan_text(live, "hello").status_code == 200
    assert scan_text(live, "hello").json()["Code"] == "Throttling"
    reset(live)
    freeze_mid_second(live)
    assert scan_text(live, "hello").status_code == 200


def freeze_mid_second(live: RunningServer) -> None:
    """Stop the default account's clock in the middle of a second."""

    async def freeze() -> None:
        clock = live.state.accounts.default.clock
        clock.freeze(True)
        clock.set(int(clock.now()) + 0.5)

    live.run(freeze())


def test_clock_goes_back_to_real_time(live: RunningServer) -> None:
    freeze_mid_second(live)
    clock = live.state.accounts.default.clock
    assert clock.frozen
    reset(live)
    assert (clock.frozen, clock.offset) == (False, 0)


def test_file_rules_get_their_times_back(start: Callable[..., RunningServer], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("- {match: {text: once}, error: Throttling, times: 1}\n")
    live = start({"fixtures": [str(tmp_path)]})
    assert scan_text(live, "once").json()["Code"] == "Throttling"
    assert scan_text(live, "once").status_code == 200
    reset(live)
    assert scan_text(live, "once").json()["Code"] == "Throttling"
    assert {rule["hits"] for rule in parse_items(live.control("GET", "rules"))} == {0, 1}


def test_of_one_account(start: Callable[..., RunningServer], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("- {match: {text: once}, verdict: ad, times: 1}\n")
    live = start({"accounts": [TEAM_B], "fixtures": [str(tmp_path)]})
    live.push_rule({"text": "everybody"}, verdict="ad")
    for name in ("default", "team-b"):
        live.control("POST", "rules", {"match": {"text": name}, "verdict": "ad"}, account=name)
    scan_text(live, "once")
    scan_text(live, "hello", **AS_B)
    scan_text(live, "hello", key="nobody")
    for clock in (account.clock for account in live.state.accounts):
        clock.freeze(True)
    assert reset(live, account="teamBKey") == ["team-b"]
    assert [(entry.account, entry.code) for entry in live.list_entries()] == [
        (None, "InvalidAccessKeyId.NotFound"),
        ("acc-1", None),
    ]
    assert [rule["match"]["text"] for rule in list_control_rules(live)] == ["default", "everybody"]
    assert [account.clock.frozen for account in live.state.accounts] == [True, False]
    assert [
        rule["remaining"] for rule in parse_items(live.control("GET", "rules")) if rule["match"] == {"text": "once"}
    ] == [0]


def test_an_unknown_account_resets_nothing(live: RunningServer) -> None:
    scan_text(live, "hello")
    assert "nobody" in parse_error(live.control("POST", "reset", account="nobody"), 404)
    assert len(live.list_entries()) == 1


def list_account_names(live: RunningServer) -> list[str]:
    return [account["name"] for account in parse_items(live.control("GET", "accounts"))]


def test_accounts_go_when_that_is_asked_for(start: Callable[..., RunningServer]) -> None:
    live = start({"accounts": [TEAM_B]})
    names = [live.control("POST", "accounts", {}).json()["name"] for _ in range(3)]
    for body in (None, {}, {"accounts": False}):
        assert live.control("POST", "reset", body).json() == {"reset": ["default", "team-b", *names]}
        assert list_account_names(live) == ["default", "team-b", *names]
    live.control("POST", "reset", {"accounts": True}, account=names[0])
    assert list_account_names(live) == ["default", "team-b", *names[1:]]
    live.control("POST", "reset", {"accounts": True}, account="team-b")
    live.control("POST", "reset", {"accounts": True})
    assert list_account_names(live) == ["default", "team-b"]


@pytest.mark.parametrize(
    ("body", "path"), [("[]", "$"), ('{"acounts": true}', "$.acounts"), ('{"accounts": 1}', "$.accounts")]
)
def test_bad_bodies_reset_nothing(live: RunningServer, body: str, path: str) -> None:
    scan_text(live, "hello")
    answer = live.control("POST", "reset", body)
    parse_error(answer, 400)
    assert [problem["path"] for problem in answer.json()["problems"]] == [path]
    assert len(live.list_entries()) == 1
