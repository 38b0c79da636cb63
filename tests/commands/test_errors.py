import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from emulator.cli import main
from emulator.discovery import find_providers

ROWS = [(provider.name, row) for provider in find_providers().values() for row in provider.errors.rows]


def run_errors(*arguments: str, **environment: str) -> Result:
    locale = {"LC_ALL": None, "LC_MESSAGES": None, "LANG": "C.UTF-8"}
    result = CliRunner().invoke(main, ["errors", *arguments], env={**locale, **environment})
    assert "Traceback" not in result.output
    return result


def test_each_code_has_a_line() -> None:
    result = run_errors()
    assert result.exit_code == 0
    sections = [section.splitlines() for section in result.output.split("\n\n")]
    lines = {section[0].strip() or section[1]: section for section in sections}
    for provider, row in ROWS:
        begin, end = f"{row.status:4}  {row.code} ", f" {row.meaning}; emu-error-{row.code.replace(' ', '_')}"
        head = provider if provider in lines else f"{provider}, dialect {row.dialect}"
        assert len([line for line in lines[head] if line.startswith(begin) and line.endswith(end)]) == 1
    assert f"{len(ROWS)} codes." in result.output


def test_of_one_provider() -> None:
    assert run_errors("aliyun_imageaudit").output.count("\naliyun_imageaudit\n") == 1
    assert json.loads(run_errors("aliyun_imageaudit", "--json").output)["total"] == len(
        [row for provider, row in ROWS if provider == "aliyun_imageaudit"]
    )


def test_the_dialects_of_one_provider_apart() -> None:
    sections = run_errors("alipay").output.split("\n\n")
    my, gateway = (section for section in sections if "HTTP" in section)
    assert my.lstrip().startswith("alipay, dialect my\n")
    assert gateway.startswith("alipay, dialect gateway\n")
    assert "  INVALID_PARAMETER " in my
    assert "  INVALID_PARAMETER " in gateway
    assert "isv." not in my


def test_an_unknown_provider_is_refused() -> None:
    result = run_errors("nobody")
    assert result.exit_code == 2
    assert "'nobody' is none of " in result.output
    assert "aliyun_imageaudit" in result.output


def test_all_errors_are_printed_as_json() -> None:
    listed = json.loads(run_errors("--json").output)
    assert listed["total"] == len(listed["items"]) == len(ROWS)
    assert [item["code"] for item in listed["items"]] == [row.code for _provider, row in ROWS]


# Chinese.

CHINESE = "处理建议：检查入参数据格式。"


def test_errors_are_printed_in_chinese() -> None:
    text = run_errors("alipay", "--lang", "zh").output
    assert "含义；如何触发" in text
    assert "  bizContentEmpty " in text
    assert "  风险数据内容为空。; emu-error-bizContentEmpty\n" in text
    assert CHINESE in text
    assert "（*）" in run_errors("wechat", "--lang", "zh").output
    assert "内容含有违法违规内容; emu-error-87014\n" in run_errors("wechat", "--lang", "zh").output


@pytest.mark.parametrize(
    ("environment", "chinese"),
    [
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LC_MESSAGES": "zh_TW.UTF-8"}, True),
        ({"LC_ALL": "zh"}, True),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, False),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "zh_CN"}, True),
        ({"LC_MESSAGES": "de_DE", "LANG": "zh_CN"}, False),
        ({"LANG": ""}, False),
    ],
)
def test_by_the_locale_unless_a_language_is_given(environment: dict[str, str], chinese: bool) -> None:
    assert (CHINESE in run_errors("alipay", **environment).output) is chinese
    assert CHINESE not in run_errors("alipay", "--lang", "en", **environment).output
    assert CHINESE in run_errors("alipay", "--lang", "zh", **environment).output


def test_json_goes_by_the_flag_alone() -> None:
    assert run_errors("--json", LANG="zh_CN.UTF-8").output == run_errors("--json").output
    assert json.loads(run_errors("--json", "--lang", "zh").output)["items"][0]["wording"] in ("documents", "ours")


def test_in_a_language_that_is_not_spoken() -> None:
    assert run_errors("--lang", "fr").exit_code == 2


def test_a_terminal_that_cannot_show_it_ends_nothing() -> None:
    command = [sys.executable, "-m", "emulator", "errors", "alipay", "--lang", "zh"]
    environment = {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=30)
    assert b"emu-error-bizContentEmpty" in done.stdout
    assert done.stderr == b""
