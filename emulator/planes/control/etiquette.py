"""etiquette: what clients do that works here and fails, or costs, with the real service."""

from itertools import islice

from emulator.inquiry.etiquette import lapses
from emulator.planes.control import Listed, Reply, Route, Turn

_MOST = 1000


async def listed(turn: Turn) -> Reply:
    """Newest first within each account; `total` counts all, `items` are cut at 1000."""
    only = turn.account()
    accounts = [only] if only else list(turn.house.world.accounts)
    found = [lapse for account in accounts for lapse in await lapses(account.journal.newest_first())]
    return Reply(Listed(islice(found, _MOST), len(found)))


ROUTES = (Route("GET", "etiquette", listed, answers={200: "Etiquette"}),)
