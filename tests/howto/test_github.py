"""What GitHub reads: files of YAML in its form, which name only targets, files and routes that are there."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator import plugins
from tests.howto.pages import ROOT, list_names

FOLDER = ROOT / ".github"
FILES = sorted(FOLDER.rglob("*.yml"))
WORKFLOWS = sorted((FOLDER / "workflows").glob("*.yml"))
BUG = FOLDER / "ISSUE_TEMPLATE" / "bug.yml"
TEMPLATE = FOLDER / "pull_request_template.md"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([\w-]+):", MAKEFILE, re.MULTILINE))
# What an element of an issue form must have, by its type.
NEEDED = {"markdown": {"value"}, "input": {"label"}, "textarea": {"label"}, "dropdown": {"label", "options"}}


def format_name(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def list_targets(text: str) -> set[str]:
    """Return the targets of make that a line of shell calls."""
    calls = re.findall(r"\bmake ([^;&|)\n#]+)", text)
    return {word for call in calls for word in shlex.split(call) if "=" not in word}


def list_runs(path: Path) -> list[str]:
    """Return what a workflow runs, once for each row of its matrix."""
    return [
        fill_in(step["run"], row)
        for job in load(path)["jobs"].values()
        for row in job.get("strategy", {}).get("matrix", {}).get("include", [{}])
        for step in job["steps"]
        if "run" in step
    ]


def fill_in(run: str, row: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda match: row[match[1]], run)


@pytest.mark.parametrize("path", FILES, ids=format_name)
def test_it_can_be_read(path: Path) -> None:
    assert isinstance(load(path), dict)


@pytest.mark.parametrize("path", WORKFLOWS, ids=format_name)
def test_a_workflow_runs_what_is_there(path: Path) -> None:
    runs = list_runs(path)
    assert runs
    for run in runs:
        assert list_targets(run) <= TARGETS, run
        assert run.startswith("make ") or (ROOT / run).exists(), run


def test_what_holds_for_each_change_names_targets_that_are_there() -> None:
    found = list_targets(re.sub(r"#.*", "", (ROOT / ".ci" / "run").read_text(encoding="utf-8")))
    assert found
    assert found <= TARGETS


def test_each_python_that_is_promised_is_tested() -> None:
    promised = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    tested = load(FOLDER / "workflows" / "push.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert promised == f">={tested[0]}"
    minors = [int(version.removeprefix("3.")) for version in tested]
    assert minors == list(range(minors[0], minors[-1] + 1))


def test_the_form_of_a_bug_has_the_form_that_github_takes() -> None:
    form = load(BUG)
    assert {"name", "description", "body"} <= form.keys()
    for element in form["body"]:
        assert NEEDED[element["type"]] <= element["attributes"].keys()
    ids = [element["id"] for element in form["body"] if element["type"] != "markdown"]
    assert len(set(ids)) == len(ids)


def test_the_form_of_a_bug_asks_for_what_is_needed_to_see_it() -> None:
    form = load(BUG)
    required = {element["id"] for element in form["body"] if element.get("validations", {}).get("required")}
    assert required == {"client", "pointed", "version", "journal", "expected", "known"}


def test_the_form_of_a_bug_names_routes_that_are_there() -> None:
    loaded: list[Any] = plugins.load_plugins("emulator.http.control", "ROUTES")
    routes = {(route.method, route.path.replace("{id}", "ID")) for each in loaded for route in each}
    named = re.findall(r"`(GET|POST) /_emulator/([\w/]+)`", BUG.read_text(encoding="utf-8"))
    assert named
    assert set(named) <= routes


def test_the_template_of_a_pull_request_names_what_is_there() -> None:
    for name in list_names(TEMPLATE):
        assert list_targets(name) <= TARGETS, name
        assert not re.search(r"/|\.md$", name) or (ROOT / name).exists(), name
