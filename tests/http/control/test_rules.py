from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from emulator.app import rules as rule_changes
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import AS_B, TEAM_B, list_control_rules, parse_error, parse_items, read_label
from tests.providers.aliyun.rpc_calls import call_rpc, scan_text

RULE: dict[str, Any] = {"name": "mine", "match": {"text": "hello"}, "verdict": "ad"}
WRONG: dict[str, Any] = {"match": {"text": "hello"}, "verdict": "nothing-like-this"}


def push(live: RunningServer, body: Any, **query: str) -> Any:
    answer = live.control("POST", "rules", body, **query)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def filed(start: Callable[..., RunningServer], tmp_path: Path) -> RunningServer:
    """Start an emulator with a second account and two rules in a file."""
    rules = "- {match: {text: from-file}, verdict: ad, times: 2}\n\n- {match: {text: second}, verdict: spam}\n"
    (tmp_path / "mine.yaml").write_text(rules)
    return start({"accounts": [TEAM_B], "fixtures": [str(tmp_path)]})


# POST


def test_a_pushed_rule_is_listed_and_decides(live: RunningServer) -> None:
    stored = push(live, RULE)
    assert stored == {"id": stored["id"], "source": "control", "account": None, **RULE, "hits": 0, "remaining": None}
    assert read_label(scan_text(live, "hello")) == "ad"
    assert list_control_rules(live) == [{**stored, "hits": 1}]


def test_a_list_of_rules_is_stored_in_its_order(live: RunningServer) -> None:
    forms = [{**RULE, "name": f"n-{n}", "times": n} for n in (1, 2, 3)]
    stored = push(live, forms)
    assert [rule["name"] for rule in stored] == ["n-1", "n-2", "n-3"]
    assert [rule["remaining"] for rule in stored] == [1, 2, 3]
    assert len({rule["id"] for rule in stored}) == 3
    assert list_control_rules(live) == stored


def test_an_empty_list_is_nothing(live: RunningServer) -> None:
    assert push(live, []) == []
    assert list_control_rules(live) == []


@pytest.mark.parametrize("at", [0, 1, 2])
def test_all_or_nothing(live: RunningServer, at: int) -> None:
    forms = [RULE, RULE]
    forms.insert(at, WRONG)
    answer = live.control("POST", "rules", forms)
    parse_error(answer, 400)
    assert [problem["path"] for problem in answer.json()["problems"]] == [f"$[{at}].verdict"]
    assert list_control_rules(live) == []


@pytest.mark.parametrize("body", [5, "rule", None, True, [5], [[]], [[RULE]], {}, {"rules": [RULE]}])
def test_what_is_no_rule(live: RunningServer, body: Any) -> None:
    parse_error(live.control("POST", "rules", "null" if body is None else body if body != "rule" else '"rule"'), 400)
    assert list_control_rules(live) == []


@pytest.mark.parametrize("times", [0, -1, 1.5, "2", True])
def test_times_that_are_none(live: RunningServer, times: Any) -> None:
    answer = live.control("POST", "rules", {**RULE, "times": times})
    parse_error(answer, 400)
    assert answer.json()["problems"][0]["path"] == "$.times"


def test_path_of_a_problem_has_no_index_when_one_rule_was_sent(live: RunningServer) -> None:
    for wrong, path in (
        (WRONG, "$.verdict"),
        ({"verdict": "ad"}, "$"),
        ({"match": {}}, "$"),
        ([WRONG], "$[0].verdict"),
    ):
        assert live.control("POST", "rules", wrong).json()["problems"][0]["path"] == path


# GET


def test_file_rules_are_listed_with_their_place(filed: RunningServer) -> None:
    rules = parse_items(filed.control("GET", "rules"))
    first, second = rules[0], rules[1]
    assert first["source"].endswith("mine.yaml:1")
    assert second["source"].endswith("mine.yaml:3")
    assert (first["hits"], first["remaining"]) == (0, 2)
    scan_text(filed, "from-file")
    assert filed.control("GET", f"rules/{first['id']}").json() == {**first, "hits": 1, "remaining": 1}


