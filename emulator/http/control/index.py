"""The index of the knobs, as JSON."""

from emulator.http.control import PREFIX, ControlRequest, Reply, Route
from emulator.plugins import load_plugins


def show_index(_request: ControlRequest) -> Reply:
    """Every route."""
    return Reply({"routes": [f"{route.method} {PREFIX}{route.path}" for route in list_routes()]})


def list_routes() -> list[Route]:
    """The routes of every knob, in the order of their names."""
    return [route for table in load_plugins("emulator.http.control", "ROUTES") for route in table]  # type: ignore[attr-defined]


ROUTES = (Route("GET", "", show_index, answers={200: "Index"}, operation_id="index_index"),)
