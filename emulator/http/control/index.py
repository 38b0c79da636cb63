"""The index of the endpoints, as JSON."""

from collections.abc import Iterable
from typing import Any

from emulator.control import PREFIX, Reply, Route
from emulator.http.control import AppRequest
from emulator.plugins import load_plugins
from emulator.provider import Provider


def show_index(request: AppRequest) -> Reply:
    """List the method and path of every control endpoint."""
    routes = list_routes(request.app.providers.values())
    return Reply({"routes": [f"{route.method} {PREFIX}{route.path}" for route in routes]})


def list_routes(providers: Iterable[Provider]) -> list[Route]:
    """Return the routes of all endpoints, sorted by their paths, each once: providers of one vendor share theirs."""
    tables: list[Any] = load_plugins("emulator.http.control", "ROUTES")
    tables += [provider.control_routes for provider in providers]
    routes = {id(route): route for table in tables for route in table}
    return sorted(routes.values(), key=lambda route: route.path)


def list_fetchable_paths(providers: Iterable[Provider]) -> tuple[str, ...]:
    """Return the beginnings of the paths that the emulator itself may fetch."""
    return tuple(f"{PREFIX}{route.path.partition('{')[0]}" for route in list_routes(providers) if route.is_fetchable)


ROUTES = (Route("GET", "", show_index, answers={200: "Index"}, operation_id="index_index"),)