def test_control_rules_stand_before_files(filed: RunningServer) -> None:
    stored = push(filed, {"match": {"text": "from-file"}, "verdict": "porn", "times": 1})
    assert parse_items(filed.control("GET", "rules"))[0]["id"] == stored["id"]
    assert [read_label(scan_text(filed, "from-file", labels=("ad", "porn"))) for _ in range(4)] == [
        "porn",
        "ad",
        "ad",
        "normal",
    ]


def test_one_by_its_id(live: RunningServer) -> None:
    stored = push(live, RULE)
    assert live.control("GET", f"rules/{stored['id']}").json() == stored
    assert "nobody" in parse_error(live.control("GET", "rules/nobody"), 404)


def test_ids_differ_from_all_others(live: RunningServer) -> None:
    number = int(push(live, RULE)["id"].rpartition("-")[2])
    taken = [f"rule-{number + n}" for n in (1, 2, 4)]
    for name in taken:
        assert live.control("PUT", f"rules/{name}", RULE).status_code == 201
    push(live, [RULE] * 3)
    ids = [rule["id"] for rule in list_control_rules(live)]
    assert len(ids) == len(set(ids)) == 7


# Order of evaluation: priority, then rules of one account before those of all, then the newest.


def test_the_newest_rule_is_listed_first_and_decides(live: RunningServer) -> None:
    for verdict in ("ad", "spam", "porn"):
        push(live, {**RULE, "verdict": verdict})
    assert [rule["verdict"] for rule in list_control_rules(live)] == ["porn", "spam", "ad"]
    assert read_label(scan_text(live, "hello", labels=("ad", "spam", "porn"))) == "porn"


def test_priority_before_age(live: RunningServer) -> None:
    for priority in (0, 5, -1, 5, None):
        push(live, {**RULE, **({} if priority is None else {"priority": priority}), "verdict": "ad"})
    ids = [int(rule["id"].rpartition("-")[2]) for rule in list_control_rules(live)]
    first = min(ids)
    assert [number - first for number in ids] == [3, 1, 4, 0, 2]


def test_account_before_everybody(filed: RunningServer) -> None:
    push(filed, {**RULE, "verdict": "spam"}, account="team-b")
    push(filed, {**RULE, "verdict": "ad"})
    push(filed, {**RULE, "verdict": "porn", "priority": -1}, account="team-b")
    assert [rule["verdict"] for rule in list_control_rules(filed)] == ["spam", "ad", "porn"]
    assert read_label(scan_text(filed, "hello", labels=("spam", "ad"))) == "ad"
    assert read_label(scan_text(filed, "hello", labels=("spam", "ad"), **AS_B)) == "spam"


def test_priority_before_account(filed: RunningServer) -> None:
    push(filed, {**RULE, "verdict": "ad", "priority": 1})
    push(filed, {**RULE, "verdict": "spam"}, account="team-b")
    assert read_label(scan_text(filed, "hello", labels=("spam", "ad"), **AS_B)) == "ad"


# Accounts.


@pytest.mark.parametrize("name", ["team-b", "acc-2", "teamBKey", "STS.teamBKey"])
def test_scoped_by_any_name_of_an_account(filed: RunningServer, name: str) -> None:
    push(filed, RULE, account=name)
    assert read_label(scan_text(filed, "hello")) == "normal"
    assert read_label(scan_text(filed, "hello", **AS_B)) == "ad"


def test_listed_for_an_account_are_its_own_and_those_of_all(filed: RunningServer) -> None:
    own, common = push(filed, RULE, account="team-b"), push(filed, RULE)
    other = push(filed, RULE, account="default")
    files = len(parse_items(filed.control("GET", "rules"))) - 3
    assert [rule["id"] for rule in list_control_rules(filed, account="team-b")] == [own["id"], common["id"]]
    assert [rule["id"] for rule in list_control_rules(filed, account="default")] == [other["id"], common["id"]]
    assert len(parse_items(filed.control("GET", "rules", account="team-b"))) == files + 2


