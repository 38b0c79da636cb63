"""JSON Schemas: a call against its schema, where a broken rule names a documented code; our own files against theirs.

Compiled schemas say yes or no in a microsecond; only a no is explained by `jsonschema`, whose errors come in the order
in which keywords stand in the file. So the order of the file is the order of the checks.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from emulator.assets import SCHEMAS
from emulator.vocabulary import Problem, Refusal

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_MOST = 20  # problems told at once
_LISTED = 20  # names told in one problem
_EXPLAINED = 101  # entries of a list in which mistakes are looked for: more than any list of ours may have
_SHOWN = 80  # characters of a value
_WRITER = json.JSONEncoder(ensure_ascii=False, default=str)


class Schema:
    """One schema file. `x-errors` maps a keyword, or `required.<name>`, to a documented code; `default` stands at the
    root for all others.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        _refuse_unknown_annotations(document)
        self.accepts = jsonschema_rs.Draft202012Validator(document).is_valid
        self._slow: Draft202012Validator | None = None  # by hand: a compiled class keeps no cached_property

    def check(self, params: object) -> None:
        """Refuse parameters that break the schema, with the code of the first rule broken."""
        try:
            if self.accepts(params):
                return
        except UnicodeEncodeError:  # a lone surrogate: no JSON text, so no schema can hold it
            raise Refusal(self._default, "A value is not valid Unicode.") from None
        try:
            broken = self._broken(params)
        except RecursionError:  # jsonschema writes out what it complains of
            raise Refusal(self._default, "It is nested too deeply.") from None
        raise broken

    def _broken(self, params: object) -> Refusal:
        """The refusal of the first rule that is broken."""
        error = next(self._explain.iter_errors(params), None)
        if error is None:  # the two disagree at most about odd characters, where the stricter one is right
            return Refusal(self._default)
        number = next((step + 1 for step in error.absolute_path if isinstance(step, int)), None)
        return Refusal(self._code(error), str(next(_problems(error))), n=number)

    def problems(self, data: object) -> list[Problem]:
        """Everything wrong with a document of ours, at most 20."""
        try:
            if self.accepts(data):
                return []
        except (TypeError, ValueError) as error:  # no JSON: a lone surrogate, a key that is no text, ...
            return [Problem("$", "plain JSON", str(error)[:120])]
        small = _pruned(data)
        errors = (deeper for error in self._explain.iter_errors(small) for deeper in _deepest(error))
        told: dict[Problem, None] = {}
        for problem in (problem for error in errors for problem in _problems(error)):
            told[problem] = None
            if len(told) == _MOST:
                break
        return list(told) or [Problem("$", "a valid document", f"a mistake behind the first {_EXPLAINED} entries")]

    @property
    def _default(self) -> str:
        return str(self.document["x-errors"]["default"])

    def _code(self, error: "ValidationError") -> str:
        named: Mapping[str, str] = error.schema.get("x-errors", {}) if isinstance(error.schema, Mapping) else {}
        keyword = str(error.validator)
        if keyword == "required":
            keyword = f"required.{_missing(error)}"
        return named.get(keyword, self._default)

    @property
    def _explain(self) -> "Draft202012Validator":
        if self._slow is None:
            from jsonschema import Draft202012Validator

            self._slow = Draft202012Validator(self.document)
        return self._slow


@cache
def schema(name: str) -> Schema:
    """The schema in the file `name` under schemas/, without `.json`: `aliyun_imageaudit/ScanImage.request`."""
    return Schema(json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8")))


@cache
def definition(name: str, part: str) -> Schema:
    """The schema of one definition inside a file: `definition("emulator/config", "account")`."""
    definitions = schema(name).document["$defs"]
    return Schema({**definitions[part], "$defs": definitions})


@cache
def of_request(provider: str, operation: str) -> Schema:
    """The schema of an operation's parameters; `/` in its name is `_` in the file's."""
    return schema(f"{provider}/{operation.replace('/', '_')}.request")


def of_answer(provider: str, operation: str) -> Schema:
    """The schema of what an operation answers when all is well."""
    return schema(f"{provider}/{operation.replace('/', '_')}.response")


def _refuse_unknown_annotations(node: object) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            if key.startswith("x-") and key != "x-errors":
                raise ValueError(f"unknown annotation {key} in a schema")
            _refuse_unknown_annotations(value)
    elif isinstance(node, list):
        for item in node:
            _refuse_unknown_annotations(item)


def _pruned(data: Any) -> Any:
    """The same with no list or mapping longer than is explained: each wrong entry takes its time."""
    if isinstance(data, list):
        return [_pruned(item) for item in data[:_EXPLAINED]]
    if isinstance(data, dict):
        return {key: _pruned(value) for key, value in islice(data.items(), 10 * _EXPLAINED)}
    return data


def _deepest(error: "ValidationError") -> Iterator["ValidationError"]:
    """An `anyOf` says little: what helps is what is wrong in the branch that has the right type."""
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
        yield from _deepest(inner)


def _meant_for_another(error: "ValidationError") -> bool:
    """Whether a branch fails for the kind of the value as a whole, and so says nothing of what is wrong inside."""
    if error.path:
        return False
    if error.validator == "enum":
        choices: Any = error.validator_value
        return type(error.instance) not in map(type, choices)
    return error.validator in ("type", "const")


def _missing(error: "ValidationError") -> str:
    """The key that a `required` misses; each has an error of its own, which only its message tells apart."""
    names: Any = error.validator_value
    instance: Any = error.instance
    missing = [str(name) for name in names if name not in instance]
    return next((name for name in missing if error.message.startswith(repr(name))), missing[0])


def _problems(error: "ValidationError") -> Iterator[Problem]:
    path = error.json_path
    value, limit, rules = error.instance, error.validator_value, error.schema
    if error.validator == "additionalProperties" and isinstance(value, Mapping) and isinstance(rules, Mapping):
        known = sorted(rules.get("properties", {}))
        for key in value:
            if key not in known:
                yield Problem(f"{path}.{key}", choice(key, known), shown(key))
    elif error.validator == "required":
        yield Problem(path, f"a key {_missing(error)}", shown(value))
    else:
        yield Problem(path, _expected(str(error.validator), limit, rules), shown(value))


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


def _expected(keyword: str, limit: Any, rules: Any) -> str:
    told = rules.get("description") if isinstance(rules, Mapping) else None
    if told and keyword not in ("enum", "maximum", "minimum"):
        return str(told)
    between = " or " if keyword == "type" else ", "
    words = between.join(map(str, limit)) if isinstance(limit, list) else limit
    return _EXPECTED.get(keyword, f"what {keyword} demands").format(words)


def choice(got: str, names: Iterable[str]) -> str:
    """What was expected where one of `names` was, with the nearest to what came."""
    listed = list(dict.fromkeys(names))
    if not listed:
        return "nothing here"
    told = ", ".join(listed[:_LISTED]) + (f", ... ({len(listed)} in all)" if len(listed) > _LISTED else "")
    near = get_close_matches(got, listed, 1)
    return f"one of {told}{f' (did you mean {near[0]}?)' if near else ''}"


def shown(value: object) -> str:
    """A value short enough for a message; of a long one no more is written than is shown."""
    text = ""
    for part in _WRITER.iterencode(value[: _SHOWN + 1] if isinstance(value, str) else value):
        text += part
        if len(text) > _SHOWN:
            return f"{text[: _SHOWN - 3]}..."
    return text
