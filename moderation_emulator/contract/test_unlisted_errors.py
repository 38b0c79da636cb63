"""Errors that rules write out: any code of the provider's form, also one in no table, rendered in its dialect."""

import pytest
import requests

from moderation_emulator.contract.journal_entries import assert_warned, get_newest_entry
from moderation_emulator.contract.kit import CONTRACTS, OPERATIONS, PROVIDERS, send_words
from moderation_emulator.contract.running_server import RunningServer

UNLISTED = {name: contract.unlisted for name, contract in CONTRACTS.items() if contract.unlisted is not None}
CASES = [case for case in OPERATIONS if case[0] in UNLISTED]
FIRST = [(name, next(iter(PROVIDERS[name].operations))) for name in UNLISTED if PROVIDERS[name].operations]


@pytest.mark.parametrize(("provider", "operation"), CASES)
def test_a_code_of_no_table(live: RunningServer, provider: str, operation: str) -> None:
    error = UNLISTED[provider]
    rule = live.push_rule({"provider": provider, "operation": operation}, error=error)
    message = f"{error['code']} is in no table of {provider}: it is answered as the rule writes it"
    assert rule["warnings"] == [message]
    answer = send_words(live, provider, operation, "one")
    assert CONTRACTS[provider].refusal(answer) == (str(error["code"]), error["message"])
    assert_warned(live, str(error["code"]), provider)


@pytest.mark.parametrize("provider", UNLISTED)
def test_it_must_be_clear_whose_code_it_is(live: RunningServer, provider: str) -> None:
    error = {"code": UNLISTED[provider]["code"]}
    (problem,) = live.control("POST", "rules", {"match": {}, "error": error}).json()["problems"]
    assert problem["path"] == "$.error.code"
    assert problem["expected"].startswith("match.provider beside a code that is in no table: one of ")


@pytest.mark.parametrize(("provider", "operation"), FIRST)
def test_the_journal_is_asked_about_a_code_of_no_table(live: RunningServer, provider: str, operation: str) -> None:
    error = UNLISTED[provider]
    code = str(error["code"])
    assert live.control("POST", "journal/verify", {"match": {"code": f"{code}00"}}).status_code == 400
    rule = live.push_rule({"provider": provider}, error=error)
    send_words(live, provider, operation, "one")
    live.control("DELETE", f"rules/{rule['id']}")
    assert live.control("POST", "journal/verify", {"match": {"code": code}}).json()["ok"]
    assert len(live.control("GET", "journal", code=code).json()["items"]) == 1


@pytest.mark.parametrize(("provider", "operation"), FIRST)
def test_it_comes_again_by_the_rule_of_the_entry(live: RunningServer, provider: str, operation: str) -> None:
    live.push_rule({"operation": operation}, error=UNLISTED[provider])
    first = send_words(live, provider, operation, "one")
    rule = live.control("POST", f"journal/{get_newest_entry(live).id}/rule").json()
    assert rule["error"] == UNLISTED[provider]
    live.control("DELETE", "rules")
    live.control("POST", "rules", rule)
    second = send_words(live, provider, operation, "one")
    refusal = CONTRACTS[provider].refusal
    assert (second.status_code, refusal(second)) == (first.status_code, refusal(first))


@pytest.mark.parametrize("provider", UNLISTED)
def test_listed_rules_can_be_pushed_again(live: RunningServer, provider: str) -> None:
    live.push_rule({"provider": provider}, error=UNLISTED[provider])
    listed = live.control("GET", "rules", source="control")
    assert listed.json()["items"][0]["warnings"]
    text = live.control("GET", "rules", source="control", format="yaml").text
    assert "warnings" not in text
    live.control("DELETE", "rules")
    assert live.control("POST", "rules", listed.json()["items"]).status_code == 201
    assert requests.post(f"{live.url}/_emulator/rules", data=text.encode(), timeout=10).status_code == 201
