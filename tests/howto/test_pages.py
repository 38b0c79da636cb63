"""Pages in both languages say the same, are not too long, and name and link only what is there."""

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest

import emulator
from emulator import documents, plugins
from emulator.cli import main
from emulator.config.load import find_problems
from emulator.config.schema import load_settings_schema
from emulator.discovery import collect_provided_settings, find_providers
from emulator.testing import Account
from tests.howto.pages import (
    CONTRIBUTING,
    DOCS,
    ENGLISH,
    README,
    ROOT,
    find_chinese_page,
    list_blocks,
    list_expected_output,
    list_names,
    read_prose,
    strip_remarks,
)

CHINESE = [find_chinese_page(page) for page in ENGLISH]
PAGES = [*ENGLISH, *CHINESE]
PROVIDERS = find_providers().values()
QUIRKS = [quirk for provider in PROVIDERS for quirk in provider.quirks]
KINDS = {provider.credentials.name for provider in PROVIDERS}
NAMED = {quirk.name for quirk in QUIRKS} | {name for provider in PROVIDERS for name in provider.operations}
ENDPOINTS: list[Any] = plugins.load_plugins("emulator.http.control", "ROUTES")
CONFIG = load_settings_schema(collect_provided_settings(PROVIDERS)).document


def format_page(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def list_links(page: Path) -> list[str]:
    """Return the targets of a page's links that lead to files."""
    return [each for each in re.findall(r"\]\(([^)]+)\)", read_prose(page)) if "://" not in each]


def list_headings(page: Path) -> list[tuple[int, str]]:
    return [(len(level), title) for level, title in re.findall(r"^(#+) (.*)$", read_prose(page), re.MULTILINE)]


def list_anchors(page: Path) -> set[str]:
    """Return the names that headings get on a page of GitHub's kind."""
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for _level, title in list_headings(page)}


def count_cells(page: Path) -> list[int]:
    """Return how many cells each line of a table has, in order."""
    return [line.count("|") for line in read_prose(page).splitlines() if line.startswith("|")]


@pytest.mark.parametrize("page", [README, find_chinese_page(README)], ids=format_page)
def test_a_readme_is_read_in_one_go(page: Path) -> None:
    assert page.read_text(encoding="utf-8").count("\n") < 300


def test_there_are_no_other_pages() -> None:
    assert sorted((DOCS / "zh-CN").glob("*.md")) == sorted(page for page in CHINESE if page.parent.parent == DOCS)


@pytest.mark.parametrize("page", ENGLISH, ids=format_page)
def test_both_languages_show_the_same(page: Path) -> None:
    """The same chapters, tables and code; only what is said is said in another language."""
    other = find_chinese_page(page)
    assert [level for level, _title in list_headings(other)] == [level for level, _title in list_headings(page)]
    assert count_cells(other) == count_cells(page)
    pairs = list(zip(list_blocks(page), list_blocks(other), strict=True))
    assert [theirs.kind for _ours, theirs in pairs] == [ours.kind for ours, _theirs in pairs]
    for ours, theirs in pairs:
        assert strip_remarks(theirs) == strip_remarks(ours)
        assert list_expected_output(theirs.text) == list_expected_output(ours.text)


@pytest.mark.parametrize("page", CHINESE, ids=format_page)
def test_remarks_of_a_chinese_page_are_chinese(page: Path) -> None:
    for block in list_blocks(page):
        remarks = re.findall(r'(?:(?:^|\s)(?:#|//) |""")(.*)$', block.text, re.MULTILINE)
        said = [remark for remark in remarks if remark and remark not in list_expected_output(block.text)]
        assert not [remark for remark in said if not re.search("[\u4e00-\u9fff]", remark)]


@pytest.mark.parametrize("page", [*PAGES, CONTRIBUTING, ROOT / "CHANGELOG.md"], ids=format_page)
def test_links_lead_somewhere(page: Path) -> None:
    for target in list_links(page):
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        assert not anchor or anchor in list_anchors(there), target


@pytest.mark.parametrize("page", CHINESE, ids=format_page)
def test_a_chinese_page_leads_to_chinese_pages(page: Path) -> None:
    """But for the link to its own English form."""
    there = [(page.parent / target.partition("#")[0]).resolve() for target in list_links(page)]
    assert [each for each in there if each in ENGLISH] == [ENGLISH[CHINESE.index(page)]]


@pytest.mark.parametrize("page", ENGLISH, ids=format_page)
def test_a_page_leads_to_its_chinese_form(page: Path) -> None:
    assert find_chinese_page(page) in [(page.parent / target).resolve() for target in list_links(page)]


def test_every_page_is_found_from_the_readme() -> None:
    for page in (README, find_chinese_page(README)):
        there = {(page.parent / target.partition("#")[0]).resolve() for target in list_links(page)}
        assert there >= set(CHINESE if page == find_chinese_page(README) else ENGLISH) - {page}


