"""Whatever is demanded, answered or refused with says what it rests on: `documented`, `captured` or `ours`."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from emulator.assets import SCHEMAS
from emulator.discovery import find_providers
from emulator.provider import Provider
from tests.evidence.facts import (
    CONSTRAINING,
    KINDS,
    Source,
    iterate_constraints,
    iterate_fields,
    iterate_limits,
    parse_sources,
)
from tests.evidence.page import render_constraint
from tests.evidence.words import CHINESE, ENGLISH

PROVIDERS = find_providers()
OPERATIONS = [(provider.name, name) for provider in PROVIDERS.values() for name in provider.operations]
of_each_operation = pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
of_each_provider = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=lambda provider: provider.name)


def load_schema(provider: str, operation: str, side: str) -> Any:
    file = SCHEMAS / provider / f"{operation.replace('/', '_')}.{side}.json"
    return json.loads(file.read_text(encoding="utf-8"))


def has_sources(text: str) -> bool:
    """Return whether each source begins with one of the words, followed by where or why."""
    return all(own.kind in KINDS and len(own.where) > 5 for own in parse_sources(text))


def iterate_annotations(node: Any, path: str = "$") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every schema that has an `x-source`, and where it lies."""
    if isinstance(node, dict):
        if "x-source" in node:
            yield path, node
        for key, value in node.items():
            if key != "x-source":
                yield from iterate_annotations(value, f"{path}.{key}")
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from iterate_annotations(item, f"{path}[{index}]")


@of_each_operation
def test_every_constraint_of_a_request_has_a_source(provider: str, operation: str) -> None:
    found = iterate_constraints(load_schema(provider, operation, "request"))
    assert not [
        render_constraint(each, ENGLISH) for each in found if each.keyword != "type" and not each.sources[0].kind
    ]


@of_each_operation
def test_an_answer_has_a_source_at_its_root(provider: str, operation: str) -> None:
    found = load_schema(provider, operation, "response").get("x-source", "")
    assert has_sources(found), found


@of_each_operation
@pytest.mark.parametrize("side", ["request", "response"])
def test_a_source_of_a_schema_can_be_read_and_is_of_what_is_there(provider: str, operation: str, side: str) -> None:
    for path, node in iterate_annotations(load_schema(provider, operation, side)):
        found = node["x-source"]
        for text in found.values() if isinstance(found, dict) else [found]:
            assert has_sources(text), f"{path}: {text}"
        for key in found if isinstance(found, dict) else ():
            keyword, _, name = key.partition(".")
            assert keyword in node, f"{path}: {key}"
            assert not name or (keyword == "required" and name in node["required"]), f"{path}: {key}"


@of_each_provider
def test_an_error_row_has_a_source(provider: Provider) -> None:
    assert not {row.source: row.code for row in provider.errors.rows if not has_sources(row.source)}


@of_each_provider
def test_a_quirk_has_a_source(provider: Provider) -> None:
    assert not {quirk.name: quirk.source for quirk in provider.quirks if not has_sources(quirk.source)}


@of_each_operation
def test_limits_of_pictures_and_timeouts_have_a_source(provider: str, operation: str) -> None:
    found = iterate_limits(PROVIDERS[provider].operations[operation])
    assert not [each for each in found if not each.sources[0].kind]


# -- that what is missing is seen

