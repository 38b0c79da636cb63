"""etiquette: what clients do that works here, but fails or costs with the real service."""

from itertools import islice

from emulator.control import Listing, Reply, Route
from emulator.http.control import AppRequest
from emulator.reports.lint import find_lint, list_checks

_MAX_FINDINGS = 1000


async def show_lint(request: AppRequest) -> Reply:
    """List what clients do that fails or costs with the real service, at most 1000 findings.

    Within each account the newest stand first. `total` counts all findings.
    """
    only = request.find_account()
    accounts = [only] if only else list(request.state.accounts)
    checks = list_checks(request.app.providers.values())
    found = [finding for account in accounts for finding in await find_lint(account.journal.iterate_newest(), checks)]
    return Reply(Listing(islice(found, _MAX_FINDINGS), len(found)))


ROUTES = (Route("GET", "etiquette", show_lint, answers={200: "Etiquette"}, operation_id="etiquette_listed"),)
