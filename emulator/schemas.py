"""JSON Schemas: a call against its schema, where a broken rule names a documented code; our own files against theirs.

Compiled schemas say yes or no in a microsecond; only a no is explained by `jsonschema`, whose errors come in the order
in which keywords stand in the file. So the order of the file is the order of the checks.
"""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from emulator.assets import SCHEMAS
from emulator.vocabulary import Problem, Refusal

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_MOST = 20  # problems told at once


class Schema:
    """One schema file. `x-errors` maps a keyword, or `required.<name>`, to a documented code; `default` stands at the
    root for all others.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        _refuse_unknown_annotations(document)
        self.accepts = jsonschema_rs.Draft202012Validator(document).is_valid

    def check(self, params: object) -> None:
        """Refuse parameters that break the schema, with the code of the first rule broken."""
        try:
            if self.accepts(params):
                return
        except UnicodeEncodeError:  # a lone surrogate: no JSON text, so no schema can hold it
            raise Refusal(self._default, "A value is not valid Unicode.") from None
        error = next(self._explain.iter_errors(params), None)
        if error is None:  # the two disagree at most about odd characters, where the stricter one is right
            raise Refusal(self._default)
        number = next((step + 1 for step in error.absolute_path if isinstance(step, int)), None)
        raise Refusal(self._code(error), str(_problem(error)), n=number)

    def problems(self, data: object) -> list[Problem]:
        """Everything wrong with a document of ours, at most 20."""
        try:
            if self.accepts(data):
                return []
        except (UnicodeEncodeError, ValueError):
            return [Problem("$", "valid Unicode and numbers", "a lone surrogate or a number out of range")]
        errors = [deeper for error in self._explain.iter_errors(data) for deeper in _deepest(error)]
        return [_problem(error) for error in errors[:_MOST]] or [Problem("$", "a valid document", "something else")]

    @property
    def _default(self) -> str:
        return str(self.document["x-errors"]["default"])

    def _code(self, error: "ValidationError") -> str:
        named: Mapping[str, str] = error.schema.get("x-errors", {}) if isinstance(error.schema, Mapping) else {}
        keyword = str(error.validator)
        if keyword == "required":
            keyword = f"required.{_missing(error)}"
        return named.get(keyword, self._default)

    @cached_property
    def _explain(self) -> "Draft202012Validator":
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self.document)


@cache
def schema(name: str) -> Schema:
    """The schema in the file `name` under schemas/, without `.json`: `aliyun_imageaudit/ScanImage.request`."""
    return Schema(json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8")))


@cache
def of_request(provider: str, operation: str) -> Schema:
    """The schema of an operation's parameters; `/` in its name is `_` in the file's."""
    return schema(f"{provider}/{operation.replace('/', '_')}.request")


def _refuse_unknown_annotations(node: object) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            if key.startswith("x-") and key != "x-errors":
                raise ValueError(f"unknown annotation {key} in a schema")
            _refuse_unknown_annotations(value)
    elif isinstance(node, list):
        for item in node:
            _refuse_unknown_annotations(item)


def _deepest(error: "ValidationError") -> Iterator["ValidationError"]:
    """An `anyOf` says little: what helps is what is wrong in the branch that has the right type."""
    if error.validator not in ("anyOf", "oneOf") or not error.context:
        yield error
        return
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    fitting = [errors for errors in branches.values() if not any(e.validator == "type" and not e.path for e in errors)]
    if len(fitting) != 1:
        yield error
        return
    for inner in fitting[0]:
        yield from _deepest(inner)


def _missing(error: "ValidationError") -> str:
    names: Any = error.validator_value
    instance: Any = error.instance
    return next(str(name) for name in names if name not in instance)


def _problem(error: "ValidationError") -> Problem:
    path = error.json_path
    value, limit, rules = error.instance, error.validator_value, error.schema
    if error.validator == "additionalProperties" and isinstance(value, Mapping) and isinstance(rules, Mapping):
        known = sorted(rules.get("properties", {}))
        key = next(key for key in value if key not in known)
        near = get_close_matches(str(key), known, 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        return Problem(f"{path}.{key}", f"one of {', '.join(known)}{hint}", shown(key))
    if error.validator == "required":
        return Problem(path, f"a key {_missing(error)}", shown(value))
    return Problem(path, _expected(str(error.validator), limit, rules), shown(value))


def _expected(keyword: str, limit: Any, rules: Any) -> str:
    told = rules.get("description") if isinstance(rules, Mapping) else None
    if told and keyword not in ("enum", "maximum", "minimum"):
        return str(told)
    simple = {
        "type": f"{' or '.join(limit) if isinstance(limit, list) else limit}",
        "enum": f"one of {', '.join(map(str, limit)) if isinstance(limit, list) else limit}",
        "const": f"{limit!r}",
        "minimum": f"at least {limit}",
        "maximum": f"at most {limit}",
        "exclusiveMinimum": f"more than {limit}",
        "minItems": f"at least {limit} entries",
        "maxItems": f"at most {limit} entries",
        "minLength": f"at least {limit} characters",
        "maxLength": f"at most {limit} characters",
        "minProperties": f"at least {limit} keys",
        "maxProperties": f"at most {limit} keys",
        "pattern": f"text like {limit}",
        "uniqueItems": "no entry twice",
        "not": "none of the characters or keys that are refused here",
        "anyOf": "another type of value",
        "oneOf": "exactly one of the alternatives",
    }
    return simple.get(keyword, f"what {keyword} demands")


def shown(value: object) -> str:
    """A value short enough for a message."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."
