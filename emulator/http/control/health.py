"""health: whether the server accepts calls."""

from emulator.app import App
from emulator.control import Reply, Route
from emulator.http.control import AppRequest

_DAY = 24 * 60 * 60
_WARNED_DAYS = 3  # before a certificate ends; of one that lives shortly, the second half of its life


def show_health(request: AppRequest) -> Reply:
    """Return whether the server accepts calls: 200, or 503 when it is about to stop or cannot keep its state.

    The last days of a certificate are warned of.
    """
    if request.app.draining:
        return Reply({"status": "draining"}, 503)
    if (failure := request.state.store.failure) is not None:
        return Reply({"status": "failing", "warnings": [f"the state cannot be written: {failure}"]}, 503)
    warnings = _list_warnings(request.app)
    return Reply({"status": "ok", "warnings": warnings} if warnings else {"status": "ok"})


def _list_warnings(app: App) -> list[str]:
    if app.certificate is None:
        return []
    left = app.certificate.expires.timestamp() - app.state.accounts.default.clock.wall()
    if left > min(_WARNED_DAYS, app.initial_settings.server.tls_days / 2) * _DAY:
        return []
    moment = f"{app.certificate.expires:%Y-%m-%d %H:%M} UTC"
    ends = f"ends in {left / _DAY:.1f} days, at" if left > 0 else "ended at"
    return [f"the certificate of the TLS port {ends} {moment}; a new start brings the next one"]


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
