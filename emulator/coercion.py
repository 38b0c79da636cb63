"""Coercion: values of another type than the schema has are read as the JSON parsers of the services read them.

Callers in production send a number for a text, a text for a number, and one value where a list belongs. They send null
for what they leave out. That the services accept these is known from such callers (WeChat `"version": "2"`; Green
`dataId` as a number, `scenes` as one text), not from a document. A value that fits no type of the schema stays as it
came.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

_MISSING = object()
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def coerce(value: Any, schema: object) -> Any:
    """Return `value` with its members in the types that `schema` names for them, where they can be read so.

    The type of `value` itself does not change.
    """
    if not isinstance(schema, Mapping):
        return value
    for branch in schema.get("allOf", ()):
        value = coerce(value, branch)
    if isinstance(value, list) and "items" in schema:
        return [_coerce_member(item, schema["items"]) for item in value]
    if isinstance(value, dict) and (properties := schema.get("properties")):
        return dict(_iterate_members(value, properties))
    return value


def _iterate_members(value: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the members of an object, without those that are null although their schema has no null."""
    for name, member in value.items():
        schema = properties.get(name)
        if schema is None:
            yield name, member
        elif member is not None or _has_null(schema):
            yield name, _coerce_member(member, schema)


def _coerce_member(value: Any, schema: object) -> Any:
    kinds = schema.get("type", ()) if isinstance(schema, Mapping) else ()
    return coerce(_convert(value, (kinds,) if isinstance(kinds, str) else tuple(kinds)), schema)


def _has_null(schema: object) -> bool:
    kinds = schema.get("type", "null") if isinstance(schema, Mapping) else "null"
    return "null" in kinds


def _convert(value: Any, kinds: tuple[str, ...]) -> Any:
    """Return the value in the first of these types that it can be read as.

    Return it as it came if it already has one of the types, or fits none.
    """
    if not kinds or value is None or any(_has_type(value, kind) for kind in kinds):
        return value
    for kind in kinds:
        if kind in _CONVERTERS and (converted := _CONVERTERS[kind](value)) is not _MISSING:
            return converted
    return value


def _has_type(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _PYTHON_TYPES[kind])


_PYTHON_TYPES: Mapping[str, Any] = {
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


def _convert_to_text(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, int | float) and abs(value) < 2**63 else _MISSING


def _convert_to_number(value: Any) -> Any:
    """Read a JSON number inside a text, as `"2"` or `"62.5"`."""
    if not isinstance(value, str):
        return _MISSING
    try:
        number = orjson.loads(value)
    except orjson.JSONDecodeError:
        return _MISSING
    return number if isinstance(number, int | float) and not isinstance(number, bool) else _MISSING


def _convert_to_boolean(value: Any) -> Any:
    return _BOOLEANS.get(str(value).lower(), _MISSING) if isinstance(value, str | int) else _MISSING


_CONVERTERS: Mapping[str, Callable[[Any], Any]] = {
    "string": _convert_to_text,
    "integer": _convert_to_number,
    "number": _convert_to_number,
    "boolean": _convert_to_boolean,
    "array": lambda value: [value],
}
