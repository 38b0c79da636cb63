"""accounts: sets of credentials, each with a world of its own; made for a test and removed after it."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from emulator.config.keys import find_key_problems
from emulator.http.control import App, Conflict, ControlRequest, Listing, NotFound, Reply, Route
from emulator.merge_patch import apply_patch
from emulator.resources.turns import release, take_turns
from emulator.schemas import load_definition
from emulator.state.accounts import Account
from emulator.state.credentials import account_to_dict, build_account, make_credentials
from emulator.types import Problems

MAX_ACCOUNTS = 10_000  # accounts at a time
_EMPTY_SIZE = 10_000  # bytes that one takes, still empty


async def list_accounts(request: ControlRequest) -> Reply:
    client_info = await _collect_client_info(request.app)
    only = request.find_account()
    accounts = [only] if only else list(request.app.state.accounts)
    return Reply(Listing((_to_dict(each, client_info) for each in accounts), len(accounts)))


async def show_account(request: ControlRequest) -> Reply:
    client_info = await _collect_client_info(request.app)
    return Reply(_to_dict(_require_account(request), client_info))


async def create_account(request: ControlRequest) -> Reply:
    """One more account; what is not given is made up, the name as well."""
    client_info = await _collect_client_info(request.app)
    form = await request.parse_json() if request.body.strip() else {}
    problems = load_definition("emulator/config", "account").find_problems(form) or [*find_key_problems(form, "$")]
    if problems:
        raise Problems(problems)
    state = request.app.state
    if len(state.accounts) >= MAX_ACCOUNTS:
        raise Conflict(
            f"there are {MAX_ACCOUNTS} accounts, and room for no more; DELETE accounts removes those made here"
        )
    name = state.accounts.make_id()
    created = build_account(
        apply_patch(make_credentials(name, state.ids), form), name, state.settings, state.budgets, "control"
    )
    try:
        state.accounts.add(created)
    except ValueError as taken:
        created.close()
        raise Conflict(str(taken)) from None
    created.size = _EMPTY_SIZE + len(str(account_to_dict(created)))
    if not state.budgets.accounts.take(created.size):
        state.accounts.remove(created)
        created.close()
        raise Conflict("accounts take all the memory they may have; DELETE accounts removes those made here")
    return Reply(_to_dict(created, client_info), 201)


async def delete_account(request: ControlRequest) -> Reply:
    found = _require_account(request)
    if found.source != "control":
        raise Conflict(f"account {found.name!r} belongs to the configuration and stays; reset clears it")
    return Reply({"deleted": await remove_accounts(request.app, [found])})


async def delete_accounts(request: ControlRequest) -> Reply:
    """Remove all that were made here, or one of them; those of the configuration stay."""
    only = request.find_account()
    return Reply({"deleted": await remove_accounts(request.app, [only] if only else request.app.state.accounts)})


async def remove_accounts(app: App, accounts: Iterable[Account]) -> int:
    """Remove those of `accounts` that were made here, with all that is theirs; how many these are."""
    state = app.state
    removable = [each for each in accounts if each.source == "control"]
    removed = 0
    async for each in take_turns(removable):
        if state.accounts.find(each.id) is not each:  # somebody else was faster
            continue
        removed += 1
        state.accounts.remove(each)
        state.budgets.accounts.give(each.size)
        await release([*state.rule_engine.control.drop(each.id), *each.close()])
    return removed


async def _collect_client_info(app: App) -> dict[str, Mapping[str, str]]:
    """What clients must know of each provider beside credentials; asked in a thread, as Provider says."""
    by_provider = {name: provider.client_info for name, provider in app.providers.items()}
    settings = app.state.settings
    return await asyncio.to_thread(
        lambda: {name: read_client_info(settings) for name, read_client_info in by_provider.items()}
    )


def _to_dict(account: Account, client_info: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    form = account_to_dict(account)
    return form | {name: {**form[name], **more} for name, more in client_info.items() if more}


def _require_account(request: ControlRequest) -> Account:
    name = unquote(request.path_values["id"])
    found = request.app.state.accounts.find(name)
    if found is None or not request.is_visible(found.id):
        raise NotFound(f"no account has the id, name or credential {name[:80]!r}")
    return found


ROUTES = (
    Route("GET", "accounts", list_accounts, answers={200: "Accounts"}),
    Route("POST", "accounts", create_account, (), "config#account", {201: "Account", 409: "Error"}),
    Route("DELETE", "accounts", delete_accounts, answers={200: "Deleted"}),
    Route("GET", "accounts/{id}", show_account, answers={200: "Account"}),
    Route("DELETE", "accounts/{id}", delete_account, answers={200: "Deleted", 409: "Error"}),
)
