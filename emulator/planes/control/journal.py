"""journal: what came in, what went out, and who decided."""

import asyncio
from collections.abc import Iterator
from itertools import count, islice

from emulator.inquiry import repeat
from emulator.inquiry.filters import FILTERS, chosen, flag, number
from emulator.inquiry.long import long
from emulator.inquiry.short import listed as brief
from emulator.inquiry.verify import verify
from emulator.planes.control import STRANGERS, Conflict, Listed, NotFound, Reply, Route, Turn
from emulator.rulebook import built
from emulator.vocabulary import Problems
from emulator.world.journal import Entry, Journal, newest_first
from emulator.world.pace import paced

_DEFAULT_LIMIT, _MOST = "100", 1000


async def listed(turn: Turn) -> Reply:
    """Newest first, at most `limit`. `total` counts all that match; with `after`, which ends the search early, only
    when `total=true` asks for it.
    """
    chooses = chosen(turn.query)
    limit = number("limit", turn.query.get("limit", _DEFAULT_LIMIT), _MOST)
    after = int(turn.query.get("after", -1))
    counts = flag("total", turn.query.get("total", "false")) or after < 0
    if not turn.query.keys() & FILTERS:
        return Reply(Listed(map(brief, islice(entries(turn), limit)), sum(map(len, journals(turn)))))
    found: list[Entry] = []
    total = 0
    async for entry in paced(entries(turn)):
        if entry.id <= after or not (counts or len(found) < limit):
            break
        if chooses(entry):
            total += 1
            if total <= limit:
                found.append(entry)
    return Reply(Listed(map(brief, found), total if counts else None))


async def one(turn: Turn) -> Reply:
    etiquette = flag("etiquette", turn.query.get("etiquette", "false"))
    return Reply(await long(_named(turn), turn.house.world, etiquette))


async def rule(turn: Turn) -> Reply:
    """A rule by which the same call gets the same once more, or several in a list; nothing is stored."""
    entry, house = _named(turn), turn.house
    operation = house.providers[entry.provider].operations.get(entry.operation or "")
    try:
        rules = await repeat.rules(entry, operation, house.world)
        await asyncio.to_thread(built, rules, house.known, map(str, count()), lambda _index: "control")
    except repeat.Unrepeatable as reason:
        raise Conflict(f"journal entry {entry.id} cannot be repeated: {reason}") from None
    except Problems as wrong:
        raise Conflict(f"no rule can say what journal entry {entry.id} got: {wrong.found[0]}") from None
    return Reply(rules[0] if len(rules) == 1 else rules)


def clear(turn: Turn) -> Reply:
    world, name = turn.house.world, turn.query.get("account")
    if name == STRANGERS:
        return Reply({"deleted": world.strangers.clear()})
    deleted = sum(each.journal.clear() for each in turn.touched("cleared the journals of"))
    return Reply({"deleted": deleted + (world.strangers.clear() if name is None else 0)})


async def verified(turn: Turn) -> Reply:
    """Always 200, with `ok` true or false."""
    house = turn.house
    form = await turn.json()
    return Reply(await verify(form, house.known, journals(turn), house.world.settings.images.fetch))


def _named(turn: Turn) -> Entry:
    name = turn.names["id"]
    sought = int(name) if name.isdecimal() and name.isascii() and len(name) < 20 else -1
    entry = next((found for journal in journals(turn) if (found := journal.find(sought))), None)
    if entry is None:
        raise NotFound(f"no journal entry {name[:80]!r}")
    return entry


def entries(turn: Turn) -> Iterator[Entry]:
    """Of the account asked for, of those that named none (`null`), or all; newest first."""
    return newest_first(journals(turn))


def journals(turn: Turn) -> list[Journal]:
    """The journals that are asked for: of an account, of no account (`null`), or all."""
    world = turn.house.world
    if turn.query.get("account") == STRANGERS:
        return [world.strangers]
    account = turn.account()
    return [account.journal] if account else [world.strangers, *(each.journal for each in world.accounts)]


ROUTES = (
    Route("GET", "journal", listed, ("limit", "total", *FILTERS), answers={200: "Entries"}),
    Route("DELETE", "journal", clear, answers={200: "Deleted"}),
    Route("POST", "journal/verify", verified, (), "rules#verification", {200: "Verification"}, silent=True),
    Route("GET", "journal/{id}", one, ("etiquette",), answers={200: "Entry"}),
    Route("POST", "journal/{id}/rule", rule, answers={200: "Written", 409: "Error"}, silent=True),
)
