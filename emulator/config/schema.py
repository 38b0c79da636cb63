"""The schema of settings: that of the file, with what providers add."""

from collections.abc import Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any

from emulator.config.model import Pace
from emulator.config.provided import ProvidedSettings, Wait
from emulator.schemas import Schema, load_schema

_ADDITIONS = 8  # different sets of providers, of which tests have several


@lru_cache(_ADDITIONS)
def load_settings_schema(provided: ProvidedSettings) -> Schema:
    """Return the schema of settings."""
    document = deepcopy(dict(load_schema("emulator/config").document))
    properties, definitions = document["properties"], document["$defs"]
    properties["latency"]["properties"]["operations"] = _build_object(
        {name: {"$ref": "#/$defs/latency"} for name in provided.operations}
    )
    properties["limits"] = _build_object(
        {
            name: _build_object({limit: {"$ref": "#/$defs/limit"} for limit in limits})
            for name, limits in provided.limits.items()
        }
    )
    properties["waits"] = _build_object({name: _build_wait(wait) for name, wait in provided.waits.items()})
    callbacks = properties["callbacks"]["properties"]
    pace = _build_object({name: callbacks[name] for name in Pace._fields})
    callbacks |= dict.fromkeys(provided.pushing, pace)
    for name in provided.sections:
        properties[name] = _load_part(f"{name}/settings", definitions)
    for name in provided.credentials:
        definitions["account"]["properties"][name] = _load_part(f"{name}/credentials", definitions)
    return Schema(document)


@lru_cache(_ADDITIONS)
def load_account_schema(provided: ProvidedSettings) -> Schema:
    """Return the schema of one account in the settings."""
    definitions = load_settings_schema(provided).document["$defs"]
    return Schema({**definitions["account"], "$defs": definitions})


def list_reserved_names() -> set[str]:
    """Return the names that stand in the settings beside names of providers and of credentials."""
    document = load_schema("emulator/config").document
    properties = document["properties"]
    fixed = (properties, properties["callbacks"]["properties"], document["$defs"]["account"]["properties"])
    return {"id", "source", "emulator", "limits", "waits", *(name for each in fixed for name in each)}


def _build_object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": dict(properties)}


def _build_wait(wait: Wait) -> dict[str, Any]:
    return {"type": "integer" if wait.is_whole else "number", "minimum": wait.minimum, "maximum": wait.maximum}


def _load_part(name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema in a file as a part of another, into whose definitions its own are moved."""
    part = deepcopy(dict(load_schema(name).document))
    definitions |= part.pop("$defs", {})
    return {key: value for key, value in part.items() if key not in ("$schema", "title")}
