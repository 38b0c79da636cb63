"""accounts: sets of credentials, each with a world of its own; made for a test and removed after it."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from emulator import keyring
from emulator.planes.control import Conflict, House, NotFound, Reply, Route, Turn
from emulator.schemas import definition
from emulator.vocabulary import Problems
from emulator.world.accounts import Account
from emulator.world.credentials import account, made_up, told
from emulator.world.verdicts.judge import Rulebook
from emulator.world.verdicts.outcome import merged

MOST = 10_000  # accounts at a time: each may keep a journal and a store


def listed(turn: Turn) -> Reply:
    only = turn.account()
    items = [_told(turn.house, each) for each in ([only] if only else turn.house.world.accounts)]
    return Reply({"items": items, "total": len(items)})


def one(turn: Turn) -> Reply:
    return Reply(_told(turn.house, _named(turn)))


def post(turn: Turn) -> Reply:
    """One more account; what is not given is made up, the name as well."""
    form = turn.json() if turn.body.strip() else {}
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
        raise Conflict(str(taken)) from None
    return Reply(_told(turn.house, made), 201)


def delete(turn: Turn) -> Reply:
    chosen = _named(turn)
    if chosen.source != "control":
        raise Conflict(f"account {chosen.name!r} belongs to the configuration and stays; reset clears it")
    return Reply({"deleted": remove(turn.house, [chosen])})


def clear(turn: Turn) -> Reply:
    """Remove all that were made here; those of the configuration stay."""
    return Reply({"deleted": remove(turn.house, turn.house.world.accounts)})


def remove(house: House, accounts: Iterable[Account]) -> int:
    """Remove those of `accounts` that were made here, with all that is theirs; how many these are."""
    world = house.world
    gone = {each.id: each for each in accounts if each.source == "control"}
    for each in gone.values():
        world.accounts.remove(each)
        each.end()
    kept = [rule for rule in world.judge.control.rules if rule.account not in gone]
    if len(kept) < len(world.judge.control.rules):
        world.judge.control = Rulebook(kept)
    return len(gone)


def _told(house: House, account: Account) -> dict[str, Any]:
    """An account with what its clients must know beside its credentials."""
    form = told(account)
    public = {name: provider.public(house.world.settings) for name, provider in house.providers.items()}
    return form | {name: {**form[name], **more} for name, more in public.items() if more}


def _named(turn: Turn) -> Account:
    name = unquote(turn.names["id"])
    found = turn.house.world.accounts.named(name)
    if found is None:
        raise NotFound(f"no account has the id, name or credential {name[:80]!r}")
    return found


ROUTES = (
    Route("GET", "accounts", listed, ("account",), answers={200: "Accounts"}),
    Route("POST", "accounts", post, (), "config#account", {201: "Account", 409: "Error"}),
    Route("DELETE", "accounts", clear, answers={200: "Deleted"}),
    Route("GET", "accounts/{id}", one, answers={200: "Account"}),
    Route("DELETE", "accounts/{id}", delete, answers={200: "Deleted", 409: "Error"}),
)
