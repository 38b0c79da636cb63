"""health: whether the server takes calls."""

from emulator.http.control import ControlRequest, Reply, Route


def show_health(request: ControlRequest) -> Reply:
    return Reply({"status": "draining"}, 503) if request.app.draining else Reply({"status": "ok"})


ROUTES = (
    Route(
        "GET",
        "health",
        show_health,
        answers={200: "Health", 503: "Health"},
        open=True,
        any_host=True,
        operation_id="health_health",
    ),
)
