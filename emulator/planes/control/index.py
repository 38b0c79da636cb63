"""The index of the knobs, as JSON."""

from emulator.discovery import load_plugins
from emulator.planes.control import PREFIX, ControlRequest, Reply, Route


def show_index(_request: ControlRequest) -> Reply:
    """Every route."""
    return Reply({"routes": [f"{route.method} {PREFIX}{route.path}" for route in list_routes()]})


def list_routes() -> list[Route]:
    """The routes of every knob, in the order of their names."""
    return [route for table in load_plugins("emulator.planes.control", "ROUTES") for route in table]  # type: ignore[attr-defined]


ROUTES = (Route("GET", "", show_index, answers={200: "Index"}),)
