"""health: whether the server takes calls."""

from emulator.planes.control import Reply, Route, Turn


def health(turn: Turn) -> Reply:
    return Reply({"status": "draining"}, 503) if turn.house.draining else Reply({"status": "ok"})


ROUTES = (Route("GET", "health", health, answers={200: "Health", 503: "Health"}, open=True, anywhere=True),)
