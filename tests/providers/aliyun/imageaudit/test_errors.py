"""Every row of the error table can be had on demand, and reads as documented."""

import json
from pathlib import Path

import pytest

from emulator.error_types import ErrorRow
from emulator.providers.aliyun.imageaudit.errors import ROWS
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import scan_image, scan_text

SEED = """
400 InvalidParameter.BadRequest      400 MissingScene                     400 MissingTask
400 InvalidTask.N.ImageTimeMillisecond                                    401 InvalidImage.Unsafe
403 RamRoleAuth                      403 UnsupportedHTTPMethod            403 InvalidApi.NotPurchase
403 InvalidImage.Unaccessible        404 InvalidImage.NotFound            429 Throttling
480 InvalidImage.Restriction         500 InternalServerError              580 InternalServerError.DB
581 InternalServerError.Timeout      585 InternalServerError.Cache        586 InternalServerError.Algo
587 InternalServerError.MiddleWare   400 InvalidParameter.TooLarge        400 InvalidParameter.Format
400 InvalidImage.Timeout             591 InternalServerError.ConnectPool  595 InternalServerError.Frame
"""


PRINTED = json.loads((Path(__file__).parent / "golden" / "errors.zh.json").read_text(encoding="utf-8"))


def test_what_the_document_says_in_chinese_is_repeated_word_for_word() -> None:
    expected = {code: row.chinese for code, row in ROWS.items() if row.chinese is not None and row.chinese.printed}
    assert {code: chinese.meaning for code, chinese in expected.items()} == {
        code: printed["meaning"] for code, printed in PRINTED["codes"].items()
    }
    assert {chinese.remedy for chinese in expected.values()} == {"", *PRINTED["advice"]}


def test_the_documented_table_is_complete() -> None:
    words = SEED.split()
    documented = {code: int(status) for status, code in zip(words[::2], words[1::2], strict=True)}
    own = {row.code: row.status for row in ROWS.values() if row.source == "documented: imageaudit 20201105, section 5"}
    assert own == documented


def call_operation(live: RunningServer, row: ErrorRow, word: str) -> tuple[int, str, str]:
    """Return status, code and message of a call that the row's operation knows."""
    if "ScanText" in row.operations:
        answer = scan_text(live, f"good {word}")
    else:
        answer = scan_image(live, f"https://a.test/{word}.jpg")
    body = answer.json()
    return answer.status_code, body.get("Code", ""), body.get("Message", "")


def get_first_task(text: str) -> str:
    return text.replace(".N.", ".1.")


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.code)
def test_by_rule_and_by_magic_word(live: RunningServer, row: ErrorRow) -> None:
    expected = row.status, get_first_task(row.code), get_first_task(row.message)
    assert call_operation(live, row, f"emu-error-{row.code}") == expected
    live.push_rule({"provider": "aliyun_imageaudit"}, error=row.code, times=1)
    assert call_operation(live, row, "plain") == expected
    for key in ("url", "text"):
        live.push_rule({key: {"contains": "plain"}}, error=row.code)
    assert call_operation(live, row, "plain") == expected
    assert call_operation(live, row, "fine")[0] == 200


@pytest.mark.parametrize("given", ["InvalidTask.N.Interval", "InvalidTask.7.Interval", "invalidtask.3.interval"])
def test_the_number_is_that_of_the_task(live: RunningServer, given: str) -> None:
    answer = scan_image(live, "https://a.test/1.jpg", f"https://a.test/emu-error-{given}.jpg")
    assert answer.json()["Code"] == "InvalidTask.2.Interval"
    assert answer.json()["Message"] == "Specified parameter Task.2.Interval is not valid."


def test_a_rule_may_name_the_task(live: RunningServer) -> None:
    live.push_rule({}, error="InvalidTask.7.Interval")
    assert scan_image(live, "https://a.test/1.jpg").json()["Code"] == "InvalidTask.7.Interval"
