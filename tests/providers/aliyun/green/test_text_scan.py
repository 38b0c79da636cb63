"""text/scan: labels, details, the customer's own words."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from emulator.providers.aliyun.green.operations.text_scan import choose_label
from emulator.rules.outcome import Finding
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import call


def scan(live: RunningServer, *contents: str, scenes: tuple[str, ...] = ("antispam",)) -> list[dict[str, Any]]:
    body = {"scenes": list(scenes), "tasks": [{"content": content} for content in contents]}
    return list(call(live, "text/scan", body).json()["data"])


def test_a_clean_text(live: RunningServer) -> None:
    (item,) = scan(live, "你好")
    assert list(item) == ["code", "msg", "taskId", "content", "results"]
    assert item["results"] == [{"label": "normal", "rate": 99.91, "scene": "antispam", "suggestion": "pass"}]
    assert re.fullmatch(r"txt[0-9A-Za-z$@]{22}-1[0-9A-Za-z$@]{5}", item["taskId"])


LABELS = ("spam", "ad", "politics", "terrorism", "abuse", "porn", "flood", "contraband")


@pytest.mark.parametrize("label", LABELS)
def test_every_label_of_texts(live: RunningServer, label: str) -> None:
    live.push_rule({"text": {"contains": "示例"}}, verdict={"findings": [{"label": label, "rate": 91.5}]})
    (item,) = scan(live, "一句示例文本")
    (result,) = item["results"]
    assert (result["label"], result["rate"], result["suggestion"]) == (label, 91.5, "block")
    assert result["details"] == [{"label": label, "contexts": [{"context": "示例"}]}]
    assert item["filteredContent"] == "一句**文本", "captured in 2021 with the labels contraband and politics"


def test_only_the_customer_s_own_words_are_masked_by_the_page(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"green.filtered_content": "customized"}})
    item, own = scan(live, "a emu-ad", "a emu-keyword")
    assert ("filteredContent" in item, own["filteredContent"]) == (False, "a ***********")


def test_details_without_contexts(live: RunningServer) -> None:
    """Captured in 2019 and 2021: `"details": [{"label": "contraband"}, {"label": "politics"}]`."""
    findings: list[dict[str, Any]] = [{"label": label, "contexts": []} for label in ("contraband", "politics")]
    live.push_rule({"text": {"contains": "示例"}}, verdict={"findings": findings})
    (item,) = scan(live, "一句示例文本")
    assert item["results"][0]["details"] == [{"label": "contraband"}, {"label": "politics"}]
    assert "filteredContent" not in item


def test_a_word_of_the_customer_s_own_list(live: RunningServer) -> None:
    (item,) = scan(live, "前 示例自定义词 后 示例自定义词")
    assert item["filteredContent"] == "前 ******* 后 *******".replace("*******", "*" * 6)
    (result,) = item["results"]
    assert (result["label"], result["suggestion"]) == ("customized", "block")
    (context,) = result["details"][0]["contexts"]
    assert context == {"context": "示例自定义词", "libName": "自定义关键词库", "libCode": "2000001"}
    (by_magic,) = scan(live, "a emu-keyword b")
    assert by_magic["filteredContent"] == "a *********** b"


def test_the_gravest_of_several_and_the_details_of_all(live: RunningServer) -> None:
    findings = [
        {"label": "ad", "suggestion": "review", "rate": 99},
        {"label": "abuse", "suggestion": "block", "rate": 60},
    ]
    live.push_rule({"text": {"contains": "x"}}, verdict={"findings": findings})
    (result,) = scan(live, "x")[0]["results"]
    assert (result["label"], result["suggestion"], result["rate"]) == ("abuse", "block", 60)
    assert [detail["label"] for detail in result["details"]] == ["ad", "abuse"]


@pytest.mark.parametrize(
    ("finding", "label"),
    [
        (("porn", "sexy"), "porn"),
        (("ad", "npx"), "ad"),
        (("live", "meaningless"), "meaningless"),
        ((None, "meaningless"), "meaningless"),
        ((None, "keyword"), "customized"),
        ((None, None), "spam"),
        (("logo", "TV"), None),
        (("tag", "tag"), None),
    ],
)
def test_each_finding_becomes_a_label_of_text(finding: tuple[str | None, str | None], label: str | None) -> None:
    assert choose_label(Finding(*finding, "block", 99.0)) == label


@pytest.mark.parametrize("scene", ["antispam", "keyword", "porn"])
def test_the_scene_asked_for_is_answered(live: RunningServer, scene: str) -> None:
    (result,) = scan(live, "emu-ad", scenes=(scene,))[0]["results"]
    assert (result["scene"], result["label"]) == (scene, "ad")


@pytest.mark.parametrize(("length", "code"), [(1, 200), (9_999, 200), (10_000, 200), (10_001, 400)])
@pytest.mark.parametrize("letter", ["a", "图", "\U0001f600"])
def test_a_text_of_ten_thousand_characters_is_the_longest(
    live: RunningServer, length: int, code: int, letter: str
) -> None:
    item, other = scan(live, letter * length, "other")
    assert (item["code"], other["code"]) == (code, 200)
    alone = call(live, "text/scan", {"scenes": ["antispam"], "tasks": [{"content": letter * length}]}).json()
    assert alone["code"] == code


@pytest.mark.parametrize("task", [{}, {"content": ""}, {"content": []}, {"content": None}, {"dataId": "b"}], ids=str)
def test_a_task_without_content_fails_alone(live: RunningServer, task: dict[str, Any]) -> None:
    answer = call(live, "text/scan", {"scenes": ["antispam"], "tasks": [{"content": "x"}, task]}).json()
    assert [item["code"] for item in answer["data"]] == [200, 400]
    assert call(live, "text/scan", {"scenes": ["antispam"], "tasks": [task]}).json()["code"] == 400


def test_errors_of_texts(live: RunningServer) -> None:
    live.push_rule({"text": "bad"}, error=586)
    bad, good = scan(live, "bad", "good")
    assert bad == {"code": 586, "msg": "ALGO_FAILED", "taskId": bad["taskId"], "content": "bad"}
    assert good["code"] == 200


@pytest.mark.parametrize(
    "body",
    [
        b"x",
        [],
        {"tasks": [{"content": "x"}]},
        {"scenes": [], "tasks": [{"content": "x"}]},
        {"scenes": ["antispam"], "tasks": [{"content": "x"}] * 101},
        {"scenes": ["antispam"], "tasks": [{"content": "x", "dataId": "a"}, {"content": "y", "dataId": "a"}]},
    ],
    ids=lambda body: str(body)[:60],
)
def test_bad_requests_are_refused(live: RunningServer, body: Any) -> None:
    assert call(live, "text/scan", body).json()["code"] == 400


def test_a_patch_over_an_item(live: RunningServer) -> None:
    live.push_rule({"text": "own"}, respond={"results": None, "more": 1})
    own, other = scan(live, "own", "other")
    assert (own["more"], "results" in own, "more" in other) == (1, False, False)
