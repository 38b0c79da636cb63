"""Problems: what is told of a mistake, with what was expected and what came instead."""

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from emulator.types import Problem

if TYPE_CHECKING:
    from jsonschema import ValidationError

_MAX_NAMES = 20  # names told in one problem
_MAX_LENGTH = 80  # characters of a value
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)


def iterate_deepest_errors(error: "ValidationError") -> Iterator["ValidationError"]:
    """Yield what helps: an `anyOf` says little, so what is wrong in its branch that has the right type."""
    if error.validator not in ("anyOf", "oneOf") or not error.context:
        yield error
        return
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    fitting = [errors for errors in branches.values() if not any(map(_is_type_mismatch, errors))]
    if len(fitting) != 1:
        yield error
        return
    for inner in fitting[0]:
        yield from iterate_deepest_errors(inner)


def _is_type_mismatch(error: "ValidationError") -> bool:
    """Whether a branch fails for the kind of the value as a whole, and so says nothing of what is wrong inside."""
    if error.path:
        return False
    if error.validator == "enum":
        choices: Any = error.validator_value
        return type(error.instance) not in map(type, choices)
    return error.validator in ("type", "const")


def find_missing_key(error: "ValidationError") -> str:
    """Return the key that a `required` misses; each has an error of its own, which only its message tells apart."""
    names: Any = error.validator_value
    instance: Any = error.instance
    absent = [str(name) for name in names if name not in instance]
    return next((name for name in absent if error.message.startswith(repr(name))), absent[0])


def explain_error(error: "ValidationError", *, use_description: bool) -> Iterator[Problem]:
    """Tell what is wrong: one problem, or one for each unknown key. The description in a schema of `ours` is written as
    what is expected there; that in the schema of a provider's call is about the call.
    """
    path = error.json_path
    value, limit, schema = error.instance, error.validator_value, error.schema
    if error.validator == "additionalProperties" and isinstance(value, Mapping) and isinstance(schema, Mapping):
        known = sorted(schema.get("properties", {}))
        for key in value:
            if key not in known:
                yield Problem(f"{path}.{key}", format_choices(key, known), shorten(key))
    elif error.validator == "required":
        yield Problem(path, f"a key {find_missing_key(error)}", shorten(value))
    else:
        yield Problem(
            path,
            (use_description and _find_description(error)) or _describe_expectation(str(error.validator), limit),
            shorten(value),
        )


_EXPECTATIONS = {
    "type": "{}",
    "enum": "one of {}",
    "const": "{}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minProperties": "at least {} keys",
    "maxProperties": "at most {} keys",
    "pattern": "text like {}",
    "uniqueItems": "no entry twice",
    "not": "none of the characters or keys that are refused here",
    "anyOf": "another type of value",
    "oneOf": "exactly one of the alternatives",
}


def _find_description(error: "ValidationError") -> str:
    """The description that stands beside the broken rule, unless the rule itself says more."""
    description = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
    return "" if error.validator in ("enum", "maximum", "minimum") else str(description)


def _describe_expectation(keyword: str, limit: Any) -> str:
    between = " or " if keyword == "type" else ", "
    words = between.join(map(str, limit)) if isinstance(limit, list) else limit
    return _EXPECTATIONS.get(keyword, f"what {keyword} demands").format(words)


def format_choices(got: str, names: Iterable[str]) -> str:
    """Tell what was expected where one of `names` was, first the nearest to what came."""
    choices = list(dict.fromkeys(names))
    if not choices:
        return "nothing here"
    near = get_close_matches(got, choices, 1)
    if near:
        choices.remove(near[0])
        choices.insert(0, f"{near[0]} (did you mean {near[0]}?)")
    return (
        "one of "
        + ", ".join(choices[:_MAX_NAMES])
        + (f", ... ({len(choices)} in all)" if len(choices) > _MAX_NAMES else "")
    )


def shorten(value: object) -> str:
    """Return a value short enough for a message; of a long one no more is written than is shown."""
    text = ""
    for part in _ENCODER.iterencode(value[: _MAX_LENGTH + 1] if isinstance(value, str) else value):
        text += part
        if len(text) > _MAX_LENGTH:
            return f"{text[: _MAX_LENGTH - 3]}..."
    return text


def find_duplicate(values: Iterable[str]) -> str | None:
    """Return the first value that was there before; None when each is there once."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def explain_quota(limit: str, maximum: int, used: int) -> str:
    """Return why a quota of calls per second refuses: the limit by its name in the settings, and how much is used."""
    return f"limits.{limit} is {maximum}, and this is call {used} of the second; `false` lifts the limit."
