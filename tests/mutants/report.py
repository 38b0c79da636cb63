"""What became of the mutants: which lines were changed, how many changes were noticed, and the page that says so."""

import difflib
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

GOAL = 0.9
EQUIVALENT = Path(__file__).with_name("equivalent.toml")


class Change(NamedTuple):
    """The lines of a file that a mutant takes away and those it puts there, without what they are indented by."""

    path: str
    before: str
    after: str


class Played(NamedTuple):
    """A mutant with the line it begins at, how it ended (killed, timeout or survived), and how long that took."""

    line: int
    change: Change
    ended: str
    seconds: float


def compare_texts(path: str, before: str, after: str) -> Change:
    """What differs between two texts of a file."""
    lines = [*difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)][3:]
    gone, come = ("\n".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
    return Change(path, gone, come)


def read_equivalent(file: Path = EQUIVALENT) -> dict[Change, str]:
    """Changes that nobody could notice, each with the reason; they are never drawn."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    return {Change(each["path"], each["before"], each["after"]): each["reason"] for each in document["mutant"]}


def compute_rate(played: Sequence[Played]) -> float:
    """The part that was noticed; what never ended was noticed too. Of none, none was."""
    return sum(each.ended != "survived" for each in played) / len(played) if played else 0.0


def render_line(played: Played) -> str:
    """One mutant in one line."""
    before, after = (text.replace("\n", " ") for text in played.change[1:])
    return f"{played.ended:8} {played.seconds:5.1f} s  {played.change.path}:{played.line}  {before}  ->  {after}"


def render_summary(played: Sequence[Played]) -> str:
    ends = Counter(each.ended for each in played)
    return (
        f"{len(played)} mutants: {ends['killed']} killed, {ends['timeout']} timed out, {ends['survived']} survived; "
        f"{compute_rate(played):.1%} noticed, the goal is {GOAL:.0%}"
    )


def render_page(played: Sequence[Played], seed: int) -> str:
    """Numbers by file, then every survivor with its difference."""
    lines = [
        "# Mutants",
        "",
        f"{render_summary(played)}. Seed {seed}.",
        "",
        "| file | mutants | survived |",
        "|---|---|---|",
    ]
    for path in sorted({each.change.path for each in played}):
        own = [each for each in played if each.change.path == path]
        lines.append(f"| {path} | {len(own)} | {sum(each.ended == 'survived' for each in own)} |")
    for each in played:
        if each.ended != "killed":
            lines += ["", f"## {each.change.path}:{each.line} {each.ended}", "", "```diff"]
            lines += [f"-{line}" for line in each.change.before.splitlines()]
            lines += [f"+{line}" for line in each.change.after.splitlines()]
            lines += ["```"]
    return "\n".join(lines) + "\n"
