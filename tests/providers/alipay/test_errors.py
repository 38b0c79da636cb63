"""The documented codes and texts of the mini-program calls, written down here a second time."""

import json
from pathlib import Path

from emulator.providers.alipay.errors import ROWS

OF_IMAGES = {
    "serviceNoAuth": "服务未授权",
    "riskTypeNoAuth": "场景（risktype）未授权",
    "bizContentEmpty": "风险数据内容为空",
    "paramMissingError": "参数缺失",
    "param error": "参数错误",
    "SYSTEM_OUT_ERROR": "系统繁忙",
    "INVALID_PARAMETER": "缺少必选参数或参数有误",
    "OVER_LIMIT": "超过调用量限制",
}


PRINTED = json.loads((Path(__file__).parent / "golden" / "errors.zh.json").read_text(encoding="utf-8"))


def test_what_the_page_of_the_image_calls_says_in_chinese_is_repeated_word_for_word() -> None:
    expected = {code: row.chinese for code, row in ROWS.items() if row.chinese is not None and code in PRINTED}
    assert {
        code: {"meaning": chinese.meaning, "remedy": chinese.remedy} for code, chinese in expected.items()
    } == PRINTED
    assert all(chinese.printed for chinese in expected.values())


def test_the_table_of_the_image_calls() -> None:
    assert {code: row.message for code, row in ROWS.items() if code in OF_IMAGES} == OF_IMAGES
    for code in OF_IMAGES:
        assert ROWS[code].operations[:2] == ("my.ap.imgRisk", "my.ap.imgRiskCallback")
    assert [code for code in OF_IMAGES if len(ROWS[code].operations) > 2] == ["OVER_LIMIT"]


def test_every_other_code_is_one_of_the_container() -> None:
    assert [code for code in ROWS if code not in OF_IMAGES] == ["4", "2", "3", "12"]


def test_statuses_tell_what_kind_of_error_it_is() -> None:
    assert {row.status for row in ROWS.values()} == {400, 403, 429, 503}
    assert {row.dialect for row in ROWS.values()} == {"my"}
