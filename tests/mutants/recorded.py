"""What the recorder kept of a run of all tests: which of them run a line, and how long each takes."""

import json
import re
from collections import defaultdict
from pathlib import Path

import coverage

from tests.mutants.choosing import Choice, choose_tests, mirrors


class Record:
    """Kept in `folder`; `root` holds the source."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._root = root
        self._seconds: dict[str, float] = {}
        for file in folder.glob("*.json"):
            self._seconds.update(json.loads(file.read_text(encoding="utf-8")))
        self._kept = [coverage.CoverageData(str(file)) for file in folder.glob("*.coverage")]
        for data in self._kept:
            data.read()
        self._lines: dict[str, dict[int, set[str]]] = {}

    def choose_tests(self, path: str, first: int, last: int) -> Choice:
        """The tests for a mutant in these lines: those beside it, and all that run anything of the file."""
        lines = self._read_lines(path) or self._read_lines_of_importers(path)
        running = set[str]().union(*(lines.get(number, ()) for number in range(first, last + 1)))
        seen = set[str]().union(*lines.values(), (test for test in self._seconds if mirrors(test, path)))
        seconds = {test: self._seconds[test] for test in seen if self._seconds[test] < float("inf")}
        return choose_tests(path, seconds, running)

    def _read_lines_of_importers(self, path: str) -> dict[int, set[str]]:
        """Of a file of tables no test runs a line: who looks at it are those that run what imports it."""
        room, name = path.removesuffix(".py").replace("/", ".").rsplit(".", 1)
        asked = re.compile(rf"^from {room}\.{name} import |^from {room} import .*\b{name}\b", re.MULTILINE)
        files = [file for file in self._root.glob("emulator/**/*.py") if asked.search(file.read_text(encoding="utf-8"))]
        lines = [self._read_lines(file.relative_to(self._root).as_posix()) for file in files]
        return {0: set[str]().union(*(tests for each in lines for tests in each.values()))}

    def _read_lines(self, path: str) -> dict[int, set[str]]:
        if path not in self._lines:
            lines: dict[int, set[str]] = defaultdict(set)
            for data in self._kept:
                for file in data.measured_files():
                    if file.endswith(f"/{path}"):
                        for number, tests in data.contexts_by_lineno(file).items():
                            lines[number].update(filter(None, tests))
            self._lines[path] = lines
        return self._lines[path]
