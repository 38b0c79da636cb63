"""Describes the server in OpenAPI 3.1: the control API by its table of routes, the providers by their own schemas."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from emulator import __version__
from emulator.control import PREFIX, YAML, Route
from emulator.discovery import collect_provided_settings
from emulator.error_types import LANGUAGES
from emulator.http.components import (
    Json,
    build_components,
    build_control_components,
    get_schema_name,
    is_media_type,
    make_reference,
    move_references,
)
from emulator.operation import Endpoint
from emulator.provider import Provider
from emulator.schemas import load_definition, load_request_schema, load_response_schema, load_schema

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


def build_document(routes: Iterable[Route], providers: Iterable[Provider], url: str, needs_token: bool) -> Json:
    """Return the whole description.

    `url` is where the server listens. `needs_token` says whether the control API requires a token.
    """
    services = list(providers)
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(f"{PREFIX}{route.path}", {})[route.method.lower()] = _describe_route(route, needs_token)
    provided = collect_provided_settings(services)
    components = build_control_components(routes, provided)
    for provider in services:
        for operation in provider.operations if provider.wire.endpoint else ():
            components |= _describe_operation(paths, provider, operation)
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
            {"name": "control", "description": "What tests control."},
            *({"name": each.name, "description": ", ".join(each.operations)} for each in services),
        ],
        "paths": paths,
        "components": {
            "schemas": components,
            **({"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}} if needs_token else {}),
        },
    }


def _describe_route(route: Route, needs_token: bool) -> Json:
    names = _NAMES.findall(route.path)
    path = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    query = [
        {"name": name, "in": "query", "schema": _PARAMETERS.get(name, {"type": "string"})} for name in route.parameters
    ]
    operation_object: Json = {
        "tags": ["control"],
        "operationId": route.operation_id,
        "summary": (route.endpoint.__doc__ or f"{route.method} {route.path}").partition("\n")[0],
        "parameters": path + query,
        "responses": {
            str(status): _describe_response(status, name)
            for status, name in sorted(_list_responses(route, needs_token).items())
        },
    }
    if route.body:
        name, _, part = route.body.partition("#")
        body_schema = load_definition(get_schema_name(name), part) if part else load_schema(get_schema_name(name))
        operation_object["requestBody"] = {
            "required": not body_schema.is_valid({}),
            "content": {
                kind: {"schema": make_reference(f"{name}.{part}" if part else name)}
                for kind in _list_media_types(route)
            },
        }
    if needs_token and not route.open:
        operation_object["security"] = [{"token": []}]
    return operation_object


def _list_media_types(route: Route) -> tuple[str, ...]:
    return ("application/json", YAML) if route.yaml else ("application/json",)


def _list_responses(route: Route, needs_token: bool) -> Mapping[int, str]:
    """Return the answers of a route by status: its own, and the errors that any route of its kind may answer."""
    refusals = {400, 403}
    if "{" in route.path or not route.open:
        refusals.add(404)
    if route.body:
        refusals.add(413)
    if route.method != "GET":
        refusals.add(503)
    if needs_token and not route.open:
        refusals.add(401)
    return {**dict.fromkeys(refusals, "Error"), **route.answers}


def _describe_response(status: int, answer: str) -> Json:
    kinds = dict(
        (kind, {}) if is_media_type(kind) else ("application/json", make_reference(kind)) for kind in answer.split()
    )
    content = {kind: {"schema": reference} for kind, reference in kinds.items()}
    return {"description": HTTPStatus(status).phrase, "content": content}


def _describe_operation(paths: dict[str, Json], provider: Provider, operation: str) -> Json:
    """Describe an operation in `paths`, under its path, which several operations may share.

    Returns the schemas that the operation needs, as components.
    """
    endpoint: Endpoint = provider.wire.endpoint(operation)  # type: ignore[misc]
    name = f"{provider.name}.{operation.replace('/', '_')}"
    operation_object = paths.setdefault(endpoint.path, {}).setdefault(
        endpoint.method.lower(), _build_shared_object(provider, endpoint)
    )
    operation_object["summary"] = ", ".join(filter(None, (operation_object.get("summary"), operation)))
    operation_object["operationId"] = (
        name if "operationId" not in operation_object else f"{operation_object['operationId']}-{operation}"
    )
    for parameter in operation_object["parameters"]:
        parameter["schema"]["enum"].append(endpoint.query[parameter["name"]])
    if endpoint.method == "GET":
        operation_object["parameters"] += _describe_query(load_request_schema(provider.name, operation).document)
    else:
        operation_object["requestBody"]["content"][endpoint.media_type]["schema"]["anyOf"].append(
            make_reference(f"{name}.request")
        )
    operation_object["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"].append(
        make_reference(f"{name}.response")
    )
    return {
        **build_components(f"{name}.request", load_request_schema(provider.name, operation).document),
        **build_components(f"{name}.response", load_response_schema(provider.name, operation).document),
    }


def _describe_query(request_schema: Mapping[str, Any]) -> list[Json]:
    """Return the query parameters of a call by GET, from the schema of its request."""
    required = request_schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": move_references(dict(part), "")}
        for name, part in request_schema["properties"].items()
    ]


def _build_shared_object(provider: Provider, endpoint: Endpoint) -> Json:
    """Return what operations of one path and method have in common; each operation adds itself to the empty lists."""
    body = endpoint.method != "GET"
    codes: dict[int, list[str]] = {}
    for row in provider.errors.rows:
        codes.setdefault(row.status, []).append(row.code)
    content: Json = {endpoint.media_type: {"schema": {"anyOf": []}}}
    return {
        "tags": [provider.name],
        "parameters": [
            {"name": name, "in": "query", "required": True, "schema": {"type": "string", "enum": []}}
            for name in endpoint.query
        ],
        **({"requestBody": {"required": True, "content": content}} if body else {}),
        "responses": {
            **{str(status): {"description": ", ".join(dict.fromkeys(codes[status]))} for status in sorted(codes)},
            "200": {
                "description": ", ".join(["the answer", *dict.fromkeys(codes.get(200, ()))]),
                "content": {"application/json": {"schema": {"anyOf": []}}},
            },
        },
    }
