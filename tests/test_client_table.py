"""The table of clients in the READMEs, as far as it can be checked where not every client is.

Without node, a whole run compares nothing (tests/client_table.py), and the table could go stale in silence.
"""

import json
import re
import tomllib
from pathlib import Path

import pytest

from emulator.discovery import find_providers
from tests.client_table import READMES, ROOT, TABLE


def read_rows(readme: Path) -> list[tuple[str, list[str], list[str]]]:
    """Provider, operations and clients of each row."""
    found = TABLE.search(readme.read_text(encoding="utf-8"))
    assert found
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in found[2].splitlines()[2:]]
    return [
        (name, re.findall("`([^`]+)`", called), [c for c in clients.split(", ") if c])
        for name, called, clients in cells
    ]


def list_pinned() -> set[str]:
    """Return every client that is installed for the tests, as `name version`."""
    node = json.loads((ROOT / "tests" / "node" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    found = {f"{re.sub('-[0-9]$', '', name)} {version.rpartition('@')[2]}" for name, version in node.items()}
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    for each in (*groups["test"], *groups["clients"]):
        if isinstance(each, str) and "==" in each:
            found.add(each.replace("==", " "))
    return found


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_operation_has_its_row_and_no_other(readme: Path) -> None:
    found = [(name, operation) for name, operations, _clients in read_rows(readme) for operation in operations]
    assert sorted(found) == sorted((p.name, operation) for p in find_providers().values() for operation in p.operations)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_clients_are_those_that_are_pinned(readme: Path) -> None:
    expected = {client for _name, _operations, clients in read_rows(readme) for client in clients}
    known = list_pinned()
    assert expected <= known
    others = {
        name for name in known - expected if not name.startswith("typescript ")
    }  # which compiles, and calls nothing
    core = {"aliyun-python-sdk-core 2.16.1"}  # what the two others of Alibaba stand on
    assert others == core, "each pinned client is driven by some test"


def test_both_languages_have_the_same_rows() -> None:
    first, second = map(read_rows, READMES)
    assert first == second
