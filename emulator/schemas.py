"""JSON Schemas: for calls, where a broken rule names a documented code, and for the emulator's own files.

A compiled schema says yes or no in a microsecond. Only a no is explained by `jsonschema`, whose errors come in the
order of the keywords in the file. So the order in the file is the order of the checks.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from emulator import assets
from emulator.coercion import coerce
from emulator.error_types import Refusal
from emulator.problems import explain_error, find_missing_key, iterate_deepest_errors
from emulator.types import Problem, Problems

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_MAX_PROBLEMS = 20  # problems reported at once
_MAX_ENTRIES = 101  # entries of a list in which mistakes are looked for: more than a list of the emulator may have


class Schema:
    """One schema file.

    In the file, `x-errors` maps a keyword, or `required.<name>`, to a documented code. Its `default` at the root is the
    code of all other keywords. `x-source` says what the keywords beside it are based on, in the form of an error row's
    source: one text for all keywords, or one for each. In the schema of an answer, it also applies to everything inside
    that has no `x-source` of its own.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        _check_annotations(document)
        self.is_valid = jsonschema_rs.Draft202012Validator(document).is_valid
        self._slow_validator: Draft202012Validator | None = None  # a compiled class has no cached_property

    def validate(self, params: Any) -> Any:
        """Return the parameters as an operation works on them, in the types that the schema has.

        Raises Refusal for parameters that break the schema even in those types, with the code of the first broken rule.
        """
        try:
            if self.is_valid(params):
                return params
            coerced = coerce(params, self.document)
            if self.is_valid(coerced):
                return coerced
        except UnicodeEncodeError:  # a lone surrogate: no JSON text, so no schema can hold it
            raise Refusal(self._default_code, "A value is not valid Unicode.") from None
        try:
            refusal = self._build_refusal(coerced)
        except RecursionError:  # jsonschema writes the refused value into its message
            raise Refusal(self._default_code, "It is nested too deeply.") from None
        raise refusal

    def _build_refusal(self, params: object) -> Refusal:
        """Return the refusal for the first rule that is broken."""
        error = next(self._validator.iter_errors(params), None)
        if error is None:  # the two validators disagree only on odd characters; the stricter one is right
            return Refusal(self._default_code, cause="The parameters do not fit the schema of the operation.")
        number = next((step + 1 for step in error.absolute_path if isinstance(step, int)), None)
        return Refusal(self._choose_code(error), str(next(explain_error(error, use_description=False))), n=number)

    def find_problems(self, data: object) -> list[Problem]:
        """Return everything wrong with a document of the emulator (rules, settings), at most 20 problems."""
        try:
            if self.is_valid(data):
                return []
        except (TypeError, ValueError) as error:  # not JSON: a lone surrogate, a key that is not a text, ...
            return [Problem("$", "plain JSON", str(error)[:120])]
        found: dict[Problem, None] = {}
        for problem in self._iterate_problems(_prune(data)):
            found[problem] = None
            if len(found) == _MAX_PROBLEMS:
                break
        return list(found) or [Problem("$", "a valid document", f"a mistake behind the first {_MAX_ENTRIES} entries")]

    def _iterate_problems(self, data: object) -> Iterator[Problem]:
        for error in self._validator.iter_errors(data):
            for deeper in iterate_deepest_errors(error):
                yield from explain_error(deeper, use_description=True)

    @property
    def _default_code(self) -> str:
        return str(self.document["x-errors"]["default"])

    def _choose_code(self, error: "ValidationError") -> str:
        codes: Mapping[str, str] = error.schema.get("x-errors", {}) if isinstance(error.schema, Mapping) else {}
        keyword = str(error.validator)
        if keyword == "required":
            keyword = f"required.{find_missing_key(error)}"
        return codes.get(keyword, self._default_code)

    @property
    def _validator(self) -> "Draft202012Validator":
        if self._slow_validator is None:
            from jsonschema import Draft202012Validator

            # The description of a whole request says where the request is documented, not what was expected.
            left_out = {"description"} if "x-errors" in self.document else set()
            rules = {name: value for name, value in self.document.items() if name not in left_out}
            self._slow_validator = Draft202012Validator(rules)
        return self._slow_validator


def require_schemas(provider: str, operations: Iterable[str]) -> None:
    """Raise Problems for an operation that lacks one of its schemas; they name the files to write."""
    found: list[Problem] = []
    for operation in operations:
        for side in ("request", "response"):
            try:
                assets.find_schema(_make_file_name(provider, operation, side))
            except Problems as problems:
                found += problems.found
    if found:
        raise Problems(found)


def preload() -> None:
    """Load the library that explains mistakes, so that the first mistake does not have to wait for it."""
    import jsonschema

    jsonschema.Draft202012Validator.check_schema({})


@cache
def load_schema(name: str) -> Schema:
    """Return the schema in a file under schemas/. `name` has no `.json`: `aliyun_imageaudit/ScanImage.request`.

    Raises Problems where it is missing, or no schema.
    """
    file = assets.find_schema(name)
    try:
        return Schema(json.loads(file.read_text(encoding="utf-8")))
    except ValueError as error:
        raise Problems([Problem("$", "a JSON Schema", str(error), str(file))]) from None


@cache
def load_definition(name: str, part: str) -> Schema:
    """Return the schema of one definition inside a file: `load_definition("emulator/config", "account")`."""
    definitions = load_schema(name).document["$defs"]
    return Schema({**definitions[part], "$defs": definitions})


@cache
def load_request_schema(provider: str, operation: str) -> Schema:
    """Return the schema of an operation's parameters."""
    return load_schema(_make_file_name(provider, operation, "request"))


def load_response_schema(provider: str, operation: str) -> Schema:
    """Return the schema of what an operation answers when all is well."""
    return load_schema(_make_file_name(provider, operation, "response"))


def _make_file_name(provider: str, operation: str, side: str) -> str:
    """Return the name of a schema's file without `.json`; `/` in the operation's name becomes `_`."""
    return f"{provider}/{operation.replace('/', '_')}.{side}"


def _check_annotations(node: object) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            if key.startswith("x-") and key not in ("x-errors", "x-source"):
                raise ValueError(f"unknown annotation {key} in a schema")
            _check_annotations(value)
    elif isinstance(node, list):
        for item in node:
            _check_annotations(item)


def _prune(data: Any) -> Any:
    """Return data with its lists and mappings cut, since explaining each wrong entry takes time."""
    if isinstance(data, list):
        return [_prune(item) for item in data[:_MAX_ENTRIES]]
    if isinstance(data, dict):
        return {key: _prune(value) for key, value in islice(data.items(), 10 * _MAX_ENTRIES)}
    return data
