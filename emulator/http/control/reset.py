"""reset: as if nothing had happened. Accounts stay, unless they are to go as well."""

from emulator.http.control import ControlRequest, Reply, Route, accounts, settings
from emulator.resources.turns import release, take_turns
from emulator.schemas import load_schema
from emulator.types import Problems


async def reset_accounts(request: ControlRequest) -> Reply:
    """Journal, control rules, tasks, nonces, counters, callbacks, changed settings and the clock; the `times` of file
    rules come back when all is reset. `{"accounts": true}` removes the accounts that were made over the API, too.
    """
    form = await request.parse_json() if request.body.strip() else {}
    problems = load_schema("emulator/reset").find_problems(form)
    if problems:
        raise Problems(problems)
    app, account = request.app, request.find_account()
    state = app.state
    affected = request.list_affected_accounts("reset")
    async for each in take_turns(affected):
        await release(each.reset())
        each.own, each.settings = {}, state.settings
        await state.rule_engine.control.change(each.id, lambda _rules: ())
    if account is None:
        await state.rule_engine.control.change(None, lambda _rules: ())
        state.unattributed.clear()
        await settings.apply_settings(app, app.initial_settings)
        for rule in state.rule_engine.files.rules:
            rule.hits = 0
    if form.get("accounts"):
        await accounts.remove_accounts(app, affected)
    return Reply({"reset": [each.name for each in affected]})


ROUTES = (Route("POST", "reset", reset_accounts, (), "reset", {200: "Reset"}),)
