"""errors: every documented error code, and how to make it happen."""

from emulator.control import NotFound, Reply, Route
from emulator.error_list import list_errors
from emulator.error_types import LANGUAGES
from emulator.http.control import AppRequest
from emulator.problems import format_choices
from emulator.types import Problem, Problems


def show_errors(request: AppRequest) -> Reply:
    """List the documented error codes, with their meanings and how to make them happen."""
    providers = request.app.providers
    name = request.query.get("provider")
    if name is not None and name not in providers:
        raise NotFound("no provider", name, f"; there are {', '.join(providers)}")
    language = request.query.get("lang", "en")
    if language not in LANGUAGES:
        raise Problems([Problem("?lang", format_choices(language, LANGUAGES), language[:80])])
    items = list_errors((providers[name] for name in ([name] if name else providers)), language)
    return Reply({"items": items, "total": len(items)})


ROUTES = (
    Route(
        "GET",
        "errors",
        show_errors,
        ("provider", "lang"),
        answers={200: "Errors", 404: "Error"},
        operation_id="errors_errors",
    ),
)
