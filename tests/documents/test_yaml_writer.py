"""Data written as YAML is read again as the same data, by our reader and by others'."""

import math
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.documents import parse
from emulator.documents.yaml_writer import write_yaml

ODD = ["", " ", "a: b", "- a", "# a", "'", '"', "\\", "\n", "a\r\nb", "\t"]
UNPRINTABLE = ["\x00", "\x7f", "\x85", "\u2028", "\ufeff", "\ufffe"]
WORDS = ["true", "No", "on", "NULL", "~", "null", "y", "2026-01-01", "12:30:45", "1e5", "0x1f", "1_000", ".inf", "---"]
SPECIAL = [*ODD, *UNPRINTABLE, *WORDS, "加我支付宝", "😀"]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(SPECIAL)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def is_same(one: Any, other: Any) -> bool:
    """Equal, and of the same kinds: 1 is neither 1.0 nor true."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other) and (not isinstance(one, float) or math.copysign(1, one) == math.copysign(1, other))


@settings(max_examples=400, deadline=None)
@given(st.lists(PLAIN, max_size=4))
def test_what_is_written_is_read_again(items: list[Any]) -> None:
    text = write_yaml(items)
    assert is_same(parse(text, "").data, items)
    assert is_same(yaml.safe_load(text), items)


@pytest.mark.parametrize("text", [*SPECIAL, "a" * 5000, "中" * 2000])
def test_any_text_as_a_value_and_as_a_key(text: str) -> None:
    items = [text, {text: text}, [[text]], {"a": {text: [text]}}, {text: {}}]
    assert is_same(parse(write_yaml(items), "").data, items)


def test_it_is_written_as_people_write_it() -> None:
    rule = {"name": "夜间 测试", "match": {"url": {"glob": "https://*.test/*"}}, "verdict": "porn/sexy", "times": 2}
    assert write_yaml([rule, {"match": {}, "delay": 0.5, "respond": {"a": [], "b": [1, {"c": None}]}}]) == (
        '- name: "夜间 测试"\n'
        "  match:\n"
        "    url:\n"
        '      glob: "https://*.test/*"\n'
        "  verdict: porn/sexy\n"
        "  times: 2\n"
        "- match: {}\n"
        "  delay: 0.5\n"
        "  respond:\n"
        "    a: []\n"
        "    b:\n"
        "      - 1\n"
        "      - c: null\n"
    )
    assert write_yaml([]) == "[]\n"


def test_of_any_depth_that_may_be_read() -> None:
    deep: Any = {}
    for _ in range(62):
        deep = {"a": deep}
    assert parse(write_yaml([deep]), "").data == [deep]
