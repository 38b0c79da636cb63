"""Problems: what is told of a mistake, with what was expected and what came instead."""

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from emulator.vocabulary import Problem

if TYPE_CHECKING:
    from jsonschema import ValidationError

_LISTED = 20  # names told in one problem
_SHOWN = 80  # characters of a value
_WRITER = json.JSONEncoder(ensure_ascii=False, default=str)


def deepest(error: "ValidationError") -> Iterator["ValidationError"]:
    """Yield what helps: an `anyOf` says little, so what is wrong in its branch that has the right type."""
    if error.validator not in ("anyOf", "oneOf") or not error.context:
        yield error
        return
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    fitting = [errors for errors in branches.values() if not any(map(_meant_for_another, errors))]
    if len(fitting) != 1:
        yield error
        return
    for inner in fitting[0]:
        yield from deepest(inner)


def _meant_for_another(error: "ValidationError") -> bool:
    """Whether a branch fails for the kind of the value as a whole, and so says nothing of what is wrong inside."""
    if error.path:
        return False
    if error.validator == "enum":
        choices: Any = error.validator_value
        return type(error.instance) not in map(type, choices)
    return error.validator in ("type", "const")


def missing(error: "ValidationError") -> str:
    """Return the key that a `required` misses; each has an error of its own, which only its message tells apart."""
    names: Any = error.validator_value
    instance: Any = error.instance
    missing = [str(name) for name in names if name not in instance]
    return next((name for name in missing if error.message.startswith(repr(name))), missing[0])


def explained(error: "ValidationError", *, ours: bool) -> Iterator[Problem]:
    """Tell what is wrong: one problem, or one for each unknown key. The description in a schema of `ours` is written as
    what is expected there; that in the schema of a provider's call is about the call.
    """
    path = error.json_path
    value, limit, rules = error.instance, error.validator_value, error.schema
    if error.validator == "additionalProperties" and isinstance(value, Mapping) and isinstance(rules, Mapping):
        known = sorted(rules.get("properties", {}))
        for key in value:
            if key not in known:
                yield Problem(f"{path}.{key}", choice(key, known), shown(key))
    elif error.validator == "required":
        yield Problem(path, f"a key {missing(error)}", shown(value))
    else:
        yield Problem(path, (ours and _described(error)) or _expected(str(error.validator), limit), shown(value))


_EXPECTED = {
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


def _described(error: "ValidationError") -> str:
    """The description that stands beside the broken rule, unless the rule itself says more."""
    told = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
    return "" if error.validator in ("enum", "maximum", "minimum") else str(told)


def _expected(keyword: str, limit: Any) -> str:
    between = " or " if keyword == "type" else ", "
    words = between.join(map(str, limit)) if isinstance(limit, list) else limit
    return _EXPECTED.get(keyword, f"what {keyword} demands").format(words)


def choice(got: str, names: Iterable[str]) -> str:
    """Tell what was expected where one of `names` was, first the nearest to what came."""
    listed = list(dict.fromkeys(names))
    if not listed:
        return "nothing here"
    near = get_close_matches(got, listed, 1)
    if near:
        listed.remove(near[0])
        listed.insert(0, f"{near[0]} (did you mean {near[0]}?)")
    return "one of " + ", ".join(listed[:_LISTED]) + (f", ... ({len(listed)} in all)" if len(listed) > _LISTED else "")


def shown(value: object) -> str:
    """Return a value short enough for a message; of a long one no more is written than is shown."""
    text = ""
    for part in _WRITER.iterencode(value[: _SHOWN + 1] if isinstance(value, str) else value):
        text += part
        if len(text) > _SHOWN:
            return f"{text[: _SHOWN - 3]}..."
    return text


def repeated(values: Iterable[str]) -> str | None:
    """Return the first value that was there before; None when each is there once."""
    known: set[str] = set()
    for value in values:
        if value in known:
            return value
        known.add(value)
    return None


def beyond(limit: str, most: int, used: int) -> str:
    """Return why a quota of calls per second refuses: the limit by its name in the settings, and how much is used."""
    return f"limits.{limit} is {most}, and this is call {used} of the second; `false` lifts the limit."
