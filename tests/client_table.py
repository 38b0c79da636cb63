"""What real clients were seen to do: gathered from the run, kept as tables in the READMEs and in docs/clients.md.

A test that drives a real client is marked `client("name")`; what it called is read from the journal. One that is marked
`led` sees how a client arrives that `exec` runs. After a whole run the tables must be what the run proved; `make table`
writes them.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any, cast

import pytest

from emulator.discovery import find_providers
from moderation_emulator.contract.running_server import RunningServer
from tests import alipay_clients
from tests.java import jvm

ROOT = Path(__file__).parents[1]
# The head of the table, in the language of each README.
READMES = {
    ROOT / "README.md": "| provider | operations | clients |",
    ROOT / "README.zh-CN.md": "| 服务 | 接口 | 客户端 |",
}
TABLE = re.compile(r"(<!-- clients -->\n)(.*?)(<!-- /clients -->)", re.DOTALL)
# The head of the other table, and what each way is called there.
PAGES: dict[Path, tuple[str, dict[str, str]]] = {
    ROOT / "docs" / "clients.md": (
        "| client | version | led by |",
        {"variables": "variables", "preload": "preload", "host names": "host names"},
    ),
    ROOT / "docs" / "zh-CN" / "clients.md": (
        "| 客户端 | 版本 | 靠什么到达 |",
        {"variables": "环境变量", "preload": "预加载代码", "host names": "主机名"},
    ),
}
LED = re.compile(r"(<!-- led -->\n)(.*?)(<!-- /led -->)", re.DOTALL)

Arrival = tuple[str, str, str]  # client, version, way


def list_go_modules() -> dict[str, str]:
    """Return the modules that tests/go requires, as its clients are named, each with its version."""
    text = (ROOT / "tests" / "go" / "go.mod").read_text(encoding="utf-8")
    return dict(re.findall(r"^\tgithub\.com/(\S+?)(?:/v\d+)? v(\S+)$", text, re.MULTILINE))


def find_version(client: str) -> str:
    """Return the version of a client, wherever it lies."""
    for module, version in list_go_modules().items():
        if client == module or client.startswith(f"{module}/"):
            return version
    node = json.loads((ROOT / "tests" / "node" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    if client in node:
        return str(node[client]).rpartition("@")[2]
    return alipay_clients.find_version(client) or jvm.list_versions().get(client) or metadata.version(client)


def note_calls(request: pytest.FixtureRequest, live: RunningServer) -> None:
    """Note what the client of a marked test was answered, when the test is over."""
    marker = request.node.get_closest_marker("client")
    if marker is not None:
        called = {(e.provider, e.operation) for e in live.list_entries() if e.operation and e.outcome != "refused"}
        request.node.user_properties.append(("called", sorted((*pair, marker.args[0]) for pair in called)))


class ClientTables:
    """The plug-in that gathers; with xdist it hears of every worker's tests."""

    def __init__(self, write: bool) -> None:
        self._write = write
        self._failed: set[str] = set()
        self._skipped: set[str] = set()  # the marks of tests that were skipped
        self._noted: dict[str, list[tuple[str, Any]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed.add(report.nodeid)
        if report.skipped:
            self._skipped |= {"client", "led"} & set(report.keywords)
        if report.when == "teardown":
            self._noted[report.nodeid] = cast(list[tuple[str, Any]], report.user_properties)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Compare or write the tables, unless a client was missing: such a run proves too little.

        Of the clients that `exec` runs, a run proves those that were there; the rows of others stay as they are.
        """
        if "client" not in self._skipped:
            called = render_rows(self._collect("called"))
            for path, head in READMES.items():
                self._settle(session, path, TABLE, f"{head}\n|---|---|---|\n{called}")
        elif self._write:
            _fail(session, "the table of the READMEs is not written: clients are missing, as the skipped tests say")
        for path, (head, words) in PAGES.items():
            arrivals = {(client, version, words[way]) for client, version, way in self._collect("arrived")}
            rows = keep_rows(arrivals, list_arrivals(path), skipped="led" in self._skipped, write=self._write)
            self._settle(session, path, LED, f"{head}\n|---|---|---|\n{render_arrivals(rows)}")

    def _collect(self, name: str) -> set[Any]:
        """Return what the tests that did not fail have noted by a name."""
        noted = (each for test, noted in self._noted.items() if test not in self._failed for each in noted)
        return {tuple(proof) for found, proofs in noted if found == name for proof in proofs}

    def _settle(self, session: pytest.Session, path: Path, marks: re.Pattern[str], table: str) -> None:
        """Write a table into a page, or have the run fail if there is another one."""
        text = path.read_text(encoding="utf-8")
        proved = marks.sub(lambda found: f"{found[1]}{table}{found[3]}", text)
        if proved != text and self._write:
            path.write_text(proved, encoding="utf-8")
        elif proved != text:
            _fail(session, f"{path.name} names other clients than this run proved; `make table` writes:\n{table}")


def _fail(session: pytest.Session, why: str) -> None:
    session.exitstatus = pytest.ExitCode.TESTS_FAILED
    session.config.get_terminal_writer().line(f"\n{why}")


def render_rows(proofs: set[Any]) -> str:
    """Return the rows of the table in Markdown: operations that the same clients call share a row."""
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for provider in find_providers().values():
        for operation in provider.operations:
            clients = sorted({client for *called, client in proofs if called == [provider.name, operation]})
            named = [f"{re.sub(r'-[0-9]+$', '', client)} {find_version(client)}" for client in clients]
            rows[provider.name, ", ".join(named)].append(f"`{operation}`")
    return "".join(f"| {name} | {' '.join(operations)} | {clients} |\n" for (name, clients), operations in rows.items())


def list_arrivals(page: Path) -> set[Arrival]:
    """Return the rows of the table of clients that `exec` runs, as it is in a page."""
    found = LED.search(page.read_text(encoding="utf-8"))
    assert found, f"{page} has no marks of the table"
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found[2].splitlines()[2:]]
    return {(client, version, way) for client, version, way in rows}


def render_arrivals(arrivals: Iterable[Arrival]) -> str:
    return "".join(f"| {' | '.join(arrival)} |\n" for arrival in sorted(arrivals, key=lambda each: each[0].lower()))


def keep_rows(arrivals: Iterable[Arrival], shown: Iterable[Arrival], *, skipped: bool, write: bool) -> set[Arrival]:
    """Return the rows that a table must have after a run in which these arrivals were seen.

    Many of these clients come with the machine. So a row that is shown stays as it is where the client was missing, and
    unless the table is written, where it was another version, which may arrive in another way.
    """
    proved = {arrival[0]: arrival for arrival in arrivals}
    for row in shown:
        seen = proved.get(row[0])
        if skipped if seen is None else not write and seen[1] != row[1]:
            proved[row[0]] = row
    return set(proved.values())


def is_whole_run(config: pytest.Config) -> bool:
    """Return whether all tests are run, with nothing they need missing; and not in a worker."""
    chosen = config.args_source is not pytest.Config.ArgsSource.TESTPATHS or config.option.keyword
    chosen = chosen or config.getoption("lf", False) or config.option.deselect or config.option.collectonly
    chosen = chosen or config.option.markexpr not in ("", "not whole")  # of those no client has a part
    return not chosen and not hasattr(config, "workerinput")
