"""What the page of the architecture shows of the source: the path of a request, the rooms, and the law of imports."""

import ast
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from tests.law import FLOORS, OWNERS, RESERVED, TREES, Floor


class Language(NamedTuple):
    """The words of one language.

    floors: The heads of the table of floors.
    owners: The heads of the table of libraries.
    nobody: What stands where no room may import a library.
    name_floor: Return what the rooms of a floor have in common.
    """

    floors: tuple[str, str, str]
    owners: tuple[str, str]
    nobody: str
    name_floor: Callable[[Floor], str]


ENGLISH = Language(
    ("floor", "rooms", "what they have in common"), ("library", "imported by"), "nobody", lambda f: f.name
)
CHINESE = Language(("层", "模块", "共同点"), ("库", "由谁导入"), "无", lambda f: f.chinese)


def fill_architecture(text: str, language: Language) -> str:
    """Return the page with what the source says now between its marks."""
    for mark, drawing in {
        "path": _draw_path(),
        "rooms": _draw_rooms(),
        "floors": _render_floors(language),
        "reserved": _render_reserved(language),
        "owners": _render_owners(language),
    }.items():
        pattern = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
        text = pattern.sub(partial(_put_between, drawing), text)
    return text


def _draw_path() -> str:
    """Return the drawing of the pipeline, as its module has it."""
    docstring = ast.get_docstring(TREES["pipeline"], clean=True) or ""
    lines = [line[4:] for line in docstring.splitlines() if line.startswith("    ")]
    return _indent(lines)


def _draw_rooms() -> str:
    """Return the floors, the highest first, each room once."""
    lines = [f"{number:>2}  {'  '.join(floor.rooms)}" for number, floor in enumerate(FLOORS)]
    return _indent(lines[::-1])


def _indent(lines: list[str]) -> str:
    """Return a drawing as Markdown shows it word for word."""
    return "".join(f"    {line}\n" for line in lines)


def _render_floors(language: Language) -> str:
    rows = [
        (str(number), ", ".join(f"`{room}`" for room in floor.rooms), language.name_floor(floor))
        for number, floor in enumerate(FLOORS)
    ]
    return _render_table(language.floors, rows[::-1])


def _render_reserved(language: Language) -> str:
    rows = [(f"`{room}`", ", ".join(f"`{each}`" for each in sorted(users))) for room, users in RESERVED.items()]
    return _render_table((language.floors[1], language.owners[1]), rows)


def _render_owners(language: Language) -> str:
    rows = [
        (f"`{library}`", ", ".join(f"`{owner}`" for owner in sorted(owners)) or language.nobody)
        for library, owners in OWNERS.items()
    ]
    return _render_table(language.owners, rows)


def _put_between(drawing: str, marks: re.Match[str]) -> str:
    return f"{marks[1]}\n{drawing}\n{marks[2]}"


def _render_table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
