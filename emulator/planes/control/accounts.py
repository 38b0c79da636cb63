"""accounts: sets of credentials, each with a world of its own; made for a test and removed after it."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from emulator import keyring
from emulator.planes.control import Conflict, House, Listed, NotFound, Reply, Route, Turn
from emulator.schemas import definition
from emulator.vocabulary import Problems
from emulator.world.accounts import Account
from emulator.world.credentials import account, made_up, told
from emulator.world.pace import let_go, paced
from emulator.world.verdicts.outcome import merged

MOST = 10_000  # accounts at a time
_OWN = 10_000  # bytes that one takes, still empty


async def listed(turn: Turn) -> Reply:
    public = await _public(turn.house)
    only = turn.account()
    accounts = [only] if only else list(turn.house.world.accounts)
    return Reply(Listed((_told(each, public) for each in accounts), len(accounts)))


async def one(turn: Turn) -> Reply:
    public = await _public(turn.house)
    return Reply(_told(_named(turn), public))


async def post(turn: Turn) -> Reply:
    """One more account; what is not given is made up, the name as well."""
    public = await _public(turn.house)
    form = await turn.json() if turn.body.strip() else {}
    problems = definition("emulator/config", "account").problems(form) or [*keyring.problems(form, "$")]
    if problems:
        raise Problems(problems)
    world = turn.house.world
    if len(world.accounts) >= MOST:
        raise Conflict(f"there are {MOST} accounts, and room for no more; DELETE accounts removes those made here")
    name = world.accounts.free_id()
    made = account(merged(made_up(name, world.identities), form), name, world.settings, world.budgets, "control")
    try:
        world.accounts.add(made)
    except ValueError as taken:
        made.end()
        raise Conflict(str(taken)) from None
    made.size = _OWN + len(str(told(made)))
    if not world.budgets.accounts.take(made.size):
        world.accounts.remove(made)
        made.end()
        raise Conflict("accounts take all the memory they may have; DELETE accounts removes those made here")
    return Reply(_told(made, public), 201)


async def delete(turn: Turn) -> Reply:
    chosen = _named(turn)
    if chosen.source != "control":
        raise Conflict(f"account {chosen.name!r} belongs to the configuration and stays; reset clears it")
    return Reply({"deleted": await remove(turn.house, [chosen])})


async def clear(turn: Turn) -> Reply:
    """Remove all that were made here, or one of them; those of the configuration stay."""
    only = turn.account()
    return Reply({"deleted": await remove(turn.house, [only] if only else turn.house.world.accounts)})


async def remove(house: House, accounts: Iterable[Account]) -> int:
    """Remove those of `accounts` that were made here, with all that is theirs; how many these are."""
    world = house.world
    gone = [each for each in accounts if each.source == "control"]
    removed = 0
    async for each in paced(gone):
        if world.accounts.named(each.id) is not each:  # somebody else was faster
            continue
        removed += 1
        world.accounts.remove(each)
        world.budgets.accounts.give(each.size)
        await let_go([*world.judge.control.drop(each.id), *each.end()])
    return removed


async def _public(house: House) -> dict[str, Mapping[str, str]]:
    """What clients must know of each provider beside credentials; asked in a thread, as Provider says."""
    known = {name: provider.public for name, provider in house.providers.items()}
    settings = house.world.settings
    return await asyncio.to_thread(lambda: {name: public(settings) for name, public in known.items()})


def _told(account: Account, public: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    form = told(account)
    return form | {name: {**form[name], **more} for name, more in public.items() if more}


def _named(turn: Turn) -> Account:
    name = unquote(turn.names["id"])
    found = turn.house.world.accounts.named(name)
    if found is None or not turn.concerns(found.id):
        raise NotFound(f"no account has the id, name or credential {name[:80]!r}")
    return found


ROUTES = (
    Route("GET", "accounts", listed, answers={200: "Accounts"}),
    Route("POST", "accounts", post, (), "config#account", {201: "Account", 409: "Error"}),
    Route("DELETE", "accounts", clear, answers={200: "Deleted"}),
    Route("GET", "accounts/{id}", one, answers={200: "Account"}),
    Route("DELETE", "accounts/{id}", delete, answers={200: "Deleted", 409: "Error"}),
)
