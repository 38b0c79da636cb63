"""docs/rules.md: the built-in rules in fixtures/ show every form of what a rule may say and look for.

Left out are `priority` and the match by `account`, which mean something only beside rules of one's own.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator import documents
from emulator.assets import FIXTURES


def iterate_rules() -> Iterator[dict[str, Any]]:
    for file in sorted(FIXTURES.rglob("*.yaml")):
        data = documents.read(file).data
        yield from data["rules"] if isinstance(data, dict) else data


def describe_form(value: Any) -> str:
    """Return how a value is written: text, number, list, or an object by its keys."""
    if isinstance(value, dict):
        return " ".join(sorted(value))
    if isinstance(value, list):
        return "list"
    return value if value == "never" else "text" if isinstance(value, str) else "number"


def list_shown() -> set[str]:
    found = set()
    for rule in iterate_rules():
        found |= {key if key in ("respond", "raw") else f"{key}: {describe_form(value)}" for key, value in rule.items()}
        found |= {f"match {key}" for key in rule["match"]}
        found |= {f"matched by {describe_form(value)}" for value in rule["match"].values()}
        verdict = rule.get("verdict")
        if isinstance(verdict, dict):
            found |= {f"finding with {key}" for each in verdict.get("findings", ()) for key in each}
        elif verdict:
            found.add("verdict scene/label" if "/" in verdict else "verdict in one word")
    return found


SHOWN = list_shown()


@pytest.mark.parametrize(
    "wanted",
    [
        # What a rule may say.
        *("verdict in one word", "verdict scene/label", "verdict: findings", "finding with contexts"),
        *("finding with scene", "finding with label", "finding with suggestion", "finding with rate"),
        *("error: text", "error: number", "fault: text", "fault: bytes_per_second name", "respond", "raw"),
        *("delay: number", "delay: max min", "delay: never", "callback: text", "callback: after"),
        *("times: number", "name: text"),
        # What it may look for, and how.
        *("match provider", "match operation", "match url", "match text", "match sha256", "match filename"),
        *("match data_id", "match via", "match marker", "match format", "match width", "match height"),
        *("matched by text", "matched by number", "matched by list", "matched by contains", "matched by equals"),
        *("matched by prefix", "matched by glob", "matched by regex", "matched by min", "matched by max min"),
    ],
)
def test_every_form_of_a_rule_is_shown(wanted: str) -> None:
    assert wanted in SHOWN
