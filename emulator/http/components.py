"""Schema files as components of an OpenAPI document."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from emulator.config.provided import ProvidedSettings
from emulator.config.schema import load_settings_schema
from emulator.control import Route
from emulator.schemas import load_schema

Json = dict[str, Any]


def build_control_components(routes: Iterable[Route], provided: ProvidedSettings) -> dict[str, Json]:
    """Return what the control API answers, and the bodies that it takes, as components."""
    components: dict[str, Json] = {}
    for folder in ("emulator", *sorted({folder for route in routes for folder in _list_answer_folders(route)})):
        components |= build_components("", load_schema(f"{folder}/answers").document)
    components["Account"]["required"] += provided.credentials
    components["Account"]["properties"] |= {name: {"type": "object"} for name in provided.credentials}
    for name in {route.body.partition("#")[0] for route in routes if route.body}:
        schema = load_settings_schema(provided) if name == "config" else load_schema(get_schema_name(name))
        components |= build_components(name.rpartition("/")[2], schema.document)
    return components


def _list_answer_folders(route: Route) -> set[str]:
    """Return the folders of the providers in whose answers.json the answers of a route are."""
    names = (name for answer in route.answers.values() for name in answer.split())
    return {name.partition("/")[0] for name in names if "/" in name and not is_media_type(name)}


def is_media_type(name: str) -> bool:
    """Return whether the name of an answer is a media type: `acme/Key` is none, its last part is a definition."""
    return "/" in name and not name.rpartition("/")[2][0].isupper()


def get_schema_name(name: str) -> str:
    """Return the whole name of the schema that a route names: of the emulator's own, or `acme/key` of a provider."""
    return name if "/" in name else f"emulator/{name}"


def make_reference(name: str) -> Json:
    """Return a reference to the component of this name, where the folder of a provider makes no difference."""
    return {"$ref": f"#/components/schemas/{name.rpartition('/')[2]}"}


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
