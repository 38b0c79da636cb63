"""reset: as if nothing had happened. Accounts stay, unless they are to go as well."""

from emulator.planes.control import Reply, Route, Turn, accounts, settings
from emulator.schemas import schema
from emulator.vocabulary import Problems
from emulator.world.pace import let_go, paced


async def reset(turn: Turn) -> Reply:
    """Journal, control rules, tasks, nonces, counters, callbacks, changed settings and the clock; the `times` of file
    rules come back when all is reset. `{"accounts": true}` removes the accounts that were made over the API, too.
    """
    form = await turn.json() if turn.body.strip() else {}
    problems = schema("emulator/reset").problems(form)
    if problems:
        raise Problems(problems)
    house, account = turn.house, turn.account()
    world = house.world
    chosen = turn.touched("reset")
    async for each in paced(chosen):
        await let_go(each.reset())
        each.own, each.settings = {}, world.settings
        await world.judge.control.change(each.id, lambda _rules: ())
    if account is None:
        await world.judge.control.change(None, lambda _rules: ())
        world.strangers.clear()
        await settings.change(house, house.initial)
        for rule in world.judge.files.rules:
            rule.hits = 0
    if form.get("accounts"):
        await accounts.remove(house, chosen)
    return Reply({"reset": [each.name for each in chosen]})


ROUTES = (Route("POST", "reset", reset, (), "reset", {200: "Reset"}),)
