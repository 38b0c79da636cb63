"""The tables of clients, as far as they can be checked where not every client is.

Without node, a whole run compares nothing (tests/client_table.py), and the table could go stale in silence.
"""

import json
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from emulator.discovery import find_providers
from tests import client_table
from tests.client_table import (
    PAGES,
    READMES,
    ROOT,
    TABLE,
    Arrival,
    find_version,
    keep_rows,
    list_arrivals,
    list_go_modules,
    render_arrivals,
)
from tests.clients.cases import CLIENTS
from tests.exec.rows import ROWS
from tests.java import jvm

# They compile or run what calls, and call nothing.
TOOLS = {"@playwright/test", "typescript", "vitest"}


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
    found |= {f"{name} {version}" for name, version in jvm.list_versions().items()}
    return found | {f"{client.name} {find_version(client.name)}" for client in CLIENTS}


# What other clients stand on, or are called with; and those that stand in the tables by another name.
UNLISTED = {
    "aliyun-python-sdk-core",
    "com.aliyun:aliyun-java-sdk-core",
    "com.fasterxml.jackson.core:jackson-databind",
    "org.apache.httpcomponents:httpclient",
    "org.slf4j:slf4j-nop",
}


def test_each_module_of_go_is_that_of_a_client() -> None:
    """But for the one that holds the types of another."""
    names = [client.name for client in CLIENTS if client.language == "go"]
    unused = {module for module in list_go_modules() if not any(f"{name}/".startswith(f"{module}/") for name in names)}
    assert unused == {"alibabacloud-go/tea"}


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_operation_has_its_row_and_no_other(readme: Path) -> None:
    found = [(name, operation) for name, operations, _clients in read_rows(readme) for operation in operations]
    assert sorted(found) == sorted((p.name, operation) for p in find_providers().values() for operation in p.operations)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_clients_are_those_that_are_pinned(readme: Path) -> None:
    expected = {client for _name, _operations, clients in read_rows(readme) for client in clients}
    known = list_pinned()
    assert expected <= known
    led = {
        f"{client.removeprefix('Node.js: ')} {version.partition(',')[0]}"
        for page in PAGES
        for client, version, _way in list_arrivals(page)
    }
    others = {name.rpartition(" ")[0] for name in known - expected - led}
    assert others - TOOLS == UNLISTED, "each pinned client is driven by some test"


def test_both_languages_have_the_same_rows() -> None:
    first, second = map(read_rows, READMES)
    assert first == second


def test_both_languages_have_the_same_clients_of_exec() -> None:
    """Those that are here are among them, each once; the versions are those that the table was written with."""
    first, second = (
        {
            (client, version, next(way for way, word in words.items() if word == shown))
            for client, version, shown in rows
        }
        for (page, (_head, words)) in PAGES.items()
        for rows in [list_arrivals(page)]
    )
    assert first == second
    clients = [client for client, _version, _way in first]
    assert len(clients) == len(set(clients))
    assert {row.name for row in ROWS if row.version() is not None} <= set(clients)


CURL, RUBY = ("curl", "7.88.1", "variables"), ("Ruby", "3.1", "variables")
NEWER, OTHERWISE = ("curl", "8.5", "preload"), ("curl", "7.88.1", "preload")


@pytest.mark.parametrize(
    ("seen", "skipped", "write", "rows"),
    [
        ({CURL, RUBY}, False, False, {CURL, RUBY}),
        ({CURL}, False, False, {CURL}),
        ({CURL}, True, False, {CURL, RUBY}),
        ({OTHERWISE}, True, False, {OTHERWISE, RUBY}),
        ({NEWER}, True, False, {CURL, RUBY}),
        ({NEWER}, True, True, {NEWER, RUBY}),
        ({NEWER}, False, True, {NEWER}),
    ],
)
def test_a_run_proves_only_the_clients_that_it_had(
    seen: set[Arrival], skipped: bool, write: bool, rows: set[Arrival]
) -> None:
    assert keep_rows(seen, {CURL, RUBY}, skipped=skipped, write=write) == rows


def test_rows_are_rendered_in_the_order_of_names() -> None:
    assert render_arrivals({RUBY, CURL}) == "| curl | 7.88.1 | variables |\n| Ruby | 3.1 | variables |\n"


