"""The error tables: every row is whole, and every code named anywhere is a row."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

import emulator
from emulator.assets import SCHEMAS
from emulator.discovery import find_providers
from emulator.error_list import list_errors
from emulator.error_types import ErrorRow, Scope
from emulator.errors import index_rows
from tests.contract.error_rows import ELSEWHERE, HERE, make_cases
from tests.contract.kit import HOMES

PROVIDERS = find_providers()
PACKAGE = Path(emulator.__file__).parent
ROWS = [
    pytest.param(provider.name, row, id=f"{provider.name}-{row.code}")
    for provider in PROVIDERS.values()
    for row in provider.errors.rows
]


@pytest.mark.parametrize(("provider", "row"), ROWS)
def test_a_row_is_whole(provider: str, row: ErrorRow) -> None:
    assert isinstance(row.status, int)
    assert 200 <= row.status <= 599
    for text in (row.code, row.message, row.meaning, row.source):
        assert text == text.strip()
        assert text
        assert text.isprintable()
    assert row.scope in get_args(Scope)
    assert set(row.operations) <= set(PROVIDERS[provider].operations)
    assert len(set(row.operations)) == len(row.operations)


@pytest.mark.parametrize(("provider", "row"), ROWS)
def test_what_it_means_is_said_in_both_languages(provider: str, row: ErrorRow) -> None:
    assert row.meaning.isascii()
    assert row.chinese is not None
    for text in row.chinese[:2]:
        assert text == text.strip()
        assert text.isprintable()
    assert re.search("[\u4e00-\u9fff]", row.chinese.meaning)
    assert row.chinese.printed or not row.chinese.remedy


@pytest.mark.parametrize("provider", PROVIDERS)
def test_rows_of_one_code_are_of_two_dialects(provider: str) -> None:
    own = PROVIDERS[provider]
    assert len({(row.code, row.dialect) for row in own.errors.rows}) == len(own.errors.rows)
    spellings = [code.lower() for code in own.errors.codes]
    assert len(set(spellings)) == len(spellings), "magic words are read without regard to case"
    for row in own.errors.rows:
        for operation in row.operations:
            assert own.errors.find_row(row.code, operation) is row


def test_two_rows_of_one_code_are_refused_at_start() -> None:
    row = ErrorRow("E", 400, "m", "m", "s")
    with pytest.raises(ValueError, match="two error rows for E"):
        index_rows([row, row._replace(status=500)], {})


@pytest.mark.parametrize("provider", PROVIDERS)
def test_only_errors_of_a_call_or_task_that_can_be_numbered_have_a_slot(provider: str) -> None:
    for row in PROVIDERS[provider].errors.rows:
        assert (".N." in row.code) <= (".N." in row.message or row.worded_here)


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


def test_every_row_is_met_with_every_operation_that_may_answer_it() -> None:
    met = {(provider, operation, row.code) for provider, operation, row in (*HERE, *ELSEWHERE)}
    assert met == {
        (own.name, operation, row.code)
        for own in PROVIDERS.values()
        for row in own.errors.rows
        for operation in row.operations or own.operations
    }


def iterate_codes(node: Any) -> Iterator[str]:
    """Yield all codes of the `x-errors` of a schema."""
    if isinstance(node, dict):
        yield from node.get("x-errors", {}).values()
        for inner in node.values():
            yield from iterate_codes(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from iterate_codes(inner)


@pytest.mark.parametrize(
    ("provider", "operation"), [(p.name, name) for p in PROVIDERS.values() for name in p.operations]
)
def test_codes_of_schemas_are_rows_of_the_operation(provider: str, operation: str) -> None:
    file = SCHEMAS / provider / f"{operation.replace('/', '_')}.request.json"
    codes = set(iterate_codes(json.loads(file.read_text(encoding="utf-8"))))
    assert codes
    for code in codes:
        row = PROVIDERS[provider].errors.find_row(code, operation)
        assert operation in (row.operations or [operation])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_codes_of_the_provider_itself_are_rows(provider: str) -> None:
    own, errors = PROVIDERS[provider], PROVIDERS[provider].errors
    assert {errors.internal, errors.unreadable, errors.oversize or errors.unreadable} <= set(errors.codes)
    assert errors.find_row(errors.internal).status >= 500 or errors.find_row(errors.internal).status == 200
    for operation in own.operations.values():
        if operation.image_limits is not None:
            reasons = {"forbidden", "denied", "unreachable", "missing", "slow", "large", "format", "broken"}
            assert operation.image_limits.error_codes.keys() in (reasons, set())
            for code in operation.image_limits.error_codes.values():
                assert own.errors.find_row(code).scope == "task"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_codes_written_in_its_code_are_rows(provider: str) -> None:
    """Every literal `Refusal("...")` and `trouble="..."` below the provider's folder."""
    folder = PACKAGE / "providers" / HOMES[provider]
    written = []
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                written += [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)]
            elif isinstance(node, ast.keyword) and node.arg == "trouble":
                written += [node.value.value] if isinstance(node.value, ast.Constant) else []
    assert written
    assert set(written) <= set(PROVIDERS[provider].errors.codes)


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
