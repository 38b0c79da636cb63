"""The error tables: every row is whole, and every code named anywhere is a row."""

import ast
import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from emulator.error_types import ErrorRow, Scope
from moderation_emulator.contract.error_rows import ELSEWHERE, HERE
from moderation_emulator.contract.kit import PROVIDERS, find_folder, find_schema
from moderation_emulator.contract.refusals import iterate_refusals

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


@pytest.mark.parametrize("provider", PROVIDERS)
def test_rows_of_one_code_are_of_two_dialects(provider: str) -> None:
    own = PROVIDERS[provider]
    assert len({(row.code, row.dialect) for row in own.errors.rows}) == len(own.errors.rows)
    spellings = [code.lower() for code in own.errors.codes]
    assert len(set(spellings)) == len(spellings), "magic words are read without regard to case"
    for row in own.errors.rows:
        for operation in row.operations:
            assert own.errors.find_row(row.code, operation) is row


@pytest.mark.parametrize("provider", PROVIDERS)
def test_only_errors_of_a_call_or_task_that_can_be_numbered_have_a_slot(provider: str) -> None:
    for row in PROVIDERS[provider].errors.rows:
        assert (".N." in row.code) <= (".N." in row.message or row.worded_here)


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
    schema = find_schema(provider, operation, "request").read_text(encoding="utf-8")
    codes = set(iterate_codes(json.loads(schema)))
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
    """Every literal `Refusal("...")`, also in what the services of a vendor share."""
    folder = find_folder(provider)
    of_vendor = {code for name, own in PROVIDERS.items() if find_folder(name) == folder for code in own.errors.codes}
    written = {
        node.args[0].value for _place, node in iterate_refusals(folder) if isinstance(node.args[0], ast.Constant)
    }
    assert written
    assert written <= of_vendor