REQUEST: dict[str, Any] = {
    "type": "object",
    "required": ["a", "b"],
    "x-source": {"required": "documented: page one", "required.b": "ours: for order"},
    "properties": {
        "a": {"type": "string", "minLength": 1},
        "b": {"type": "array", "maxItems": 3, "x-source": "captured: page two", "items": {"$ref": "#/$defs/item"}},
        "c": {"not": {"pattern": "x"}, "x-source": "Documented: page three"},
    },
    "allOf": [
        {
            "if": {"required": ["c"], "properties": {"c": {"type": "string", "const": 2}}},
            "then": {"required": ["d"], "properties": {"d": {"maximum": 9, "x-source": "ours: memory"}}},
            "else": {"required": ["e"]},
            "x-source": {"if": "documented: page five; captured: answers"},
        }
    ],
    "$defs": {
        "item": {
            "x-source": {"anyOf": "documented: page four"},
            "anyOf": [{"type": "object", "required": ["e"], "properties": {"e": {"enum": [1, 2]}}}, {"const": "f|g"}],
        }
    },
}
DEMANDED = [
    ("`a` is required", "documented", "`a` 必填"),
    ("`b` is required", "ours", "`b` 必填"),
    ("length of `a` ≥ 1", "", "`a` 的长度 ≥ 1"),
    ("entries of `b` ≤ 3", "captured", "`b` 的项数 ≤ 3"),
    ("`b[]` has one of 2 forms", "documented", "`b[]` 是 2 种形式之一"),
    ("`b[].e` is required", "documented", "`b[].e` 必填"),
    ("`b[].e` is one of `1` `2`", "", "`b[].e` 是 `1` `2` 之一"),
    ("`b[]` is `f\\|g`", "documented", "`b[]` 是 `f\\|g`"),
    ("not (`c` matches `x`)", "", "不允许（`c` 匹配 `x`）"),
    ("if `c` is `2`: `d` is required", "documented captured", "如果 `c` 是 `2`：`d` 必填"),
    ("if `c` is `2`: `d` ≤ 9", "ours", "如果 `c` 是 `2`：`d` ≤ 9"),
    ("unless `c` is `2`: `e` is required", "documented captured", "除非 `c` 是 `2`：`e` 必填"),
]


def test_each_constraint_is_found_with_its_own_source() -> None:
    found = [each for each in iterate_constraints(REQUEST) if each.keyword != "type"]
    result = [
        (render_constraint(each, ENGLISH), " ".join(own.kind for own in each.sources), render_constraint(each, CHINESE))
        for each in found
    ]
    assert result == DEMANDED


@pytest.mark.parametrize("keyword", sorted(CONSTRAINING - {"required"}))
def test_no_constraining_keyword_is_read_past(keyword: str) -> None:
    value: Any = (
        {"a": ["b"]} if keyword.startswith("dependent") else [] if keyword in ("anyOf", "oneOf", "enum") else {}
    )
    found = list(iterate_constraints({"properties": {"a": {keyword: value}}}))
    assert [(each.path, each.keyword, each.sources) for each in found] == [("a", keyword, (Source("", ""),))]


def test_a_field_of_an_answer_has_the_nearest_source() -> None:
    answer = {
        "x-source": "documented: page",
        "properties": {
            "a": {"type": "string"},
            "b": {"type": "array", "items": {"$ref": "#/$defs/b"}, "x-source": "captured: answers of 2021"},
        },
        "allOf": [{"if": {"required": ["a"]}, "then": {"required": ["b"], "properties": {"b": {"minItems": 1}}}}],
        "$defs": {"b": {"properties": {"c": {}, "d": {"x-source": "ours: an id"}}}},
    }
    assert [(each.path, each.sources[0].kind) for each in iterate_fields(answer)] == [
        ("a", "documented"),
        ("b[].c", "captured"),
        ("b[].d", "ours"),
    ]


@pytest.mark.parametrize("text", ["", "documented", "documents: a page", "Captured: an answer", "our choice: none"])
def test_a_source_begins_with_one_of_the_three_words(text: str) -> None:
    assert parse_sources(text) == (Source("", text),)
    assert not has_sources(text)
    assert not has_sources(f"ours: {text[:3]}")


def test_a_fact_may_have_more_than_one_source() -> None:
    found = parse_sources("documented: a page; and another; captured: an answer: 40001;ours: the rest")
    assert found == (
        Source("documented", "a page; and another"),
        Source("captured", "an answer: 40001"),
        Source("ours", "the rest"),
    )
    assert not has_sources("documented: a page; captured: ")
