"""reset: as if nothing had happened. Accounts stay, unless they are to go as well."""

from emulator.app.accounts import remove_accounts
from emulator.app.reset import reset_accounts, reset_shared
from emulator.http.control import ControlRequest, Reply, Route
from emulator.schemas import load_schema
from emulator.types import Problems


async def reset(request: ControlRequest) -> Reply:
    """Journal, control rules, tasks, nonces, counters, callbacks, changed settings and the clock; the `times` of file
    rules come back when all is reset. `{"accounts": true}` removes the accounts that were made over the API, too.
    """
    form = await request.parse_json() if request.body.strip() else {}
    problems = load_schema("emulator/reset").find_problems(form)
    if problems:
        raise Problems(problems)
    app, account = request.app, request.find_account()
    affected = request.list_affected_accounts("reset")
    await reset_accounts(app, affected)
    if account is None:
        await reset_shared(app)
    if form.get("accounts"):
        await remove_accounts(app, affected)
    return Reply({"reset": [each.name for each in affected]})


ROUTES = (Route("POST", "reset", reset, (), "reset", {200: "Reset"}, operation_id="reset_reset"),)
