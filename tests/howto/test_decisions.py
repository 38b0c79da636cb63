"""Records of decisions have one form and a number each, stand in the index, and name only files that are there."""

import re
from pathlib import Path

import pytest

from tests.howto.pages import DOCS, ROOT, list_names, read_prose

FOLDER = DOCS / "decisions"
INDEX = FOLDER / "README.md"
RECORDS = sorted(path for path in FOLDER.iterdir() if path != INDEX)
HEAD = re.compile(r"# (?P<title>\S.*)\n\n- Date: \d{4}-\d{2}\n- Status: (?P<status>.+)\n")
CHAPTERS = ["Context", "Decision", "Consequences"]
LINES, WORDS = range(20, 41), 25  # of a record, and of a sentence
NAME = re.compile(r"[\w.-]+(/[\w.-]+)+/?|[\w-]+\.(py|md|toml)")


def format_name(record: Path) -> str:
    return record.stem


def read_head(record: Path) -> re.Match[str]:
    found = HEAD.match(record.read_text(encoding="utf-8"))
    assert found, record.name
    return found


def iterate_sentences(record: Path) -> list[str]:
    parts = re.split(r"\n\s*\n|\n(?=- |#)", read_prose(record))
    return [sentence for part in parts for sentence in re.split(r"(?<=[.:;?!])\s+", " ".join(part.split()))]


@pytest.mark.parametrize("record", RECORDS, ids=format_name)
def test_a_record_has_the_form(record: Path) -> None:
    assert re.fullmatch(r"\d{4}-[a-z-]+\.md", record.name)
    text = record.read_text(encoding="utf-8")
    read_head(record)
    assert text.count("\n") in LINES
    chapters = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    assert chapters[::2] == CHAPTERS
    assert all(chapter.strip() for chapter in chapters[1::2])


@pytest.mark.parametrize("record", RECORDS, ids=format_name)
def test_a_sentence_is_short(record: Path) -> None:
    assert not [sentence for sentence in iterate_sentences(record) if len(sentence.split()) > WORDS]


@pytest.mark.parametrize("record", RECORDS, ids=format_name)
def test_a_record_stands_or_is_replaced_by_one_that_is_there(record: Path) -> None:
    status = read_head(record)["status"]
    replaced = re.fullmatch(r"replaced by (\d{4})", status)
    numbers = {other.name[:4] for other in RECORDS} - {record.name[:4]}
    assert status == "accepted" or (replaced and replaced[1] in numbers)


def test_numbers_are_given_once_and_none_is_left_out() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


def test_the_index_has_a_line_for_each_record() -> None:
    lines = re.findall(r"^- \[(\d{4})\]\(([^)]+)\): (.+)$", INDEX.read_text(encoding="utf-8"), re.MULTILINE)
    assert lines == [(record.name[:4], record.name, read_head(record)["title"]) for record in RECORDS]


@pytest.mark.parametrize("page", [INDEX, *RECORDS], ids=format_name)
def test_files_are_there(page: Path) -> None:
    """Else a record is about code that is gone."""
    missing = [name for name in list_names(page) if NAME.fullmatch(name) and not (ROOT / name).exists()]
    assert not missing
