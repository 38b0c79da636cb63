import json

from click.testing import CliRunner, Result

from emulator.cli import main
from emulator.server import providers

ROWS = [(provider.name, row) for provider in providers().values() for row in provider.rows]


def errors(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["errors", *arguments])


def test_each_code_has_a_line() -> None:
    result = errors()
    assert result.exit_code == 0
    sections = [section.splitlines() for section in result.output.split("\n\n")]
    lines = {section[0].strip() or section[1]: section for section in sections}
    for provider, row in ROWS:
        begin, end = f"{row.status:4}  {row.code} ", f" {row.meaning}; emu-error-{row.code.replace(' ', '_')}"
        head = provider if provider in lines else f"{provider}, dialect {row.dialect}"
        assert len([line for line in lines[head] if line.startswith(begin) and line.endswith(end)]) == 1
    assert f"{len(ROWS)} codes." in result.output


def test_of_one_provider() -> None:
    assert errors("aliyun_imageaudit").output.count("\naliyun_imageaudit\n") == 1
    assert json.loads(errors("aliyun_imageaudit", "--json").output)["total"] == len(
        [row for provider, row in ROWS if provider == "aliyun_imageaudit"]
    )


def test_the_dialects_of_one_provider_apart() -> None:
    sections = errors("alipay").output.split("\n\n")
    my, gateway = (section for section in sections if "HTTP" in section)
    assert my.lstrip().startswith("alipay, dialect my\n")
    assert gateway.startswith("alipay, dialect gateway\n")
    assert "  INVALID_PARAMETER " in my
    assert "  INVALID_PARAMETER " in gateway
    assert "isv." not in my


def test_of_nobody() -> None:
    result = errors("nobody")
    assert result.exit_code == 2
    assert "'nobody' is none of " in result.output
    assert "aliyun_imageaudit" in result.output


def test_as_json() -> None:
    listed = json.loads(errors("--json").output)
    assert listed["total"] == len(listed["items"]) == len(ROWS)
    assert [item["code"] for item in listed["items"]] == [row.code for _provider, row in ROWS]
