"""The error rows of a provider a second time: golden/errors.json beside its tests, typed from the sources.

A group of rows says where they are from; the group `ours` has what no source says, which was typed from the answer
after reading it. A group's `all` holds for each of its rows. `door` is the dialect that a row is rendered in; where no
operations stand, all of that dialect have it, among which "..." stands for all others of the provider. `text` is the
message on the wire; with `detail`, our explanation may follow it.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from emulator.discovery import find_providers
from tests.providers.homes import HOMES

HERE = Path(__file__).parent


class Row(NamedTuple):
    """What is compared of a row.

    dialect: The dialect that it is rendered in.
    code: Its code.
    status: Its HTTP status.
    scope: Whether it fails the call or an item.
    text: Its message on the wire.
    operations: The operations that have it.
    detail: Whether our explanation may follow the message.
    """

    dialect: str
    code: str
    status: int
    scope: str
    text: str
    operations: frozenset[str]
    detail: bool


class Golden(NamedTuple):
    """A row of a golden file, and in `more` what only its provider's own test compares."""

    row: Row
    more: dict[str, Any]
    operation: str

    @property
    def text(self) -> str:
        """Return its text as it is rendered for the first task."""
        return self.row.text.replace(".N.", ".1.")

    @property
    def code(self) -> str:
        return self.row.code.replace(".N.", ".1.")


def read_rows(provider: str) -> list[Golden]:
    golden = json.loads((HERE / HOMES[provider] / "golden" / "errors.json").read_text(encoding="utf-8"))
    return list(_parse_rows(golden, find_providers()[provider].operations))


def _parse_rows(golden: dict[str, Any], known: Iterable[str]) -> Iterator[Golden]:
    for group in golden["groups"]:
        assert group["from"]
        for code, own in group["rows"].items():
            more = {**group.get("all", {}), **own}
            dialect = more.pop("door", "")
            operations = more.pop("operations", golden["doors"][dialect])
            if "..." in operations:
                operations = list(dict.fromkeys([*(name for name in operations if name != "..."), *known]))
            columns = (more.pop("status"), more.pop("scope"), more.pop("text"))
            row = Row(dialect, code, *columns, frozenset(operations), more.pop("detail", False))
            yield Golden(row, more, operations[0])


def parametrize_rows(provider: str, dialect: str = "", operation: str = "") -> pytest.MarkDecorator:
    """Parametrize a test with each row, of one dialect or of one operation if it is named."""
    rows = [
        golden
        for golden in read_rows(provider)
        if dialect in ("", golden.row.dialect) and operation in ("", *golden.row.operations)
    ]
    return pytest.mark.parametrize(
        "golden", rows, ids=lambda golden: f"{golden.row.dialect}-{golden.row.code}".strip("-")
    )


def compare(name: str) -> None:
    """Assert that the table of a provider has the rows of its golden file, and no other."""
    provider = find_providers()[name]
    table = [
        Row(
            *(row.dialect, row.code, row.status, row.scope, row.message),
            frozenset(row.operations or provider.operations),
            row.worded_here,
        )
        for row in provider.errors.rows
    ]
    typed = [golden.row for golden in read_rows(name)]
    assert len(set(typed)) == len(typed) == len(table)
    assert sorted(table, key=_get_sort_key) == sorted(typed, key=_get_sort_key)


def _get_sort_key(row: Row) -> tuple[str, str]:
    return row.dialect, row.code
