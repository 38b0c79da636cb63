"""health: whether the server accepts calls."""

from emulator.control import Reply, Route
from emulator.http.control import AppRequest


def show_health(request: AppRequest) -> Reply:
    """Return whether the server accepts calls: 200, or 503 when it is about to stop."""
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
