"""Clients that nobody told of an emulator, run by `exec`: each reaches it."""

import pytest

from tests.exec.led import Led, find_way, note_arrival, run_led
from tests.exec.rows import ROWS, Row

pytestmark = pytest.mark.led


@pytest.fixture(params=ROWS, ids=lambda row: row.name)
def row(request: pytest.FixtureRequest) -> Row:
    found: Row = request.param
    if found.version() is None:
        pytest.skip(f"{found.name} is not installed")
    return found


def test_it_lands(row: Row) -> None:
    """Nothing was stopped, or there would be a line on standard error."""
    assert run_led(row.command, env=row.build_variables()) == Led(row.expected, "", 0)


def test_how_it_arrives(row: Row, request: pytest.FixtureRequest) -> None:
    way = find_way(row.command, row.expected, env=row.build_variables())
    note_arrival(request, row.name, row.version() or "", way)