def test_account_in_match(filed: RunningServer) -> None:
    push(filed, {"match": {"account": "team-b", "text": "hello"}, "verdict": "ad"})
    assert [read_label(scan_text(filed, "hello")), read_label(scan_text(filed, "hello", **AS_B))] == ["normal", "ad"]


def test_an_unknown_account_is_not_found(live: RunningServer) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert "nobody" in parse_error(live.control(method, "rules", RULE, account="nobody"), 404)
    parse_error(live.control("PUT", "rules/a", RULE, account="nobody"), 404)


# PUT and DELETE


def test_an_id_that_is_taken_by_another_account(filed: RunningServer) -> None:
    assert filed.control("PUT", "rules/mine", RULE, account="default").status_code == 201
    assert "account acc-1" in parse_error(filed.control("PUT", "rules/mine", RULE, account="team-b"), 409)
    assert filed.control("PUT", "rules/mine", RULE, account="default").status_code == 200
    assert filed.control("PUT", "rules/mine", RULE).status_code == 200  # without an account it is everybody's
    assert filed.control("PUT", "rules/mine", RULE, account="team-b").status_code == 200


def test_put_creates_and_replaces(live: RunningServer) -> None:
    answer = live.control("PUT", "rules/my-rule", RULE)
    assert (answer.status_code, answer.json()["id"]) == (201, "my-rule")
    scan_text(live, "hello")
    answer = live.control("PUT", "rules/my-rule", {**RULE, "verdict": "spam"})
    assert (answer.status_code, answer.json()["hits"]) == (200, 0)
    assert [rule["verdict"] for rule in list_control_rules(live)] == ["spam"]
    assert read_label(scan_text(live, "hello", labels=("ad", "spam"))) == "spam"


def test_put_stands_before_older_rules(live: RunningServer) -> None:
    live.control("PUT", "rules/first", {**RULE, "verdict": "ad"})
    live.control("PUT", "rules/second", {**RULE, "verdict": "spam"})
    assert read_label(scan_text(live, "hello", labels=("ad", "spam"))) == "spam"
    live.control("PUT", "rules/first", {**RULE, "verdict": "ad"})
    assert read_label(scan_text(live, "hello", labels=("ad", "spam"))) == "ad"


def test_put_of_a_wrong_rule_changes_nothing(live: RunningServer) -> None:
    live.control("PUT", "rules/my-rule", RULE)
    for wrong in (WRONG, [RULE], {}, 5):
        answer = live.control("PUT", "rules/my-rule", wrong)
        parse_error(answer, 400)
        assert answer.json()["problems"][0]["path"] in ("$.verdict", "$")
    assert list_control_rules(live)[0]["verdict"] == "ad"


def test_put_for_one_account(filed: RunningServer) -> None:
    filed.control("PUT", "rules/my-rule", RULE, account="team-b")
    assert [read_label(scan_text(filed, "hello")), read_label(scan_text(filed, "hello", **AS_B))] == ["normal", "ad"]


def test_one_rule_is_deleted(live: RunningServer) -> None:
    push(live, [{**RULE, "name": "first"}, {**RULE, "name": "second"}])
    first = list_control_rules(live)[0]
    assert live.control("DELETE", f"rules/{first['id']}").json() == {"deleted": 1}
    assert [rule["name"] for rule in list_control_rules(live)] == ["second"]
    parse_error(live.control("DELETE", f"rules/{first['id']}"), 404)


def test_delete_all_leaves_the_files(filed: RunningServer) -> None:
    files = len(parse_items(filed.control("GET", "rules")))
    push(filed, [RULE, RULE])
    push(filed, RULE, account="team-b")
    assert filed.control("DELETE", "rules").json() == {"deleted": 3}
    assert len(parse_items(filed.control("GET", "rules"))) == files
    assert filed.control("DELETE", "rules").json() == {"deleted": 0}


