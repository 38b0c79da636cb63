"""Accounts that are made and removed while the server runs."""

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.app import App, Conflict
from emulator.merge_patch import apply_patch
from emulator.resources.turns import release, take_turns
from emulator.state.accounts import Account
from emulator.state.credentials import account_to_dict, build_account, make_credentials

MAX_ACCOUNTS = 10_000  # accounts at a time
_EMPTY_SIZE = 10_000  # bytes that one takes, still empty


def add_account(app: App, form: Mapping[str, Any]) -> Account:
    """Add an account by its written form, and return it; what the form does not give is made up, the name as well.

    Raises Conflict when a name or credential is another account's, or there is no room.
    """
    state = app.state
    if len(state.accounts) >= MAX_ACCOUNTS:
        text = f"there are {MAX_ACCOUNTS} accounts, and room for no more; DELETE accounts removes those made here"
        raise Conflict(text)
    name = state.accounts.make_id()
    whole = apply_patch(make_credentials(name, state.ids), form)
    account = build_account(whole, name, state.settings, state.budgets, "control")
    try:
        state.accounts.add(account)
    except ValueError as taken:
        account.close()
        raise Conflict(str(taken)) from None
    account.size = _EMPTY_SIZE + len(str(account_to_dict(account)))
    if not state.budgets.accounts.take(account.size):
        state.accounts.remove(account)
        account.close()
        raise Conflict("accounts take all the memory they may have; DELETE accounts removes those made here")
    return account


async def remove_accounts(app: App, accounts: Iterable[Account]) -> int:
    """Remove those of `accounts` that were added here, with all that is theirs, and return how many these are."""
    state = app.state
    removed = 0
    async for account in take_turns([each for each in accounts if each.source == "control"]):
        if state.accounts.find(account.id) is not account:  # somebody else was faster
            continue
        removed += 1
        state.accounts.remove(account)
        state.budgets.accounts.give(account.size)
        await release([*state.rule_engine.control.drop(account.id), *account.close()])
    return removed
