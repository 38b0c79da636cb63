from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import AS_B, TEAM_B, parse_error, parse_items
from tests.providers.aliyun.rpc_calls import scan_image, scan_text


def verify(live: RunningServer, form: Any, **query: str) -> dict[str, Any]:
    answer = live.control("POST", "journal/verify", form, **query)
    assert answer.status_code == 200, answer.text
    body = dict(answer.json())
    assert set(body) - {"order"} == {"ok", "matched", "expected", "closest"}
    return body


@pytest.fixture(scope="module")
def told() -> Iterator[RunningServer]:
    """Make some calls of two accounts and one that names no account."""
    with RunningServer({"accounts": [TEAM_B]}) as live:
        live.push_rule({"text": {"prefix": "ad"}}, verdict="ad")
        scan_text(live, "one", "two")
        scan_image(live, "https://a.test/1.jpg", "https://a.test/nude.png")
        scan_text(live, "ad one")
        scan_text(live, "emu-error-Throttling")
        scan_image(live, "https://b.test/1.jpg", **AS_B)
        scan_text(live, "one", key="nobody")
        scan_text(live, "one", secret="wrong")
        yield live


@pytest.mark.parametrize(
    ("match", "matched"),
    [
        ({}, 7),
        ({"operation": "ScanText"}, 5),
        ({"operation": ["ScanText", "ScanImage"]}, 7),
        ({"text": "one"}, 1),
        ({"text": {"contains": "one"}}, 2),
        ({"url": {"glob": "*/1.jpg"}}, 2),
        ({"url": {"glob": "*/1.jpg"}, "account": "team-b"}, 1),
        ({"url": {"contains": "a.test"}, "filename": "nude.png"}, 1),
        ({"url": {"contains": "/1.jpg"}, "filename": "nude.png"}, 0),  # of one and the same picture
        ({"status": 200}, 4),
        ({"status": {"min": 400}}, 3),
        ({"status": [429, 404]}, 2),
        ({"code": "Throttling"}, 1),
        ({"code": {"prefix": "InvalidAccessKeyId"}}, 1),
        ({"outcome": "refused"}, 2),
        ({"outcome": ["pass", "verdict"]}, 4),
        ({"outcome": "verdict", "text": {"prefix": "ad"}}, 1),
        ({"width": {"min": 0}}, 0),
        ({"account": "testId"}, 5),
    ],
)
def test_matching_calls_are_counted(told: RunningServer, match: dict[str, Any], matched: int) -> None:
    assert verify(told, {"match": match, "count": matched}) == {
        "ok": True,
        "matched": matched,
        "expected": {"min": matched, "max": matched},
        "closest": [],
    }
    assert verify(told, {"match": match})["ok"] is (matched >= 1)
    assert not verify(told, {"match": match, "count": matched + 1})["ok"]


@pytest.mark.parametrize(
    ("count", "expected", "ok"),
    [
        (5, (5, 5), True),
        (4, (4, 4), False),
        (6, (6, 6), False),
        (0, (0, 0), False),
        ({"min": 5}, (5, None), True),
        ({"min": 6}, (6, None), False),
        ({"max": 5}, (0, 5), True),
        ({"max": 4}, (0, 4), False),
        ({"min": 1, "max": 9}, (1, 9), True),
    ],
)
def test_the_count_may_be_a_number_or_a_range(
    told: RunningServer, count: Any, expected: tuple[int, int | None], ok: bool
) -> None:
    answer = verify(told, {"match": {"operation": "ScanText"}, "count": count})
    assert (answer["ok"], answer["expected"]) == (ok, dict(zip(("min", "max"), expected, strict=True)))


def test_of_one_account(told: RunningServer) -> None:
    assert verify(told, {"match": {}}, account="team-b")["matched"] == 1
    assert verify(told, {"match": {}}, account="null")["matched"] == 1
    parse_error(told.control("POST", "journal/verify", {"match": {}}, account="nobody"), 404)


def test_the_closest_call_is_reported_with_what_failed(told: RunningServer) -> None:
    answer = verify(told, {"match": {"operation": "ScanImage", "url": "https://a.test/Nude.png"}})
    first = answer["closest"][0]
    assert (first["operation"], first["subject"], first["matched"]) == ("ScanImage", 2, ["operation"])
    assert first["failed"] == [
        {
            "key": "url",
            "operator": "equals",
            "expected": "https://a.test/Nude.png",
            "got": "https://a.test/nude.png",
            "hint": "only capitals and small letters differ: texts are compared by case",
        }
    ]
    assert len(answer["closest"]) == 3
    assert told.control("GET", f"journal/{first['id']}").json()["request_id"] == first["request_id"]


def test_of_too_many_those_that_came(told: RunningServer) -> None:
    answer = verify(told, {"match": {"operation": "ScanText"}, "count": 0})
    assert [(each["operation"], each["failed"]) for each in answer["closest"]] == [("ScanText", [])] * 3


