"""etiquette: what clients do that works here and fails, or costs, with the real service."""

from itertools import islice

from emulator.http.control import ControlRequest, Listing, Reply, Route
from emulator.reports.lint import find_lint

_MAX_FINDINGS = 1000


async def show_lint(request: ControlRequest) -> Reply:
    """Newest first within each account; `total` counts all, `items` are cut at 1000."""
    only = request.find_account()
    accounts = [only] if only else list(request.app.state.accounts)
    found = [finding for account in accounts for finding in await find_lint(account.journal.iterate_newest())]
    return Reply(Listing(islice(found, _MAX_FINDINGS), len(found)))


ROUTES = (Route("GET", "etiquette", show_lint, answers={200: "Etiquette"}, operation_id="etiquette_listed"),)
