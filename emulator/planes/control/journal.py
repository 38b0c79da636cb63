"""journal: what came in, what went out, and who decided."""

from collections.abc import Iterator
from heapq import merge
from itertools import islice

from emulator.inquiry.filters import FILTERS, chosen, number
from emulator.inquiry.long import long
from emulator.inquiry.short import short
from emulator.inquiry.verify import verify
from emulator.planes.control import NotFound, Reply, Route, Turn
from emulator.world.journal import Entry

_DEFAULT_LIMIT, _MOST = "100", 1000


def listed(turn: Turn) -> Reply:
    """Newest first; `total` counts all that match, `items` are cut at `limit`."""
    matching = list(filter(chosen(turn.query), entries(turn)))
    limit = number("limit", turn.query.get("limit", _DEFAULT_LIMIT), _MOST)
    return Reply({"items": [short(entry) for entry in islice(matching, limit)], "total": len(matching)})


def one(turn: Turn) -> Reply:
    for entry in entries(turn):
        if str(entry.id) == turn.names["id"]:
            return Reply(long(entry, turn.house.world))
    raise NotFound(f"no journal entry {turn.names['id'][:80]!r}")


def clear(turn: Turn) -> Reply:
    world, name = turn.house.world, turn.query.get("account")
    if name == "null":
        return Reply({"deleted": world.strangers.clear()})
    account = turn.account()
    if account is not None:
        return Reply({"deleted": account.journal.clear()})
    return Reply({"deleted": world.strangers.clear() + sum(each.journal.clear() for each in world.accounts)})


def verified(turn: Turn) -> Reply:
    """Always 200, with `ok` true or false."""
    house = turn.house
    return Reply(verify(turn.json(), house.known, lambda: entries(turn), house.world.settings.images.fetch))


def entries(turn: Turn) -> Iterator[Entry]:
    """Of the account asked for, of those that named none (`null`), or all; newest first."""
    world = turn.house.world
    if turn.query.get("account") == "null":
        return world.strangers.newest_first()
    account = turn.account()
    if account is not None:
        return account.journal.newest_first()
    journals = [world.strangers, *(each.journal for each in world.accounts)]
    return merge(*(journal.newest_first() for journal in journals), key=lambda entry: -entry.id)


ROUTES = (
    Route("GET", "journal", listed, ("account", "limit", *FILTERS), answers={200: "Entries"}),
    Route("DELETE", "journal", clear, ("account",), answers={200: "Deleted"}),
    Route("POST", "journal/verify", verified, ("account",), "rules#verification", {200: "Verification"}),
    Route("GET", "journal/{id}", one, answers={200: "Entry"}),
)