@pytest.mark.parametrize(
    ("steps", "met"),
    [
        ([{"operation": "ScanText"}, {"operation": "ScanImage"}], 2),
        ([{"outcome": "verdict"}, {"outcome": "pass"}, {"outcome": "refused"}], 3),
        ([{"outcome": "refused"}, {"outcome": "pass"}], 1),
        ([{"outcome": "refused"}, {"outcome": "refused"}], 2),
        ([{"outcome": "refused"}] * 3, 2),
        ([{"text": "none such"}, {}], 0),
        ([{}] * 7, 7),
        ([{}] * 8, 7),
    ],
)
def test_steps_are_sought_in_their_order(told: RunningServer, steps: list[dict[str, Any]], met: int) -> None:
    answer = verify(told, {"order": steps})
    assert answer["ok"] is (met == len(steps))
    assert (answer["order"]["ok"], answer["order"]["expected"]) == (answer["ok"], len(steps))
    ids = [int(entry) for entry in answer["order"]["matched"]]
    assert (len(ids), sorted(set(ids))) == (met, ids)


def test_order_and_count_must_both_hold(told: RunningServer) -> None:
    right, wrong = [{"operation": "ScanText"}], [{"text": "none such"}]
    assert verify(told, {"match": {}, "order": right})["ok"]
    assert not verify(told, {"match": {}, "order": wrong})["ok"]
    assert not verify(told, {"match": {}, "count": 0, "order": right})["ok"]


def test_the_closest_to_a_missing_step_comes_after_the_step_before(told: RunningServer) -> None:
    answer = verify(told, {"order": [{"operation": "ScanText", "outcome": "error"}, {"text": {"contains": "ONE"}}]})
    (last,) = answer["order"]["matched"]
    assert answer["closest"]
    assert all(int(each["id"]) > int(last) for each in answer["closest"])


@pytest.mark.parametrize(
    ("form", "paths"),
    [
        ({}, ["$"]),
        ([], ["$"]),
        ("x", ["$"]),
        ({"count": 1}, ["$"]),
        ({"order": [{}], "count": 1}, ["$"]),
        ({"order": []}, ["$.order"]),
        ({"match": {}, "times": 1}, ["$.times"]),
        ({"match": {}, "count": -1}, ["$.count"]),
        ({"match": {}, "count": {}}, ["$.count"]),
        ({"match": {}, "count": {"min": 2, "max": 1}}, ["$.count"]),
        ({"match": {"opration": "x", "url": {"contians": "y"}}}, ["$.match.opration", "$.match.url.contians"]),
        ({"match": {"operation": "ScanImge", "code": "Throtling"}}, ["$.match.operation", "$.match.code"]),
        ({"match": {"provider": "aws"}, "order": [{}, {"account": "x"}]}, ["$.match.provider", "$.order[1].account"]),
        ({"match": {"outcome": "passed", "status": "ok"}}, ["$.match.outcome", "$.match.status"]),
        ({"match": {"url": {"regex": "("}}}, ["$.match.url.regex"]),
        ('{"match": {}', ["$"]),
        ('{"match": {}, "match": {}}', ["$"]),
    ],
)
def test_what_is_wrong_is_reported_at_once(told: RunningServer, form: Any, paths: list[str]) -> None:
    answer = told.control("POST", "journal/verify", form)
    parse_error(answer, 400)
    assert sorted(problem["path"] for problem in answer.json()["problems"]) == sorted(paths)


def test_did_you_mean(told: RunningServer) -> None:
    answer = told.control("POST", "journal/verify", {"match": {"operation": "ScanImge", "code": "Throtling"}})
    for problem, meant in zip(answer.json()["problems"], ("ScanImage", "Throttling"), strict=True):
        assert f"did you mean {meant}?" in problem["expected"]


WORDS = ["one", "two", "ad", "a.test", "b.test", "1.jpg", "nude", "emu", "ScanText"]
MATCHES = st.fixed_dictionaries(
    {},
    optional={
        "operation": st.sampled_from(["ScanText", "ScanImage"]),
        "status": st.sampled_from([200, 400, 404, 429]),
        "outcome": st.lists(st.sampled_from(["pass", "verdict", "error", "refused"]), min_size=1),
        "url": st.builds(lambda word: {"contains": word}, st.sampled_from(WORDS)),
        "text": st.builds(lambda word: {"prefix": word}, st.sampled_from(WORDS)),
        "filename": st.sampled_from(["1.jpg", "nude.png"]),
    },
)


def fits(match: dict[str, Any], entry: dict[str, Any]) -> bool:
    """Return whether a listed entry matches, decided without the emulator's code."""

    def holds(facts: dict[str, Any]) -> bool:
        return (
            match.get("operation") in (None, facts["operation"])
            and match.get("status") in (None, facts["status"])
            and facts["outcome"] in match.get("outcome", [facts["outcome"]])
            and match.get("filename") in (None, facts.get("filename"))
            and ("url" not in match or match["url"]["contains"] in facts.get("url", ""))
            and ("text" not in match or ("text" in facts and facts["text"].startswith(match["text"]["prefix"])))
        )

    return holds(entry) or any(holds({**entry, **item}) for item in entry["subjects"])


@given(MATCHES)
def test_agrees_with_a_count_over_the_listed_journal(told: RunningServer, match: dict[str, Any]) -> None:
    expected = sum(fits(match, entry) for entry in parse_items(told.control("GET", "journal")))
    assert verify(told, {"match": match, "count": {"min": 0}})["matched"] == expected


@given(st.lists(MATCHES, min_size=1, max_size=3))
def test_order_agrees_with_a_search_through_all_choices(told: RunningServer, steps: list[dict[str, Any]]) -> None:
    listed = parse_items(told.control("GET", "journal"))[::-1]
    choices = combinations(listed, len(steps))
    possible = any(all(map(fits, steps, choice)) for choice in choices)
    assert verify(told, {"order": steps})["ok"] is possible
