"""The pages of evidence are those that the tables make, in both languages; quirks stand there with their sources."""

import json
import re
from pathlib import Path

import pytest

from emulator.discovery import find_providers
from tests.evidence import __main__ as pages
from tests.evidence.facts import parse_sources
from tests.evidence.page import fill_quirk_sources, join_members
from tests.evidence.words import CHINESE, ENGLISH, Words
from tests.howto.pages import DOCS, list_names

QUIRKS = [quirk for provider in find_providers().values() for quirk in provider.quirks]
LANGUAGES = [(DOCS, ENGLISH), (DOCS / "zh-CN", CHINESE)]


def test_the_pages_are_what_the_tables_say() -> None:
    assert pages.find_problem() is None


@pytest.mark.parametrize(("folder", "words"), LANGUAGES, ids=["en", "zh"])
def test_a_page_tells_of_every_operation_code_and_quirk(folder: Path, words: Words) -> None:
    found = set(list_names(folder / "evidence.md"))
    for provider in find_providers().values():
        assert {*provider.operations, *provider.errors.codes, *(quirk.name for quirk in provider.quirks)} <= found


@pytest.mark.parametrize(("folder", "words"), LANGUAGES, ids=["en", "zh"])
def test_settings_tell_each_quirk_with_default_choices_and_source(folder: Path, words: Words) -> None:
    text = (folder / "settings.md").read_text(encoding="utf-8")
    rows = {row[0]: row[1:] for row in re.findall(r"^\| `([\w.]+)` \| (.*?) \| (.*?) \| (.*) \|$", text, re.MULTILINE)}
    wrong = []
    for quirk in QUIRKS:
        choices = [json.dumps(each).strip('"') for each in quirk.choices]
        found = words.joint.join(
            f"{words.kinds[kind]}{words.colon}{where}" for kind, where in parse_sources(quirk.source)
        )
        named, decides, own = rows.get(quirk.name, ("", "", ""))
        if re.findall(r"`([^`]+)`", named) != choices or not decides or own != found.replace("|", "\\|"):
            wrong.append(quirk.name)
    assert not wrong


def test_members_of_one_parent_stand_together() -> None:
    paths = ["data[].url", "code", "data[].results[].label", "data[].results[].frames[]", "data[].msg"]
    assert join_members(paths) == "`code` `data[]` (`url` `msg`) `data[].results[]` (`label` `frames[]`)"


def test_what_is_older_is_written_anew() -> None:
    evident = pages.fill_evidence("Kept.\n<!-- evidence -->\nwhat stood here\n<!-- /evidence -->\n", ENGLISH)
    assert evident.startswith("Kept.\n<!-- evidence -->\n| service | operation |")
    assert "what stood here" not in evident
    review = next(quirk for quirk in QUIRKS if quirk.name == "alipay.review")
    head = "| `alipay.review` | `PASSED` `REJECTED` | what a review is to Alipay |"
    other = "| `other.name` | `a` | b | c |\n"
    for row in (head, f"{head} documented: an older page |"):
        row_now, kept = fill_quirk_sources(f"{row}\n{other}", ENGLISH).split("\n", 1)
        assert row_now.startswith(head)
        assert row_now.endswith(f"{parse_sources(review.source)[-1].where} |")
        assert row_now.count(" | ") == 3
        assert kept == other
