import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.rules.labels import TEXT_LABELS
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.builders import TEXT, TYPES, call, make_text

CLEAN = "今天天气很好"
OF_LABEL = {
    "ad": "0",
    "spam": "0",
    "flood": "0",
    "contraband": "0",
    "politics": "1",
    "terrorism": "1",
    "porn": "2",
    "abuse": "3",
}


def fetch_entries(live: RunningServer, content: str, *types: str) -> list[dict[str, object]]:
    answer = call(live, TEXT, make_text(content, *types))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert list(body) == ["result"]
    return list(body["result"])


def fetch_scores(live: RunningServer, content: str, *types: str) -> dict[str, str]:
    return {str(entry["type"]): str(entry["score"]) for entry in fetch_entries(live, content, *types)}


def test_every_label_of_texts_has_a_type_but_keyword() -> None:
    assert OF_LABEL.keys() | {"keyword"} == set(TEXT_LABELS)


def test_a_clean_text_has_low_scores_that_stay_the_same(live: RunningServer) -> None:
    first = fetch_scores(live, CLEAN)
    assert list(first) == ["0", "1", "2", "3"]
    assert all(0 <= float(score) < 10 for score in first.values())
    assert fetch_scores(live, CLEAN) == first
    assert fetch_scores(live, f"{CLEAN}！") != first


@pytest.mark.parametrize("label", OF_LABEL)
def test_a_finding_is_reported_under_its_type(live: RunningServer, label: str) -> None:
    scores = fetch_scores(live, f"{CLEAN} emu-{label}")
    assert float(scores.pop(OF_LABEL[label])) >= 95
    assert all(float(score) < 10 for score in scores.values())


def test_scores_are_texts_with_the_rate_of_the_verdict(live: RunningServer) -> None:
    for rate, got in (("100.0", "100.00"), ("62.11", "62.11"), ("50.0", "50.00"), ("87.5", "87.50")):
        assert fetch_scores(live, f"emu-ad-{rate}", "0") == {"0": got}
    assert float(fetch_scores(live, "emu-ad-pass-99.0", "0")["0"]) < 10  # found, but harmless


def test_the_gravest_of_several_findings(live: RunningServer) -> None:
    scores = fetch_scores(live, "emu-ad-70.0 emu-spam-88.0 emu-porn-91.0")
    assert (scores["0"], scores["2"]) == ("88.00", "91.00")


@pytest.mark.parametrize(("word", "score"), [("emu-block", "99.91"), ("emu-review", "62.11")])
def test_a_finding_without_label_is_of_the_first_type_asked_for(live: RunningServer, word: str, score: str) -> None:
    scores = fetch_scores(live, word, "keyword", "2", "1")
    assert scores["2"] == score
    assert float(scores["1"]) < 10


@pytest.mark.parametrize("types", [["3", "0"], ["keyword", "1", "2", "3"], ["2", "keyword", "0"], ["1"]])
def test_the_order_is_that_of_the_request(live: RunningServer, types: list[str]) -> None:
    assert list(fetch_scores(live, CLEAN, *types)) == [kind for kind in types if kind != "keyword"]


def test_a_type_asked_for_twice_is_reported_once(live: RunningServer) -> None:
    assert list(fetch_scores(live, CLEAN, "1", "0", "1", "0")) == ["1", "0"]


def test_a_keyword_that_is_hit_is_all_that_is_reported(live: RunningServer) -> None:
    content = f"{CLEAN} 示例关键词 emu-ad"
    live.push_rule({"text": {"contains": ["示例关键词", "天气"]}}, verdict="keyword")
    expected = [{"type": "keyword", "hitKeywords": ["示例关键词", "天气"]}]
    assert fetch_entries(live, content) == expected
    assert fetch_entries(live, content, "keyword") == fetch_entries(live, content, "0", "keyword") == expected
    assert "keyword" not in fetch_scores(live, content, "0", "1")


