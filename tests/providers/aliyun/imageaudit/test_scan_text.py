"""ScanText: labels asked for, labels hit, and the words that were hit."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import call_rpc, scan_text

LABELS = ("spam", "politics", "abuse", "terrorism", "porn", "flood", "contraband", "ad")
NORMAL = {"Suggestion": "pass", "Label": "normal", "Rate": 99.91}
BAD = "InvalidParameter.BadRequest"


def fetch_elements(live: RunningServer, *texts: str, labels: tuple[str, ...] = ("ad",)) -> list[dict[str, Any]]:
    answer = scan_text(live, *texts, labels=labels, form=True)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["Data"]["Elements"])


def fetch_rows(live: RunningServer, text: str, *labels: str) -> list[tuple[str, str, float]]:
    (element,) = fetch_elements(live, text, labels=labels or LABELS)
    return [(result["Label"], result["Suggestion"], result["Rate"]) for result in element["Results"]]


def fetch_contexts(live: RunningServer, text: str, label: str = "ad") -> list[str]:
    """Return the contexts of the only result."""
    (element,) = fetch_elements(live, text, labels=(label,))
    ((detail,),) = [result["Details"] for result in element["Results"]]
    assert detail["Label"] == label
    return [context["Context"] for context in detail["Contexts"]]


def test_a_clean_text_has_one_normal_result(live: RunningServer) -> None:
    (element,) = fetch_elements(live, "hello", labels=LABELS)
    assert element == {"TaskId": element["TaskId"], "Results": [NORMAL]}
    assert re.fullmatch(r"txt[0-9A-Za-z$@]{22}-1[0-9A-Za-z$@]{5}", element["TaskId"])


def test_a_clean_text_by_section_2(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"imageaudit.clean_text": "empty"}})
    assert fetch_elements(live, "hello")[0]["Results"] == []
    assert fetch_rows(live, "emu-ad") == [("ad", "block", 99.91)]


@pytest.mark.parametrize("label", LABELS)
def test_every_documented_label(live: RunningServer, label: str) -> None:
    expected = [(label, "block", 99.91)]
    assert fetch_rows(live, f"text emu-{label} text") == expected
    live.push_rule({"text": "ruled"}, verdict=label)
    assert fetch_rows(live, "ruled") == expected
    assert fetch_rows(live, "ruled", *[other for other in LABELS if other != label]) == [("normal", "pass", 99.91)]


@pytest.mark.parametrize(
    ("word", "labels", "expected"),
    [
        ("emu-block", ("spam", "ad"), [("spam", "block", 99.91)]),
        ("emu-review", ("ad", "spam"), [("ad", "review", 62.11)]),
        ("emu-pass", LABELS, [("normal", "pass", 99.91)]),
        ("emu-ad-review", LABELS, [("ad", "review", 62.11)]),
        ("emu-ad-79.99", LABELS, [("ad", "review", 79.99)]),
        ("emu-ad-80.0", LABELS, [("ad", "block", 80.0)]),
        ("emu-porn-sexy", LABELS, [("porn", "review", 62.11)]),
        ("emu-terrorism-weapon", LABELS, [("terrorism", "block", 99.91)]),
        ("emu-ad-spam", LABELS, [("spam", "block", 99.91)]),
        ("emu-live", LABELS, [("normal", "pass", 99.91)]),
        ("emu-logo-TV", LABELS, [("normal", "pass", 99.91)]),
        ("emu-keyword", LABELS, [("normal", "pass", 99.91)]),
        ("emu-ad emu-spam-review", LABELS, [("spam", "review", 62.11), ("ad", "block", 99.91)]),
        ("emu-ad emu-spam-review", ("ad", "spam"), [("ad", "block", 99.91), ("spam", "review", 62.11)]),
        ("emu-ad emu-spam", ("spam",), [("spam", "block", 99.91)]),
        ("EMU-AD。", LABELS, [("ad", "block", 99.91)]),
    ],
)
def test_magic_words_are_found_among_the_labels(
    live: RunningServer, word: str, labels: tuple[str, ...], expected: list[Any]
) -> None:
    assert fetch_rows(live, f"文字 {word}", *labels) == expected


def test_long_verdicts_become_the_labels_asked_for(live: RunningServer) -> None:
    findings = [
        {"label": "abuse", "suggestion": "review", "rate": 99, "contexts": ["词", "nowhere"]},
        {"label": "ad", "rate": 12.5},
        {"scene": "porn"},
        {"label": "normal"},
        {"label": "keyword", "contexts": ["词"]},
    ]
    live.push_rule({"text": {"contains": "词"}}, verdict={"findings": findings})
    assert fetch_rows(live, "示例词") == [("abuse", "review", 99.0), ("porn", "block", 99.91), ("ad", "review", 12.5)]
    assert fetch_contexts(live, "示例词", "abuse") == ["词"]


@pytest.mark.parametrize("verdict", ["pass", "normal", "porn/normal", "logo", "keyword", "live/smoking"])
def test_verdicts_that_find_nothing_in_a_text(live: RunningServer, verdict: str) -> None:
    live.push_rule({"text": "ruled"}, verdict=verdict)
    assert fetch_rows(live, "ruled", *LABELS) == [("normal", "pass", 99.91)]


@pytest.mark.parametrize(
    ("match", "text", "contexts"),
    [
        ({"contains": "加我"}, "请加我微信", ["加我"]),
        ({"contains": ["加我", "微信"]}, "请加我微信", ["加我", "微信"]),
        ({"contains": ["加我", "微信"]}, "微信", ["微信"]),
        ({"contains": "a", "prefix": "b"}, "ba", ["a"]),
    ],
)
def test_the_words_a_rule_looked_for_were_hit(live: RunningServer, match: Any, text: str, contexts: list[str]) -> None:
    live.push_rule({"text": match}, verdict="ad")
    assert fetch_contexts(live, text) == contexts


@pytest.mark.parametrize("text", ["ab", "啊", "某某是示例词，请人工查看", "x" * 10_000])
def test_some_piece_of_the_text_was_hit(live: RunningServer, text: str) -> None:
    live.push_rule({"text": {"regex": "."}}, verdict="ad")
    (piece,) = fetch_contexts(live, text)
    assert piece
    assert piece in text
    assert len(piece) <= 8
    assert fetch_contexts(live, text) == [piece], "the same text, the same piece"


def test_details_without_contexts(live: RunningServer) -> None:
    """Captured of the sibling text/scan, in 2019 and 2021: details that have only a label."""
    live.push_rule({"text": {"contains": "加我"}}, verdict={"findings": [{"label": "ad", "contexts": []}]})
    (element,) = fetch_elements(live, "请加我", labels=("ad",))
    assert [result["Details"] for result in element["Results"]] == [[{"Label": "ad"}]]


def test_a_magic_word_is_its_own_context(live: RunningServer) -> None:
    assert fetch_contexts(live, "前emu-ad-70.5后") == ["emu-ad-70.5"]


@pytest.mark.parametrize("label", ["normal", "keyword", "sexy", "Ad", "", " ad", "customized", "logo"])
def test_an_unknown_label_is_refused(live: RunningServer, label: str) -> None:
    answer = scan_text(live, "hello", labels=("ad", label))
    assert (answer.status_code, answer.json()["Code"]) == (400, BAD)


def test_a_label_asked_for_twice_answers_once(live: RunningServer) -> None:
    assert fetch_rows(live, "emu-ad", "ad", "ad") == [("ad", "block", 99.91)]


@pytest.mark.parametrize("count", [1, 2, 10, 11, 100])
def test_each_text_has_its_own_result(live: RunningServer, count: int) -> None:
    texts = [f"emu-ad {n}" if n % 2 else f"fine {n}" for n in range(count)]
    found = fetch_elements(live, *texts)
    assert [element["Results"][0]["Label"] for element in found] == [("normal", "ad")[n % 2] for n in range(count)]
    assert len({element["TaskId"] for element in found}) == count


@pytest.mark.parametrize(("length", "status"), [(0, 400), (1, 200), (9_999, 200), (10_000, 200), (10_001, 400)])
@pytest.mark.parametrize("letter", ["a", "图", "\U0001f600"])
def test_length_in_characters(live: RunningServer, letter: str, length: int, status: int) -> None:
    answer = scan_text(live, "fine", letter * length, form=True)
    assert (answer.status_code, answer.json().get("Code")) == (status, None if status == 200 else BAD)


@pytest.mark.parametrize(
    "params",
    [
        {"Labels.1": "ad", "Tasks.1.Content": "x"},
        {"Labels.1.Label": "ad", "Tasks.1": "x"},
        {"Labels.1.label": "ad", "Tasks.1.Content": "x"},
        {"Labels.1.Label": "ad", "Tasks.1.content": "x"},
        {"Labels": "ad", "Tasks.1.Content": "x"},
    ],
)
def test_parameters_of_another_form_are_refused(live: RunningServer, params: dict[str, str]) -> None:
    answer = call_rpc(live, "ScanText", params)
    assert (answer.status_code, answer.json()["Code"]) == (400, BAD)


def test_singular_names_are_those_of_pictures(live: RunningServer) -> None:
    answer = call_rpc(live, "ScanText", {"Label.1.Label": "ad", "Task.1.Content": "x"})
    assert answer.json()["Code"] == "MissingLabels"


def test_a_bad_text_among_good_ones(live: RunningServer) -> None:
    good, bad = fetch_elements(live, "fine", "emu-error-InternalServerError.Algo")
    assert good["Results"] == [NORMAL]
    assert bad == {
        "Code": 586,
        "Message": "InternalServerError.Algo",
        "TaskId": bad["TaskId"],
    }


@pytest.mark.parametrize(
    ("texts", "status", "code"),
    [
        (("emu-error-InternalServerError.DB",), 580, "InternalServerError.DB"),
        (("emu-error-InternalServerError.DB", "emu-error-InternalServerError.Algo"), 580, "InternalServerError.DB"),
        (("fine", "emu-error-Throttling"), 429, "Throttling"),
        (("emu-error-InternalServerError.DB", "emu-error-InternalServerError"), 500, "InternalServerError"),
    ],
)
def test_when_the_whole_call_fails(live: RunningServer, texts: tuple[str, ...], status: int, code: str) -> None:
    answer = scan_text(live, *texts)
    assert (answer.status_code, answer.json()["Code"]) == (status, code)


def test_respond_patches_one_element(live: RunningServer) -> None:
    live.push_rule({"text": "patched"}, respond={"Results": [], "TaskId": None, "Extra": "x"})
    first, second = fetch_elements(live, "fine", "patched")
    assert (first["Results"], second) == ([NORMAL], {"Results": [], "Extra": "x"})
