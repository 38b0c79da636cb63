"""reset: as if nothing had happened. Accounts stay, unless they are to go as well."""

from emulator.planes.control import Reply, Route, Turn, accounts, settings
from emulator.schemas import schema
from emulator.vocabulary import Problems
from emulator.world.verdicts.judge import Rulebook


def reset(turn: Turn) -> Reply:
    """Journal, control rules, tasks, nonces, counters, callbacks, changed settings and the clock; the `times` of file
    rules come back when all is reset. `{"accounts": true}` removes the accounts that were made over the API, too.
    """
    form = turn.json() if turn.body.strip() else {}
    problems = schema("emulator/reset").problems(form)
    if problems:
        raise Problems(problems)
    house, account = turn.house, turn.account()
    world = house.world
    chosen = turn.touched("all accounts were reset")
    for each in chosen:
        each.reset()
        each.own, each.settings = {}, world.settings
    world.judge.control = Rulebook(
        rule for rule in world.judge.control.rules if account is not None and rule.account != account.id
    )
    if account is None:
        world.strangers.clear()
        settings.change(house, house.initial)
        for rule in world.judge.files.rules:
            rule.hits = 0
    if form.get("accounts"):
        accounts.remove(house, chosen)
    return Reply({"reset": [each.name for each in chosen]})


ROUTES = (Route("POST", "reset", reset, ("account",), "reset", {200: "Reset"}),)