def test_delete_those_of_one_account(filed: RunningServer) -> None:
    push(filed, RULE)
    push(filed, [RULE, RULE], account="team-b")
    push(filed, RULE, account="default")
    assert filed.control("DELETE", "rules", account="team-b").json() == {"deleted": 2}
    assert len(list_control_rules(filed)) == 2


def test_file_rules_are_changed_in_their_file(filed: RunningServer) -> None:
    rule = parse_items(filed.control("GET", "rules"))[0]
    for method in ("PUT", "DELETE"):
        assert "mine.yaml:1" in parse_error(filed.control(method, f"rules/{rule['id']}", RULE), 409)
    assert parse_items(filed.control("GET", "rules"))[0] == rule


# hits and remaining


def test_spent_rules_stay_listed(live: RunningServer) -> None:
    push(live, {**RULE, "times": 2})
    seen: list[object] = []
    for _ in range(4):
        seen.append(read_label(scan_text(live, "hello")))
        seen.append((list_control_rules(live)[0]["hits"], list_control_rules(live)[0]["remaining"]))
    assert seen == ["ad", (1, 1), "ad", (2, 0), "normal", (2, 0), "normal", (2, 0)]


def test_an_item_rule_spends_one_for_each_item(live: RunningServer) -> None:
    push(live, {**RULE, "times": 3})
    elements = scan_text(live, "hello", "other", "hello", "hello", "hello").json()["Data"]["Elements"]
    labels = [element["Results"][0]["Label"] for element in elements]
    assert labels == ["ad", "normal", "ad", "ad", "normal"]
    assert list_control_rules(live)[0]["hits"] == 3


def test_a_call_rule_spends_one_for_each_call(live: RunningServer) -> None:
    push(live, {"match": {"operation": "ScanText"}, "error": "Throttling", "times": 1})
    assert scan_text(live, "a", "b", "c").json()["Code"] == "Throttling"
    assert scan_text(live, "a", "b", "c").status_code == 200


def test_parallel_calls_spend_no_more_than_there_is(live: RunningServer) -> None:
    push(live, {**RULE, "times": 5})
    with ThreadPoolExecutor(8) as pool:
        labels = Counter(pool.map(lambda _: read_label(scan_text(live, "hello")), range(24)))
    assert labels == {"ad": 5, "normal": 19}
    assert (list_control_rules(live)[0]["hits"], list_control_rules(live)[0]["remaining"]) == (5, 0)


def test_refused_calls_are_not_asked_about(live: RunningServer) -> None:
    push(live, {"match": {}, "error": "Throttling"})
    assert scan_text(live, "hello", secret="wrong").json()["Code"] == "SignatureDoesNotMatch"
    assert call_rpc(live, "ScanText").json()["Code"] == "MissingLabels"
    assert list_control_rules(live)[0]["hits"] == 0


def test_no_more_rules_than_there_is_room_for(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_changes, "MAX_RULES", 2)
    live.push_rule({"text": "one"}, verdict="pass")
    refused = live.control("POST", "rules", [{"match": {"text": text}, "verdict": "pass"} for text in ("two", "three")])
    assert (refused.status_code, "room for 2" in refused.json()["error"]) == (409, True)
    assert [rule["match"] for rule in live.control("GET", "rules").json()["items"] if rule["source"] == "control"] == [
        {"text": "one"}
    ]
    live.push_rule({"text": "two"}, verdict="pass")


def test_a_rule_tells_whose_it_is(live: RunningServer) -> None:
    mine = live.control("POST", "rules", {"match": {}, "verdict": "pass"}, account="default").json()
    assert (mine["account"], live.push_rule({}, verdict="pass")["account"]) == ("acc-1", None)
