"""The index of the endpoints, as JSON."""

from emulator.http.control import PREFIX, ControlRequest, Reply, Route
from emulator.plugins import load_plugins


def show_index(_request: ControlRequest) -> Reply:
    """List the method and path of every control endpoint."""
    return Reply({"routes": [f"{route.method} {PREFIX}{route.path}" for route in list_routes()]})


def list_routes() -> list[Route]:
    """Return the routes of all endpoints, file by file in the order of the names."""
    return [route for table in load_plugins("emulator.http.control", "ROUTES") for route in table]  # type: ignore[attr-defined]


ROUTES = (Route("GET", "", show_index, answers={200: "Index"}, operation_id="index_index"),)
