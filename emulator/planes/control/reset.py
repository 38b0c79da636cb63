"""reset: as if nothing had happened. Accounts stay."""

from emulator.planes.control import Reply, Route, Turn
from emulator.world.verdicts.judge import Rulebook


def reset(turn: Turn) -> Reply:
    """Journal, control rules, nonces, counters and clock; the `times` of file rules come back when all is reset."""
    house = turn.house
    account = turn.account()
    accounts = [account] if account else list(house.world.accounts)
    for each in accounts:
        each.reset()
    judge = house.world.judge
    kept = [rule for rule in judge.control.rules if account is not None and rule.account != account.id]
    judge.control = Rulebook(kept)
    if account is None:
        house.world.strangers.clear()
        for rule in judge.files.rules:
            rule.hits = 0
    return Reply({"reset": [each.name for each in accounts]})


ROUTES = (Route("POST", "reset", reset, ("account",)),)
