"""accounts: sets of credentials, each with a state of its own. Tests make accounts and remove them at their end."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from emulator.app import App, Conflict
from emulator.app.accounts import add_account, remove_accounts
from emulator.config.keys import find_key_problems
from emulator.config.schema import load_account_schema
from emulator.control import Listing, NotFound, Reply, Route
from emulator.http.control import AppRequest
from emulator.state.accounts import Account
from emulator.types import Problems


async def list_accounts(request: AppRequest) -> Reply:
    """List the accounts with their credentials, or the account of `?account=` alone."""
    client_info = await _collect_client_info(request.app)
    only = request.find_account()
    accounts = [only] if only else list(request.state.accounts)
    return Reply(Listing((_to_dict(each, client_info) for each in accounts), len(accounts)))


async def show_account(request: AppRequest) -> Reply:
    """Return one account with its credentials."""
    client_info = await _collect_client_info(request.app)
    return Reply(_to_dict(_require_account(request), client_info))


async def create_account(request: AppRequest) -> Reply:
    """Create an account, and make up the name and the credentials that the body does not give."""
    client_info = await _collect_client_info(request.app)
    form = await request.parse_json() if request.body.strip() else {}
    provided = request.app.provided_settings
    problems = load_account_schema(provided).find_problems(form)
    if problems := problems or [*find_key_problems(form, "$", provided.credentials)]:
        raise Problems(problems)
    created = await add_account(request.app, form)
    return Reply(_to_dict(created, client_info), 201)


async def delete_account(request: AppRequest) -> Reply:
    """Remove one account that was created over the API."""
    found = _require_account(request)
    if found.source != "control":
        raise Conflict(f"account {found.name!r} belongs to the configuration and stays; reset clears it")
    return Reply({"deleted": await remove_accounts(request.app, [found])})


async def delete_accounts(request: AppRequest) -> Reply:
    """Remove all accounts that were created over the API, or the account of `?account=` alone.

    Accounts of the configuration stay.
    """
    only = request.find_account()
    return Reply({"deleted": await remove_accounts(request.app, [only] if only else request.state.accounts)})


async def _collect_client_info(app: App) -> dict[str, Mapping[str, str]]:
    """Return what clients must know of each provider besides credentials.

    Providers may take long the first time, so they are asked in a thread.
    """
    by_provider = {name: provider.client_info for name, provider in app.providers.items()}
    settings = app.state.settings
    return await asyncio.to_thread(
        lambda: {name: read_client_info(settings) for name, read_client_info in by_provider.items()}
    )


def _to_dict(account: Account, client_info: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    form = account.to_dict()
    return form | {name: {**form[name], **more} for name, more in client_info.items() if more}


def _require_account(request: AppRequest) -> Account:
    name = unquote(request.path_values["id"])
    found = request.state.accounts.find(name)
    if found is None or not request.is_visible(found.id):
        raise NotFound("no account has the id, name or credential", name)
    return found


ROUTES = (
    Route("GET", "accounts", list_accounts, answers={200: "Accounts"}, operation_id="accounts_listed"),
    Route(
        "POST",
        "accounts",
        create_account,
        (),
        "config#account",
        {201: "Account", 409: "Error"},
        operation_id="accounts_post",
    ),
    Route("DELETE", "accounts", delete_accounts, answers={200: "Deleted"}, operation_id="accounts_clear"),
    Route("GET", "accounts/{id}", show_account, answers={200: "Account"}, operation_id="accounts_one"),
    Route(
        "DELETE",
        "accounts/{id}",
        delete_account,
        answers={200: "Deleted", 409: "Error"},
        operation_id="accounts_delete",
    ),
)
