import json

import pytest
from click.testing import CliRunner

from emulator.cli import main
from emulator.discovery import find_providers
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import parse_error, parse_items
from tests.providers.aliyun.rpc_calls import scan_image

KEYS = {"provider", "code", "status", "message", "meaning", "scope", "dialect", "operations", "how", "source"}


def test_every_row_is_listed(live: RunningServer) -> None:
    listed = parse_items(live.control("GET", "errors"))
    rows = [(provider.name, row) for provider in find_providers().values() for row in provider.errors.rows]
    assert [(item["provider"], item["code"]) for item in listed] == [(name, row.code) for name, row in rows]
    for item, (_name, row) in zip(listed, rows, strict=True):
        assert set(item) == KEYS
        assert (item["status"], item["message"], item["scope"]) == (row.status, row.message, row.scope)
        assert item["meaning"]
        assert item["source"]
        assert item["operations"]


def test_of_one_provider(live: RunningServer) -> None:
    listed = parse_items(live.control("GET", "errors", provider="aliyun_imageaudit"))
    assert len(listed) == len(find_providers()["aliyun_imageaudit"].errors.rows)
    assert {item["provider"] for item in listed} == {"aliyun_imageaudit"}
    problem = parse_error(live.control("GET", "errors", provider="nobody"), 404)
    assert "aliyun_imageaudit" in problem


def test_errors_are_listed_in_chinese(live: RunningServer) -> None:
    english, chinese = (parse_items(live.control("GET", "errors", lang=lang)) for lang in ("en", "zh"))
    assert english == parse_items(live.control("GET", "errors"))
    for here, there in zip(english, chinese, strict=True):
        assert set(there) == KEYS | {"remedy", "wording"}
        assert {key: there[key] for key in KEYS - {"meaning"}} == {key: here[key] for key in KEYS - {"meaning"}}
    (empty,) = (item for item in chinese if item["code"] == "bizContentEmpty")
    assert (empty["meaning"], empty["remedy"]) == ("风险数据内容为空。", "检查入参数据格式。")
    assert empty["wording"] == "documents"
    (unknown,) = (
        item for item in chinese if item["provider"] == "aliyun_imageaudit" and item["code"] == "MissingVersion"
    )
    assert (unknown["meaning"], unknown["remedy"], unknown["wording"]) == ("缺少 Version 参数。", "", "ours")


@pytest.mark.parametrize("lang", ["", "fr", "zh-CN", "ZH"])
def test_in_a_language_that_is_not_spoken(live: RunningServer, lang: str) -> None:
    answer = live.control("GET", "errors", lang=lang)
    assert answer.status_code == 400
    (problem,) = answer.json()["problems"]
    assert (problem["path"], problem["got"]) == ("?lang", lang)
    assert "en, zh" in problem["expected"] or "did you mean" in problem["expected"]


def test_the_command_prints_the_same(live: RunningServer) -> None:
    result = CliRunner().invoke(main, ["errors", "--json"])
    assert json.loads(result.output) == live.control("GET", "errors").json()
    result = CliRunner().invoke(main, ["errors", "--json", "--lang", "zh"])
    assert json.loads(result.output) == live.control("GET", "errors", lang="zh").json()


@pytest.mark.parametrize("way", ["magic", "rule"])
def test_each_can_be_made_to_happen_as_listed(live: RunningServer, way: str) -> None:
    """What `how` says is tried: the magic word in an address, the rule as it stands."""
    for item in parse_items(live.control("GET", "errors", provider="aliyun_imageaudit")):
        url = f"https://a.test/{item['how']['magic']}.jpg" if way == "magic" else "https://a.test/1.jpg"
        if way == "rule":
            assert live.control("POST", "rules", item["how"]["rule"]).status_code == 201
        answer = scan_image(live, url)
        assert answer.status_code == item["status"], item["code"]
        assert live.list_entries()[0].code == item["code"]
        if way == "rule":
            live.control("DELETE", "rules")
