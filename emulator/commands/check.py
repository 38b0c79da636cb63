"""check: find the problems of configuration files and rule files."""

import json
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from emulator.rules.rule import Rule

_EXPECTED = "at least one file of rules (.yaml, .yml, .json)"


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="The problems as JSON on standard output.")
def command(paths: tuple[Path, ...], as_json: bool) -> None:
    """Check rule files, folders of them and configuration files; without PATHS, the built-in fixtures.

    A file that is a list, or a mapping with `rules:`, is read as rules; any other mapping as configuration. A folder
    without any such file is a problem too: its path may be wrong. What is only warned of is in order.
    """
    from emulator.assets import FIXTURES, list_folders
    from emulator.documents.folders import list_rule_files
    from emulator.types import Problem, Problems

    found: list[Problem] = []
    rules: list[Rule] = []
    checked = 0
    for path in _track_progress(list_rule_files(paths or list_folders(FIXTURES))):
        checked += 1
        try:
            rules += _check_file(path)
        except Problems as problems:
            found += problems.found
    warnings = [_warning_to_dict(rule, text) for rule in rules for text in rule.warnings]
    # In CI, a wrong path must not look like a path without problems.
    found += [
        Problem("$", _EXPECTED, "none", str(path)) for path in paths if path.is_dir() and not list_rule_files((path,))
    ]
    if as_json:
        problem_dicts = [
            {"file": p.file, "line": p.line, "path": p.path, "expected": p.expected, "got": p.got} for p in found
        ]
        warned = {"warnings": warnings} if warnings else {}
        print(json.dumps({"problems": problem_dicts, **warned}, ensure_ascii=False, indent=2))
    elif not found:
        print(f"{len(rules)} rules in {checked} files")
    for problem in () if as_json else found:
        click.echo(str(problem), err=True)
    for each in () if as_json else warnings:
        click.echo(f"{each['file']}:{each['line']}: warning: {each['message']}", err=True)
    sys.exit(2 if found else 0)


def _track_progress(paths: list[Path]) -> Iterable[Path]:
    """Return the same paths, with a progress bar if standard error is a terminal."""
    if not sys.stderr.isatty():
        return paths
    from rich.console import Console
    from rich.progress import track

    return track(paths, "Checking", console=Console(stderr=True), transient=True)


@cache
def _load_rule_names() -> tuple[Any, Any]:
    """Return the names that rules may use here, and the providers by name."""
    from emulator import building
    from emulator.config.load import load_settings
    from emulator.discovery import collect_provided_settings, find_providers

    providers = find_providers()
    names = collect_provided_settings(providers.values())
    return building.build(load_settings(None, {}, {}, names), providers).rule_names, providers


def _warning_to_dict(rule: "Rule", text: str) -> dict[str, Any]:
    file, _, line = rule.source.rpartition(":")
    return {"file": file, "line": int(line), "message": text}


def _check_file(path: Path) -> list["Rule"]:
    """Return the rules of a file; a configuration file has none. Raises Problems."""
    from emulator import building, documents
    from emulator.config.load import load_settings
    from emulator.discovery import collect_provided_settings
    from emulator.rules.parse import parse_document

    rule_names, providers = _load_rule_names()
    document = documents.read(path)
    if isinstance(document.data, Mapping) and "rules" not in document.data:
        building.build(load_settings(path, {}, {}, collect_provided_settings(providers.values())), providers)
        return []
    return parse_document(document, rule_names, count(1))
