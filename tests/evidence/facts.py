"""What the tables of the providers say, each fact with what it rests on.

A source is a text: one of the three words of KINDS, a colon, and where; behind a semicolon there may be another. It
stands beside what it is about: in `x-source` of a schema, in error rows, quirks, and limits of pictures and timeouts.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from emulator import schemas
from emulator.error_types import ErrorRow
from emulator.operation import Operation
from emulator.provider import Provider

KINDS = ("documented", "captured", "ours")
# Every keyword by which a schema refuses something, but for `type`: values of other types are read first.
CONSTRAINING = frozenset(
    {
        *("required", "enum", "const", "pattern", "format", "not", "anyOf", "oneOf", "propertyNames"),
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "multipleOf"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "uniqueItems", "contains"),
        *("dependentRequired", "dependentSchemas", "additionalProperties"),
    }
)
_ANOTHER = re.compile(rf";\s*(?=(?:{'|'.join(KINDS)}):)")


class Source(NamedTuple):
    """What a fact rests on: the word, empty where the text begins with none of the three, and where it is from."""

    kind: str
    where: str


Sources = tuple[Source, ...]  # most facts have one


class Condition(NamedTuple):
    """The schema that something at `path` must fit, or must not, before more is demanded."""

    path: str
    schema: Any
    fits: bool


class Constraint(NamedTuple):
    """A keyword of a request schema, at the parameter that it constrains.

    path: The parameter; empty for the whole call.
    keyword: The keyword.
    value: What the keyword demands.
    sources: What the demand rests on.
    condition: What must hold before it is demanded; None for always.
    """

    path: str
    keyword: str
    value: Any
    sources: Sources
    condition: Condition | None = None


class Field(NamedTuple):
    """A member of an answer that has no members of its own."""

    path: str
    sources: Sources


class Limit(NamedTuple):
    """A number or list that limits the pictures of an operation or its time: its name there, and what it is."""

    name: str
    value: Any
    sources: Sources


class Evidence(NamedTuple):
    """All facts of one operation; a fact that several operations share stands in each.

    operation: The operation.
    constraints: What its request schema demands.
    limits: What its pictures may be, and how long it may take.
    fields: What its answer has.
    rows: Its errors.
    """

    operation: Operation
    constraints: list[Constraint]
    limits: list[Limit]
    fields: list[Field]
    rows: list[ErrorRow]

    def list_sources(self) -> list[Sources]:
        """Return those of each fact."""
        own = [
            *(each.sources for each in self.constraints),
            *(each.sources for each in self.limits),
            *(each.sources for each in self.fields),
        ]
        return [*own, *(parse_sources(row.source) for row in self.rows)]


def parse_sources(text: str) -> Sources:
    """Read a text such as `documented: page of image/scan; captured: answers of 2021`."""
    return tuple(_parse_source(part) for part in _ANOTHER.split(text))


def _parse_source(text: str) -> Source:
    kind, colon, where = text.partition(":")
    return Source(kind, where.strip()) if colon and kind in KINDS else Source("", text)


def gather_evidence(provider: Provider, operation: Operation) -> Evidence:
    """Gather what its schemas, limits and error rows say of an operation."""
    asked = iterate_constraints(schemas.load_request_schema(provider.name, operation.name).document)
    answered = iterate_fields(schemas.load_response_schema(provider.name, operation.name).document)
    rows = [row for row in provider.errors.rows if not row.operations or operation.name in row.operations]
    demanded = [each for each in asked if each.keyword != "type" or each.sources[0].kind]
    return Evidence(operation, demanded, list(iterate_limits(operation)), list(answered), rows)


def iterate_limits(operation: Operation) -> Iterator[Limit]:
    """Yield what the pictures of an operation may be, and how long it may take."""
    image_limits, timeout = operation.image_limits, operation.timeout
    if image_limits is not None:
        source = image_limits.source
        for name in ("size", "seconds", "formats"):
            own = source if isinstance(source, str) else source.get(name, "")
            yield Limit(name, getattr(image_limits, name), parse_sources(own))
    if timeout is not None:
        yield Limit("patience", timeout, parse_sources(timeout.source))


def iterate_constraints(document: Mapping[str, Any]) -> Iterator[Constraint]:
    """Yield what a request schema demands, in the order of the file; what stands in a `not` is part of that."""
    yield from _iterate_demands(document, document, "", "", None)


def _iterate_demands(
    document: Mapping[str, Any], node: Any, path: str, around: str, condition: Condition | None
) -> Iterator[Constraint]:
    """Yield what a node and all below it demand.

    `around` is the source of the alternatives that the node is one of, or of its `condition`.
    """
    if not isinstance(node, Mapping):
        return
    node = resolve(document, node)
    for keyword, value in node.items():
        source = _find_source(node, keyword) or around
        if keyword == "required":
            for name in value:
                own = parse_sources(_find_source(node, f"required.{name}") or around)
                yield Constraint(join_path(path, name), keyword, None, own, condition)
        elif _is_demand(node, keyword):
            yield Constraint(path, keyword, value, parse_sources(source), condition)
        beside = {"allOf": around, "anyOf": source, "oneOf": source}.get(keyword, "")
        given = condition
        if keyword in ("then", "else"):
            beside, given = _find_source(node, "if") or around, Condition(path, node["if"], keyword == "then")
        for inner, at in list_branches(keyword, value, path):
            yield from _iterate_demands(document, inner, at, beside, given)


def _is_demand(node: Mapping[str, Any], keyword: str) -> bool:
    """Return whether a keyword demands something.

    A type does where its source is not just that of the demands beside it.
    """
    if keyword == "type":
        return not isinstance(node.get("x-source"), str) or not CONSTRAINING & node.keys()
    return keyword in CONSTRAINING and not (keyword == "additionalProperties" and node[keyword] is True)


def _find_source(node: Mapping[str, Any], keyword: str) -> str:
    """Return the text of `x-source` for a keyword, or for `required.<name>` as `x-errors` has it."""
    source = node.get("x-source", "")
    return str(source if isinstance(source, str) else source.get(keyword) or source.get(keyword.partition(".")[0], ""))


def iterate_fields(document: Mapping[str, Any]) -> Iterator[Field]:
    """Yield the members of an answer, each once; a source holds for all that lies below it and has none of its own."""
    sources_by_path: dict[str, str] = {}
    for path, text in _iterate_members(document, document, "", ""):
        sources_by_path.setdefault(path, text)
    for path, text in sources_by_path.items():
        if path and not any(other.startswith((f"{path}.", f"{path}[")) for other in sources_by_path):
            yield Field(path, parse_sources(text))


def _iterate_members(document: Mapping[str, Any], node: Any, path: str, above: str) -> Iterator[tuple[str, str]]:
    """Yield all places inside an answer; `above` is the source of what they lie in."""
    if not isinstance(node, Mapping):
        return
    node = resolve(document, node)
    source = node.get("x-source")
    own = source if isinstance(source, str) else above
    yield path, own
    for keyword, value in node.items():
        for inner, at in list_branches(keyword, value, path):
            yield from _iterate_members(document, inner, at, own)


def list_branches(keyword: str, value: Any, path: str) -> list[tuple[Any, str]]:
    """Return the schemas that a keyword holds, each with the path of what it is about."""
    match keyword:
        case "properties":
            return [(inner, join_path(path, name)) for name, inner in value.items()]
        case "prefixItems":
            return [(inner, f"{path}[{index}]") for index, inner in enumerate(value)]
        case "allOf" | "anyOf" | "oneOf":
            return [(inner, path) for inner in value]
    one = {"items": f"{path}[]", "additionalProperties": join_path(path, "*"), "then": path, "else": path}
    return [(value, one[keyword])] if keyword in one else []


def resolve(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema with what its `$ref` leads to; what stands beside that goes first."""
    if "$ref" not in node:
        return node
    there = document["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return {**there, **{key: value for key, value in node.items() if key != "$ref"}}


def join_path(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
