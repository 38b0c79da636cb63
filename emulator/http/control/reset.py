"""reset: back to the state of the start. Accounts stay, unless the body asks to remove them."""

from emulator.app.accounts import remove_accounts
from emulator.app.reset import reset_accounts, reset_shared
from emulator.control import Reply, Route
from emulator.http.control import AppRequest


async def reset(request: AppRequest) -> Reply:
    """Reset the state of `?account=`, or of all accounts, to how it was at the start.

    That is: journal, control rules, tasks, nonces, counters, callbacks, changed settings and the clock. When all is
    reset, rules of files may apply as often as their `times` say again. `{"accounts": true}` also removes the accounts
    that were created over the API.
    """
    form = await request.parse_form("emulator/reset")
    app, account = request.app, request.find_account()
    affected = request.list_affected_accounts("reset")
    await reset_accounts(app, affected)
    if account is None:
        await reset_shared(app)
    if form.get("accounts"):
        await remove_accounts(app, affected)
    return Reply({"reset": [each.name for each in affected]})


ROUTES = (Route("POST", "reset", reset, (), "reset", {200: "Reset"}, operation_id="reset_reset"),)
