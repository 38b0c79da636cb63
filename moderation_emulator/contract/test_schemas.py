"""The schemas themselves: valid, without misspelt keywords, and with codes only where a keyword can be broken."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from emulator.assets import SCHEMAS, list_folders
from emulator.error_types import Refusal
from emulator.schemas import Schema, load_schema
from moderation_emulator.contract.kit import PROVIDERS

NAMES = {name for own in PROVIDERS.values() for name in (own.name, own.credentials.name)}
FILES = sorted(file for folder in list_folders(SCHEMAS) for name in NAMES for file in (folder / name).glob("*.json"))
REQUESTS = [file for file in FILES if file.name.endswith(".request.json")]

ONE = frozenset({"items", "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else"})
MANY = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
BY_NAME = frozenset({"properties", "patternProperties", "$defs", "dependentSchemas"})
REMARKS = frozenset({"$schema", "$id", "title", "description", "examples", "default", "x-errors", "x-source"})
KNOWN = ONE | MANY | BY_NAME | REMARKS | frozenset(Draft202012Validator.VALIDATORS)


def format_name(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def load(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def iterate_nodes(node: Any, path: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema inside a schema."""
    if not isinstance(node, dict):
        assert isinstance(node, bool), f"{path} is no schema"
        return
    yield path, node
    for key, value in node.items():
        if key in ONE:
            yield from iterate_nodes(value, f"{path}.{key}")
        elif key in MANY:
            for index, inner in enumerate(value):
                yield from iterate_nodes(inner, f"{path}.{key}[{index}]")
        elif key in BY_NAME:
            for name, inner in value.items():
                yield from iterate_nodes(inner, f"{path}.{key}.{name}")


def test_there_are_schemas() -> None:
    assert len(REQUESTS) == sum(len(provider.operations) for provider in PROVIDERS.values())


@pytest.mark.parametrize("file", FILES, ids=format_name)
def test_valid_by_draft_2020_12(file: Path) -> None:
    document = load(file)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["title"]
    Draft202012Validator.check_schema(document)


@pytest.mark.parametrize("file", FILES, ids=format_name)
def test_no_unknown_keyword(file: Path) -> None:
    for path, node in iterate_nodes(load(file)):
        assert not node.keys() - KNOWN, path


@pytest.mark.parametrize("file", FILES, ids=format_name)
def test_every_required_key_is_described_and_every_reference_leads_somewhere(file: Path) -> None:
    document = load(file)
    for path, node in iterate_nodes(document):
        if "properties" in node and "allOf" not in node:
            assert set(node.get("required", ())) <= set(node["properties"]), path
        if "$ref" in node:
            assert node["$ref"].removeprefix("#/$defs/") in document["$defs"], path


@pytest.mark.parametrize("file", FILES, ids=format_name)
def test_codes_stand_only_in_requests_and_only_for_keywords_that_are_there(file: Path) -> None:
    document = load(file)
    for path, node in iterate_nodes(document):
        if "x-errors" in node:
            assert file in REQUESTS
            for key in node["x-errors"]:
                keyword, _, name = key.partition(".")
                if keyword == "required":
                    assert name in node["required"], f"{path}: {key}"
                else:
                    assert key in node or (key == "default" and path == "$"), f"{path}: {key}"
    assert (file in REQUESTS) == ("default" in document.get("x-errors", {}))


@pytest.mark.parametrize("file", REQUESTS, ids=format_name)
def test_requests_are_objects_or_lists_that_forbid_nothing_unknown(file: Path) -> None:
    """The services ignore parameters they do not know; so a client may be newer than the document."""
    document = load(file)
    assert document["type"] in ("object", "array", ["object", "array"])
    for path, node in iterate_nodes(document):
        assert node.get("additionalProperties", True) is True, path


@pytest.mark.parametrize("file", FILES, ids=format_name)
def test_both_validators_take_it(file: Path) -> None:
    loaded = load_schema(f"{file.parent.name}/{file.stem}")
    assert loaded.document == load(file)
    assert not loaded.is_valid("no document of ours is a text")


@pytest.mark.parametrize("file", REQUESTS, ids=format_name)
def test_what_a_schema_says_of_itself_is_never_told_as_what_was_expected(file: Path) -> None:
    """A description beside a rule of a provider's call is about the call, not about the value."""
    document = load(file)
    expected = {node["description"] for _path, node in iterate_nodes(document) if "description" in node}
    values: tuple[object, ...] = ([], None, "text", 1)
    details = [get_detail(Schema(document), wrong) for wrong in values]
    assert any(details)
    details += [get_detail(Schema(document), {name: [{}] for name in document.get("properties", {})})]
    assert not [each for each in expected if each in " ".join(details)]


def get_detail(checked: Schema, wrong: object) -> str:
    """Return why a value is refused; empty when it is accepted."""
    try:
        checked.validate(wrong)
    except Refusal as refusal:
        return refusal.detail
    return ""
