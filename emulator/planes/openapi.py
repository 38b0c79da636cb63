"""Describes both planes in OpenAPI 3.1: the knobs by their table of routes, the services by their own schemas."""

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from http import HTTPStatus
from typing import Any

from emulator import __version__
from emulator.planes.control import PREFIX, YAML, Route
from emulator.provider import Place, Provider
from emulator.schemas import definition, of_answer, of_request, schema
from emulator.vocabulary import LANGUAGES

Json = dict[str, Any]

_PARAMETERS: Mapping[str, Json] = {
    "account": {
        "description": "id, name or any credential of an account; without it, all. What belongs to another account is "
        "not found, and what belongs to the server is the same for each",
        "type": "string",
    },
    "source": {"description": "`control`, `files`, or a rule file by the end of its name", "type": "string"},
    "limit": {"type": "integer", "minimum": 0, "maximum": 1000},
    "after": {"description": "the id of an entry", "type": "integer", "minimum": 0},
    "status": {"description": "an HTTP status", "type": "integer"},
    "since": {"description": "Unix seconds, or ISO 8601 with zone", "type": "string"},
    "until": {"description": "Unix seconds, or ISO 8601 with zone", "type": "string"},
    "unmatched": {"description": "whether nothing decided", "type": "boolean"},
    "total": {"description": "whether to count all that match, with `after` as well", "type": "boolean"},
    "lang": {"description": "the language of the meanings", "enum": [*LANGUAGES]},
    "etiquette": {"description": "whether to look for bad habits, in the whole journal", "type": "boolean"},
}
_NAMES = re.compile(r"{(\w+)}")


def document(routes: Iterable[Route], providers: Iterable[Provider], url: str, token: bool) -> Json:
    """The whole description; `url` is where the server listens, `token` whether the knobs want one."""
    services = list(providers)
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(f"{PREFIX}{route.path}", {})[route.method.lower()] = _knob(route, token)
    components = _parts("", schema("emulator/answers").document)
    for name in {route.body.partition("#")[0] for route in routes if route.body}:
        components |= _parts(name, schema(f"emulator/{name}").document)
    for provider in services:
        for operation in provider.operations if provider.place else ():
            components |= _of_operation(paths, provider, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "moderation-emulator",
            "version": __version__,
            "description": "The control API of this server, where HEAD is whatever GET is, and the services it "
            "emulates.",
        },
        "servers": [{"url": url}],
        "tags": [
            {"name": "control", "description": "Where tests turn the knobs."},
            *({"name": each.name, "description": ", ".join(each.operations)} for each in services),
        ],
        "paths": paths,
        "components": {
            "schemas": components,
            **({"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}} if token else {}),
        },
    }


def _knob(route: Route, token: bool) -> Json:
    names = _NAMES.findall(route.path)
    path = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    query = [
        {"name": name, "in": "query", "schema": _PARAMETERS.get(name, {"type": "string"})} for name in route.parameters
    ]
    told: Json = {
        "tags": ["control"],
        "operationId": f"{route.turn.__module__.rpartition('.')[2]}_{route.turn.__name__}",
        "summary": (route.turn.__doc__ or f"{route.method} {route.path}").partition("\n")[0],
        "parameters": path + query,
        "responses": {str(status): _response(status, name) for status, name in sorted(_answers(route, token).items())},
    }
    if route.body:
        name, _, part = route.body.partition("#")
        rules = definition(f"emulator/{name}", part) if part else schema(f"emulator/{name}")
        told["requestBody"] = {
            "required": not rules.accepts({}),
            "content": {kind: {"schema": _reference(f"{name}.{part}" if part else name)} for kind in _kinds(route)},
        }
    if token and not route.open:
        told["security"] = [{"token": []}]
    return told


def _kinds(route: Route) -> tuple[str, ...]:
    return ("application/json", YAML) if route.yaml else ("application/json",)


def _answers(route: Route, token: bool) -> Mapping[int, str]:
    """What a route answers by itself, and what every route like it may answer."""
    refusals = {400, 403}
    if "{" in route.path or not route.open:
        refusals.add(404)
    if route.body:
        refusals.add(413)
    if token and not route.open:
        refusals.add(401)
    return {**dict.fromkeys(refusals, "Error"), **route.answers}


def _response(status: int, answer: str) -> Json:
    kinds = dict((kind, {}) if "/" in kind else ("application/json", _reference(kind)) for kind in answer.split())
    content = {kind: {"schema": rules} for kind, rules in kinds.items()}
    return {"description": HTTPStatus(status).phrase, "content": content}


def _of_operation(paths: dict[str, Json], provider: Provider, operation: str) -> Json:
    """Describe an operation under its path, which several may share; the schemas it needs."""
    place: Place = provider.place(operation)  # type: ignore[misc]
    name = f"{provider.name}.{operation.replace('/', '_')}"
    told = paths.setdefault(place.path, {}).setdefault(place.method.lower(), _shared(provider, place))
    told["summary"] = ", ".join(filter(None, (told.get("summary"), operation)))
    told["operationId"] = name if "operationId" not in told else f"{told['operationId']}-{operation}"
    for parameter in told["parameters"]:
        parameter["schema"]["enum"].append(place.query[parameter["name"]])
    if place.method == "GET":
        told["parameters"] += _asked(of_request(provider.name, operation).document)
    else:
        told["requestBody"]["content"][place.kind]["schema"]["anyOf"].append(_reference(f"{name}.request"))
    told["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"].append(_reference(f"{name}.response"))
    return {
        **_parts(f"{name}.request", of_request(provider.name, operation).document),
        **_parts(f"{name}.response", of_answer(provider.name, operation).document),
    }


def _asked(rules: Mapping[str, Any]) -> list[Json]:
    """The parameters of a call whose all is in its query."""
    required = rules.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _moved(dict(part), "")}
        for name, part in rules["properties"].items()
    ]


def _shared(provider: Provider, place: Place) -> Json:
    body = place.method != "GET"
    codes: dict[int, list[str]] = {}
    for row in provider.rows:
        codes.setdefault(row.status, []).append(row.code)
    return {
        "tags": [provider.name],
        "parameters": [
            {"name": name, "in": "query", "required": True, "schema": {"type": "string", "enum": []}}
            for name in place.query
        ],
        **({"requestBody": {"required": True, "content": {place.kind: {"schema": {"anyOf": []}}}}} if body else {}),
        "responses": {
            **{str(status): {"description": ", ".join(dict.fromkeys(codes[status]))} for status in sorted(codes)},
            "200": {
                "description": ", ".join(["the answer", *dict.fromkeys(codes.get(200, ()))]),
                "content": {"application/json": {"schema": {"anyOf": []}}},
            },
        },
    }


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _parts(name: str, rules: Mapping[str, Any]) -> Json:
    """A schema file as components: itself under `name`, and its definitions behind a dot; without name only these."""
    moved = _moved(deepcopy(dict(rules)), f"{name}." if name else "")
    moved.pop("$schema")
    parts = {f"{name}.{key}" if name else key: part for key, part in moved.pop("$defs", {}).items()}
    return parts | ({name: moved} if name else {})


def _moved(node: Any, prefix: str) -> Any:
    """The same with references that lead to where the definitions now are."""
    if isinstance(node, list):
        return [_moved(each, prefix) for each in node]
    if not isinstance(node, dict):
        return node
    moved = {key: _moved(value, prefix) for key, value in node.items()}
    if isinstance(target := node.get("$ref"), str):
        moved["$ref"] = target.replace("#/$defs/", f"#/components/schemas/{prefix}")
    return moved
