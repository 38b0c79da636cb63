"""openapi.json: it says what there is, and what there is does as it says."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from jsonschema import Draft202012Validator

from emulator.control import PREFIX, Route
from emulator.discovery import find_providers
from emulator.http.control.index import list_routes
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import scan_text

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis would not have libraries this old beside it")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")

ROUTES = list_routes(find_providers().values())
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


BOUNDED = settings(
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

OPERATION_IDS = {
    "GET accounts": "accounts_listed",
    "POST accounts": "accounts_post",
    "DELETE accounts": "accounts_clear",
    "GET accounts/{id}": "accounts_one",
    "DELETE accounts/{id}": "accounts_delete",
    "GET alipay/public-key": "alipay_told",
    "PUT alipay/apps/{app_id}/public-key": "alipay_registered",
    "DELETE alipay/apps/{app_id}/public-key": "alipay_withdrawn",
    "GET bill": "bill_listed",
    "GET callbacks": "callbacks_listed",
    "GET callbacks/{id}": "callbacks_one",
    "POST callbacks/{id}/redeliver": "callbacks_redeliver",
    "GET clock": "clock_told",
    "POST clock": "clock_turned",
    "GET errors": "errors_errors",
    "GET etiquette": "etiquette_listed",
    "GET frames/{name}": "frames_frame",
    "GET health": "health_health",
    "GET ": "index_index",
    "GET info": "info_info",
    "GET journal": "journal_listed",
    "DELETE journal": "journal_clear",
    "POST journal/verify": "journal_verified",
    "GET journal/{id}": "journal_one",
    "POST journal/{id}/rule": "journal_rule",
    "GET metrics": "metrics_metrics",
    "GET openapi.json": "openapi_described",
    "POST rules/reload": "reload_reload",
    "POST reset": "reset_reset",
    "GET rules": "rules_listed",
    "POST rules": "rules_push",
    "DELETE rules": "rules_clear",
    "GET rules/{id}": "rules_one",
    "PUT rules/{id}": "rules_put",
    "DELETE rules/{id}": "rules_delete",
    "GET settings": "settings_shown",
    "PATCH settings": "settings_patch",
}


def format_route(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[RunningServer]:
    """Yield a server for this module: nobody else has to live with what happens to it."""
    with RunningServer({"seed": 7}) as live:
        yield live


@pytest.fixture(scope="module")
def document(fuzzed: RunningServer) -> dict[str, Any]:
    return dict(fuzzed.control("GET", "openapi.json").json())


@pytest.fixture(scope="module")
def api(fuzzed: RunningServer, document: dict[str, Any]) -> Any:
    return schemathesis.openapi.from_dict(document)


def iterate_nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from iterate_nodes(inner)


def test_it_is_openapi_and_every_reference_leads_somewhere(
    fuzzed: RunningServer, document: dict[str, Any], api: Any
) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": fuzzed.url}]
    api.validate()
    components = document["components"]["schemas"]
    for node in iterate_nodes(document):
        if isinstance(target := node.get("$ref"), str):
            assert target.removeprefix("#/components/schemas/") in components
    for part in components.values():
        Draft202012Validator.check_schema(part)
    ids = [got["operationId"] for path in document["paths"].values() for got in path.values()]
    assert len(ids) == len(set(ids))


def test_it_tells_of_every_route_and_of_nothing_else(document: dict[str, Any]) -> None:
    expected = {
        f"{method.upper()} {path.removeprefix(PREFIX)}"
        for path, methods in document["paths"].items()
        for method, each in methods.items()
        if each["tags"] == ["control"]
    }
    assert expected == {format_route(route) for route in ROUTES}
    for route in ROUTES:
        each = document["paths"][PREFIX + route.path][route.method.lower()]
        query = {parameter["name"] for parameter in each["parameters"] if parameter["in"] == "query"}
        assert query == {"account", *route.filters}
        assert {"400", "403", *map(str, route.answers)} <= set(each["responses"])
        assert "404" in each["responses"] or route.path == "health"
        assert ("requestBody" in each) == bool(route.body)


@pytest.mark.parametrize("route", ROUTES, ids=format_route)
def test_every_route_says_what_it_answers(route: Route) -> None:
    described = route.path == "openapi.json"
    assert described or "Anything" not in route.answers.values()
    assert route.body or route.method not in ("PUT", "PATCH")


def test_it_tells_of_every_operation_of_the_services(document: dict[str, Any]) -> None:
    components = document["components"]["schemas"]
    for provider in find_providers().values():
        found = [
            each for path in document["paths"].values() for each in path.values() if each["tags"] == [provider.name]
        ]
        summaries = {word for each in found for word in each["summary"].split(", ")}
        assert summaries == (set(provider.operations) if provider.wire.endpoint else set())
        for operation in provider.operations if provider.wire.endpoint else ():
            assert f"{provider.name}.{operation.replace('/', '_')}.request" in components
            assert provider.wire.endpoint is not None
            assert provider.wire.endpoint(operation).path in document["paths"]
        codes = {
            code
            for each in found
            for answer in each["responses"].values()
            for code in answer["description"].split(", ")
        }
        assert not found or set(provider.errors.codes) <= codes


def test_calls_of_one_path_are_told_apart(document: dict[str, Any]) -> None:
    shared = document["paths"]["/"]["post"]
    (action,) = shared["parameters"]
    assert action["schema"]["enum"] == ["ScanImage", "ScanText"]
    assert document["paths"]["/green/image/asyncscan"]["post"]["operationId"] == "aliyun_green.image_asyncscan"


@pytest.mark.parametrize("host", ["0.0.0.0", "::1"])
def test_the_server_is_where_it_listens(start: Callable[..., RunningServer], host: str) -> None:
    live = start({"server": {"host": host}})
    named = {"0.0.0.0": "localhost", "::1": "[::1]"}[host]
    (server,) = json.loads(live.control("GET", "openapi.json").content)["servers"]
    assert server == {"url": f"http://{named}:{live.app.port}"}


def test_with_a_token_it_says_so(start: Callable[..., RunningServer]) -> None:
    live = start({"control": {"token": "secret-word"}})
    bearer = {"Authorization": "Bearer secret-word"}
    body = requests.get(f"{live.url}{PREFIX}openapi.json", headers=bearer, timeout=10).json()
    assert body["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    assert body["paths"][f"{PREFIX}rules"]["get"]["security"] == [{"token": []}]
    assert "401" in body["paths"][f"{PREFIX}rules"]["get"]["responses"]
    assert "security" not in body["paths"][f"{PREFIX}health"]["get"]
    assert "secret-word" not in json.dumps(body)


@pytest.mark.parametrize("route", ROUTES, ids=format_route)
def test_whatever_is_asked_the_answer_is_as_described(fuzzed: RunningServer, api: Any, route: Route) -> None:
    fuzzed.reset()
    fuzzed.push_rule({"text": "x"}, verdict="ad")
    scan_text(fuzzed, "x")
    operation = api[PREFIX + route.path][route.method]
    fitting: SearchStrategy[Any] = operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE)
    odd: SearchStrategy[Any] = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)

    def check_answer(case: Any) -> None:
        case.call_and_validate(base_url=fuzzed.url, checks=CHECKS, timeout=10)

    def check_refusal(case: Any) -> None:
        case.call_and_validate(base_url=fuzzed.url, checks=[*CHECKS, checks.negative_data_rejection], timeout=10)

    BOUNDED(given(fitting)(check_answer))()
    if route.body:
        BOUNDED(given(odd)(check_refusal))()
    else:
        BOUNDED(given(odd)(check_answer))()


def test_names_of_operations_stay(live: RunningServer) -> None:
    """Programs are generated from them."""
    paths = live.control("GET", "openapi.json").json()["paths"]
    names = {
        f"{method.upper()} {path.removeprefix('/_emulator/')}": operation["operationId"]
        for path, each in paths.items()
        for method, operation in each.items()
        if operation["tags"] == ["control"]
    }
    assert names.items() >= OPERATION_IDS.items()
