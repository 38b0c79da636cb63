"""A plug-in for pytest that keeps which lines each test runs, how long it takes, and whether it passes.

Loaded in a copy of the checkout by `python -m tests.mutants`, which says in RECORD where to write.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

ROOT = Path(__file__).parents[2]


def pytest_configure(config: pytest.Config) -> None:
    worker = getattr(config, "workerinput", {}).get("workerid")
    if worker is not None:
        config.pluginmanager.register(Recorder(Path(os.environ["RECORD"]), worker))


class Recorder:
    """One in each worker, for each runs tests of its own."""

    def __init__(self, folder: Path, worker: str) -> None:
        self._seconds = folder / f"{worker}.json"
        self._took: dict[str, float] = {}
        self._coverage = coverage.Coverage(
            str(folder / f"{worker}.coverage"), include=[f"{ROOT}/emulator/*"], config_file=False
        )
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """The server runs in a thread of its own, so the context is the test of the moment, not who called."""
        self._coverage.switch_context(item.nodeid)
        result = yield
        self._coverage.switch_context("")
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        took = report.duration if report.passed else float("inf")
        self._took[report.nodeid] = self._took.get(report.nodeid, 0) + took

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        self._coverage.save()
        self._seconds.write_text(json.dumps(self._took), encoding="utf-8")
