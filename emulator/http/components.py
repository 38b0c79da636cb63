"""Schema files as components of an OpenAPI document."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

Json = dict[str, Any]


def make_reference(name: str) -> Json:
    """Return a reference to the component of this name."""
    return {"$ref": f"#/components/schemas/{name}"}


def build_components(name: str, json_schema: Mapping[str, Any]) -> Json:
    """Return a schema file as components: the schema as `name`, each of its definitions as `name.definition`.

    Without a name, only the definitions are returned, under their own names.
    """
    moved = move_references(deepcopy(dict(json_schema)), f"{name}." if name else "")
    moved.pop("$schema")
    parts = {f"{name}.{key}" if name else key: part for key, part in moved.pop("$defs", {}).items()}
    return parts | ({name: moved} if name else {})


def move_references(node: Any, prefix: str) -> Any:
    """Return a part of a schema, with its references pointing to the definitions as components."""
    if isinstance(node, list):
        return [move_references(each, prefix) for each in node]
    if not isinstance(node, dict):
        return node
    moved = {key: move_references(value, prefix) for key, value in node.items()}
    if isinstance(target := node.get("$ref"), str):
        moved["$ref"] = target.replace("#/$defs/", f"#/components/schemas/{prefix}")
    return moved