@pytest.mark.parametrize("page", [*PAGES, CONTRIBUTING], ids=format_page)
def test_verbs_and_flags_are_there(page: Path) -> None:
    written = list_names(page) + [
        line for block in list_blocks(page) if block.kind == "sh" for line in block.text.splitlines()
    ]
    for line in written:
        for verb, rest in re.findall(r"moderation-emulator ([a-z]+)\b([^;&|)`]*)", line):
            found = main.get_command(click.Context(main), verb)
            assert found is not None, line
            verbs = [found, *found.commands.values()] if isinstance(found, click.Group) else [found]
            flags = {flag for one in verbs for each in one.params for flag in (*each.opts, *each.secondary_opts)}
            assert set(re.findall(r"(?<=\s)--[a-z-]+", rest)) <= flags | {"--help"}, line


@pytest.mark.parametrize("page", [*PAGES, CONTRIBUTING], ids=format_page)
def test_routes_are_there(page: Path) -> None:
    for name in list_names(page):
        if match := re.fullmatch(r"((?:(?:GET|POST|PUT|PATCH|DELETE) )+)/?(?:_emulator/)?([\w/{}.-]*)(\?.*)?", name):
            routes = {route.method for each in ENDPOINTS for route in each if route.path == match[2]}
            assert routes >= set(match[1].split()), name


@pytest.mark.parametrize("page", [*PAGES, CONTRIBUTING], ids=format_page)
def test_targets_of_make_are_there(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name in list_names(page):
        for target in name.split()[1:] if name.startswith("make ") else ():
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), name


def is_known(path: str) -> bool:
    """Return whether a dotted name is one of a quirk, an operation or a setting."""
    form = CONFIG
    for key in path.split("."):
        form = form.get("properties", {}).get(key)
        if form is None:
            return path in NAMED
    return True


def is_module(name: str) -> bool:
    """Return whether a name is one of a file or a module, such as `state.clock`."""
    module = Path(emulator.__file__).parent.joinpath(*name.split("."))
    return name.endswith(".py") or module.is_dir() or module.with_suffix(".py").is_file()


@pytest.mark.parametrize("page", PAGES, ids=format_page)
def test_settings_and_variables_are_there(page: Path) -> None:
    first = {*CONFIG["properties"], *(quirk.name.partition(".")[0] for quirk in QUIRKS)}
    for name in list_names(page):
        if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", name) and name.partition(".")[0] in first and not is_module(name):
            assert is_known(name), name
        for variable in re.findall(r"^MODERATION_EMULATOR_(\w+)", name):
            assert is_known(variable.lower().replace("__", ".")), name


@pytest.mark.parametrize("page", [DOCS / "testing.md", find_chinese_page(DOCS / "testing.md")], ids=format_page)
def test_methods_of_the_test_kit_are_there(page: Path) -> None:
    for name in list_names(page):
        if re.fullmatch(r"(\.[a-z_]+ ?)+", name):
            methods = [each.removeprefix(".") for each in name.split()]
            assert not [each for each in methods if not (hasattr(Account, each) or each in KINDS)], name


def list_single_settings() -> set[str]:
    """Return the settings that a table should name; limits and latencies stand there as a whole."""
    return {
        f"{room}.{key}" if key else room
        for room, rules in CONFIG["properties"].items()
        for key in (rules.get("properties") if room not in ("limits", "latency") else None) or [""]
    } - {"quirks"}


@pytest.mark.parametrize("page", [DOCS / "settings.md", find_chinese_page(DOCS / "settings.md")], ids=format_page)
def test_every_setting_is_explained(page: Path) -> None:
    firsts = re.findall(r"^\| ((?:`[\w.]+` )+)\|", read_prose(page), re.MULTILINE)
    assert list_single_settings() <= {name for first in firsts for name in re.findall(r"`([^`]+)`", first)}


@pytest.mark.parametrize("page", [DOCS / "settings.md", find_chinese_page(DOCS / "settings.md")], ids=format_page)
def test_every_quirk_is_listed_with_its_choices(page: Path) -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| (.*?) \|", read_prose(page), re.MULTILINE)
    written = {name: re.findall(r"`([^`]+)`", choices) for name, choices in rows if "." in name}
    choices = {quirk.name: [json.dumps(each).strip('"') for each in quirk.choices] for quirk in QUIRKS}
    assert {name: each for name, each in written.items() if name in choices} == choices


def test_examples_of_configuration_are_valid() -> None:
    for page in ENGLISH:
        for block in list_blocks(page):
            if block.kind == "yaml" and not block.text.startswith("- "):
                given = documents.parse(block.text, str(block)).data
                assert not find_problems(given, collect_provided_settings(PROVIDERS))
