"""Problems: what a message says about a mistake, with what was expected and what came instead."""

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from emulator.types import Problem

if TYPE_CHECKING:
    from jsonschema import ValidationError

_MAX_NAMES = 20  # names listed in one problem
_MAX_LENGTH = 80  # characters of a value
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)


def iterate_deepest_errors(error: "ValidationError") -> Iterator["ValidationError"]:
    """Yield the errors that help. An error of `anyOf` says little, so those of its branch with the right type follow.

    Without such a branch, or with several, the error itself is yielded.
    """
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
    """Return whether a branch fails for the type of the whole value, and so says nothing about errors inside it."""
    if error.path:
        return False
    if error.validator == "enum":
        choices: Any = error.validator_value
        return type(error.instance) not in map(type, choices)
    return error.validator in ("type", "const")


def find_missing_key(error: "ValidationError") -> str:
    """Return the key that a `required` misses. Each such key has its own error, and only the message names the key."""
    names: Any = error.validator_value
    instance: Any = error.instance
    absent = [str(name) for name in names if name not in instance]
    return next((name for name in absent if error.message.startswith(repr(name))), absent[0])


def explain_error(error: "ValidationError", *, use_description: bool) -> Iterator[Problem]:
    """Yield what is wrong: one problem, or one for each unknown key.

    With `use_description`, the description in the schema says what was expected. In the emulator's own schemas it is
    written for that; in the schema of a provider's call it is about the call.
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
    """Return the description beside the broken rule; an empty text where the rule itself says more."""
    description = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
    return "" if error.validator in ("enum", "maximum", "minimum") else str(description)


def _describe_expectation(keyword: str, limit: Any) -> str:
    between = " or " if keyword == "type" else ", "
    words = between.join(map(str, limit)) if isinstance(limit, list) else limit
    return _EXPECTATIONS.get(keyword, f"what {keyword} demands").format(words)


def format_choices(got: str, names: Iterable[str]) -> str:
    """Return that one of `names` was expected, the one nearest to `got` first."""
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
    """Return a value as JSON short enough for a message. A long value is encoded only as far as it is shown."""
    text = ""
    for part in _ENCODER.iterencode(value[: _MAX_LENGTH + 1] if isinstance(value, str) else value):
        text += part
        if len(text) > _MAX_LENGTH:
            return f"{text[: _MAX_LENGTH - 3]}..."
    return text


def find_duplicate(values: Iterable[str]) -> str | None:
    """Return the first value that occurs for the second time; None when each occurs once."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def explain_quota(limit: str, maximum: int, used: int) -> str:
    """Return why a quota of calls per second refuses: the limit's name in the settings, and how much is used."""
    return f"limits.{limit} is {maximum}, and this is call {used} of the second; `false` lifts the limit."
