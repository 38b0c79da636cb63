"""The schema of settings: that of the file, with the names that providers bring."""

from copy import deepcopy
from functools import cache

from emulator.schemas import Schema, load_schema


@cache
def load_settings_schema(operations: tuple[str, ...]) -> Schema:
    """Return the schema of settings in which each of these operations may have a latency of its own."""
    document = deepcopy(dict(load_schema("emulator/config").document))
    document["properties"]["latency"]["properties"]["operations"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {"$ref": "#/$defs/latency"} for name in operations},
    }
    return Schema(document)
