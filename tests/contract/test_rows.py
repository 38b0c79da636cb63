"""The error tables of the emulator: what they mean in both languages, in lists of all, and nowhere else."""

import ast
import re
from pathlib import Path

import pytest

import emulator
from emulator.error_list import list_errors
from emulator.error_types import ErrorRow
from emulator.errors import index_rows
from moderation_emulator.contract.error_rows import make_cases
from moderation_emulator.contract.kit import PROVIDERS
from moderation_emulator.contract.test_rows import ROWS

PACKAGE = Path(emulator.__file__).parent


@pytest.mark.parametrize(("provider", "row"), ROWS)
def test_what_it_means_is_said_in_both_languages(provider: str, row: ErrorRow) -> None:
    assert row.meaning.isascii()
    assert row.chinese is not None
    for text in row.chinese[:2]:
        assert text == text.strip()
        assert text.isprintable()
    assert re.search("[\u4e00-\u9fff]", row.chinese.meaning)
    assert row.chinese.printed or not row.chinese.remedy


def test_two_rows_of_one_code_are_refused_at_start() -> None:
    row = ErrorRow("E", 400, "m", "m", "s")
    with pytest.raises(ValueError, match="two error rows for E"):
        index_rows([row, row._replace(status=500)], {})


def test_of_rows_that_go_one_way_the_first_is_in_every_run() -> None:
    one = ErrorRow("one", 400, "m", "m", "s")
    alike = [one, one._replace(code="two", status=404), one._replace(code="three", message="another")]
    others = [
        one._replace(status=500),
        one._replace(scope="task"),
        one._replace(dialect="d"),
        one._replace(code="Task.N.one"),
    ]
    made = make_cases([("p", "o", row) for row in (*alike, *others)] + [("p", "other operation", one)])
    assert [bool(case.marks) for case in made] == [False, True, True, *[False] * 5]


def test_shared_code_names_no_code() -> None:
    """HTTP side and pipeline refuse with codes that the provider gave them; gateways are a part of theirs."""
    codes = {code for provider in PROVIDERS.values() for code in provider.errors.codes if len(code) > 4}
    shared = (path for path in PACKAGE.rglob("*.py") if PACKAGE / "providers" not in path.parents)
    for path in shared:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.Constant) and node.value in codes), f"{path}:{node.lineno}"


def test_the_error_list_has_every_row_once() -> None:
    items = list_errors(PROVIDERS.values())
    assert [(item["provider"], item["code"]) for item in items] == [
        (p.name, row.code) for p in PROVIDERS.values() for row in p.errors.rows
    ]
    for item in items:
        row = PROVIDERS[item["provider"]].errors.find_row(item["code"], item["operations"][0])
        assert (item["status"], item["message"], item["scope"]) == (row.status, row.message, row.scope)
        assert item["operations"] == list(row.operations or PROVIDERS[item["provider"]].operations)
        assert " " not in item["how"]["magic"]