@pytest.mark.parametrize("write", [True, False])
def test_a_run_without_some_client_leaves_the_readmes(
    write: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails where they should have been written."""
    readme = tmp_path / "README.md"
    readme.write_text("<!-- clients -->\n<!-- /clients -->", encoding="utf-8")
    monkeypatch.setattr(client_table, "READMES", {readme: "| provider |"})
    monkeypatch.setattr(client_table, "PAGES", {})
    writer = SimpleNamespace(line=lambda _text: None)
    session: Any = SimpleNamespace(exitstatus=0, config=SimpleNamespace(get_terminal_writer=lambda: writer))
    tables = client_table.ClientTables(write)
    tables.pytest_runtest_logreport(pytest.TestReport("x", ("x.py", 1, "x"), {"client": 1}, "skipped", None, "call"))
    tables.pytest_sessionfinish(session)
    assert (session.exitstatus != 0) is write
    assert readme.read_text(encoding="utf-8") == "<!-- clients -->\n<!-- /clients -->"


PAGE = "# Page\n<!-- led -->\n| client |\n|---|---|---|\n| curl | 7.88.1 | variables |\n<!-- /led -->\nmore\n"


def report_arrival(outcome: Any, *arrival: str) -> list[pytest.TestReport]:
    """Return the reports of a test that saw a client arrive, or was skipped."""
    place: Any = ("test_x.py", 1, "test_x")
    noted: Any = [("arrived", [list(arrival)])] if arrival else []
    return [
        pytest.TestReport("x", place, {"led": 1}, outcome, None, "call", user_properties=noted),
        pytest.TestReport("x", place, {"led": 1}, "passed", None, "teardown", user_properties=noted),
    ]


@pytest.mark.parametrize(
    ("reports", "write", "fails", "row"),
    [
        (report_arrival("passed", "curl", "7.88.1", "variables"), False, False, "| curl | 7.88.1 | variables |"),
        (report_arrival("passed", "curl", "7.88.1", "preload"), False, True, "| curl | 7.88.1 | variables |"),
        (report_arrival("passed", "curl", "7.88.1", "preload"), True, False, "| curl | 7.88.1 | preload |"),
        (report_arrival("passed", "Ruby", "3.1", "variables"), False, True, "| curl | 7.88.1 | variables |"),
        (report_arrival("passed", "Ruby", "3.1", "variables"), True, False, "| Ruby | 3.1 | variables |"),
        (report_arrival("skipped"), False, False, "| curl | 7.88.1 | variables |"),
        (report_arrival("skipped"), True, False, "| curl | 7.88.1 | variables |"),
        ([], False, True, "| curl | 7.88.1 | variables |"),
    ],
)
def test_a_run_is_held_against_the_table_or_writes_it(
    reports: list[pytest.TestReport],
    write: bool,
    fails: bool,
    row: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    words = {"variables": "variables", "preload": "preload"}
    monkeypatch.setattr(client_table, "READMES", {})
    monkeypatch.setattr(client_table, "PAGES", {page: ("| client |", words)})
    said: list[str] = []
    writer = SimpleNamespace(line=said.append)
    session: Any = SimpleNamespace(exitstatus=0, config=SimpleNamespace(get_terminal_writer=lambda: writer))
    tables = client_table.ClientTables(write)
    for report in reports:
        tables.pytest_runtest_logreport(report)
    tables.pytest_sessionfinish(session)
    assert (session.exitstatus != 0, len(said)) == (fails, fails)
    assert page.read_text(encoding="utf-8") == PAGE.replace("| curl | 7.88.1 | variables |", row)


@pytest.mark.parametrize(("write", "fails"), [(False, False), (True, True)])
def test_a_run_without_some_client_does_not_write_who_called_what(
    write: bool, fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("<!-- clients -->\nas it was\n<!-- /clients -->\n", encoding="utf-8")
    monkeypatch.setattr(client_table, "READMES", {readme: "| provider |"})
    monkeypatch.setattr(client_table, "PAGES", {})
    said: list[str] = []
    writer = SimpleNamespace(line=said.append)
    session: Any = SimpleNamespace(exitstatus=0, config=SimpleNamespace(get_terminal_writer=lambda: writer))
    tables = client_table.ClientTables(write)
    tables.pytest_runtest_logreport(
        pytest.TestReport("x", ("test_x.py", 1, "test_x"), {"client": 1}, "skipped", None, "call")
    )
    tables.pytest_sessionfinish(session)
    assert (session.exitstatus != 0, len(said)) == (fails, fails)
    assert "as it was" in readme.read_text(encoding="utf-8")