def test_keywords_by_magic_word_by_file_and_by_contexts(live: RunningServer) -> None:
    assert fetch_entries(live, "emu-keyword") == [{"type": "keyword", "hitKeywords": ["emu-keyword"]}]
    assert fetch_entries(live, "有示例关键词吗") == [{"type": "keyword", "hitKeywords": ["示例关键词"]}]
    finding = {"label": "keyword", "contexts": ["天气", "天气", "不在文中", "今天"]}
    live.push_rule({"text": CLEAN}, verdict={"findings": [finding]})
    assert fetch_entries(live, CLEAN) == [{"type": "keyword", "hitKeywords": ["天气", "今天"]}]


def test_only_keywords_and_none_hit(live: RunningServer) -> None:
    assert fetch_entries(live, CLEAN, "keyword") == fetch_entries(live, "emu-ad", "keyword") == []


@pytest.mark.parametrize(("code", "status"), [("2", 400), ("3", 503), ("4", 403), ("12", 503), ("OVER_LIMIT", 429)])
def test_magic_words_cause_errors(live: RunningServer, code: str, status: int) -> None:
    answer = call(live, TEXT, make_text(f"{CLEAN} emu-error-{code}"))
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert list(answer.json()) == ["error", "errorMessage"]


@pytest.mark.parametrize(
    "params",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        {},
        {"content": CLEAN},
        {"type": ["0"]},
        {"content": "", "type": ["0"]},
        {"content": [5], "type": ["0"]},
        {"content": None, "type": ["0"]},
        {"content": CLEAN, "type": None},
        {"content": CLEAN, "type": {}},
        {"content": CLEAN, "type": ["4"]},
        {"content": CLEAN, "type": ["Keyword"]},
        {"content": CLEAN, "type": ["0", None]},
    ],
)
def test_bad_parameters_are_refused(live: RunningServer, params: object) -> None:
    answer = call(live, TEXT, params)
    assert (answer.status_code, answer.json()) == (400, {"error": "2", "errorMessage": "接口参数无效"})
    assert live.list_entries()[0].decided_by[0] == "schema"


@pytest.mark.parametrize(
    ("params", "types"),
    [
        ({"content": CLEAN, "type": "0"}, ["0"]),
        ({"content": CLEAN, "type": [0, 2]}, ["0", "2"]),
        ({"content": 5, "type": 3}, ["3"]),
        ({"content": CLEAN, "type": []}, []),
    ],
)
def test_what_the_bridge_of_the_container_takes(live: RunningServer, params: object, types: list[str]) -> None:
    """It is JavaScript that passes JSON on: numbers are taken for texts, one value for a list."""
    body = call(live, TEXT, params).json()["result"]
    assert [entry["type"] for entry in body] == types


@pytest.mark.parametrize("params", [b"[]", b"null", b'"text"'])
def test_what_is_expected_is_an_object_and_not_what_the_schema_says_of_itself(
    live: RunningServer, params: bytes
) -> None:
    call(live, TEXT, params)
    assert "expected object, got" in live.list_entries()[0].detail


def test_a_patch_of_a_rule(live: RunningServer) -> None:
    live.push_rule({"text": CLEAN}, respond={"result": {"type": "0", "score": "1"}})
    assert call(live, TEXT, make_text(CLEAN)).json() == {"result": {"type": "0", "score": "1"}}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(content=st.text(min_size=1, max_size=200), types=st.lists(st.sampled_from(TYPES), min_size=1, max_size=9))
def test_any_text_gets_a_score_for_each_type(live: RunningServer, content: str, types: list[str]) -> None:
    body = json.loads(call(live, TEXT, {"content": content, "type": types}).text)["result"]
    if body and body[0]["type"] == "keyword":
        assert len(body) == 1
        return
    assert [entry["type"] for entry in body] == [kind for kind in dict.fromkeys(types) if kind != "keyword"]
    assert all(0 <= float(entry["score"]) <= 100 for entry in body)
