"""Which real clients were seen to work with which operations: gathered from the run, kept as a table in the README.

A test that drives a real client is marked `client("name")`; what it called is read from the journal. After a whole run
the tables of the READMEs must be what the run proved; `make table` writes them.
"""

import json
import re
from collections import defaultdict
from importlib import metadata
from pathlib import Path
from typing import Any, cast

import pytest

from emulator.discovery import find_providers
from moderation_emulator.contract.running_server import RunningServer
from tests import alipay_clients

ROOT = Path(__file__).parents[1]
# The head of the table, in the language of each README.
READMES = {
    ROOT / "README.md": "| provider | operations | clients |",
    ROOT / "README.zh-CN.md": "| 服务 | 接口 | 客户端 |",
}
TABLE = re.compile(r"(<!-- clients -->\n)(.*?)(<!-- /clients -->)", re.DOTALL)

Proof = tuple[str, str, str]  # provider, operation, client


def find_version(client: str) -> str:
    """Return the version of a client, wherever it lies."""
    node = json.loads((ROOT / "tests" / "node" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    if client in node:
        return str(node[client]).rpartition("@")[2]
    return alipay_clients.find_version(client) or metadata.version(client)


def note_calls(request: pytest.FixtureRequest, live: RunningServer) -> None:
    """Note what the client of a marked test was answered, when the test is over."""
    marker = request.node.get_closest_marker("client")
    if marker is not None:
        called = {(e.provider, e.operation) for e in live.list_entries() if e.operation and e.outcome != "refused"}
        request.node.user_properties.append(("called", sorted((*pair, marker.args[0]) for pair in called)))


class ClientTable:
    """The plug-in that gathers; with xdist it hears of every worker's tests."""

    def __init__(self, write: bool) -> None:
        self._write = write
        self._failed: set[str] = set()
        self._skipped = False
        self._called: dict[str, list[Any]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed.add(report.nodeid)
        self._skipped |= report.skipped and "client" in report.keywords
        if report.when == "teardown":
            for name, value in report.user_properties:
                if name == "called":
                    self._called[report.nodeid] += cast(list[Any], value)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Compare or write the tables, unless a client was missing: such a run proves too little."""
        if self._skipped and not self._write:
            return
        proofs = {tuple(each) for test, called in self._called.items() if test not in self._failed for each in called}
        for path, head in READMES.items():
            table = f"{head}\n|---|---|---|\n{render_rows(proofs)}"
            text = path.read_text(encoding="utf-8")
            proved = TABLE.sub(rf"\g<1>{table}\g<3>", text)
            if proved != text and self._write:
                path.write_text(proved, encoding="utf-8")
            elif proved != text:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
                message = f"\n{path.name} names other clients than this run proved; `make table` writes:\n{table}"
                session.config.get_terminal_writer().line(message)


def render_rows(proofs: set[Any]) -> str:
    """Return the rows of the table in Markdown: operations that the same clients call share a row."""
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for provider in find_providers().values():
        for operation in provider.operations:
            clients = sorted({client for *called, client in proofs if called == [provider.name, operation]})
            named = [f"{re.sub(r'-[0-9]+$', '', client)} {find_version(client)}" for client in clients]
            rows[provider.name, ", ".join(named)].append(f"`{operation}`")
    return "".join(f"| {name} | {' '.join(operations)} | {clients} |\n" for (name, clients), operations in rows.items())


def is_whole_run(config: pytest.Config) -> bool:
    """Return whether all tests are run, with nothing they need missing; and not in a worker."""
    chosen = config.args_source is not pytest.Config.ArgsSource.TESTPATHS or config.option.keyword
    chosen = chosen or config.getoption("lf", False) or config.option.deselect or config.option.collectonly
    chosen = chosen or config.option.markexpr not in ("", "not whole")  # of those no client has a part
    return not chosen and not hasattr(config, "workerinput")
