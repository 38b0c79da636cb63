"""The index of the knobs, as JSON."""

from emulator.discovery import plugins
from emulator.planes.control import PREFIX, Reply, Route, Turn


def index(_turn: Turn) -> Reply:
    """Every route."""
    return Reply({"routes": [f"{route.method} {PREFIX}{route.path}" for route in routes()]})


def routes() -> list[Route]:
    """The routes of every knob, in the order of their names."""
    return [route for knob in plugins("emulator.planes.control", "ROUTES") for route in knob]  # type: ignore[attr-defined]


ROUTES = (Route("GET", "", index, answers={200: "Index"}),)
