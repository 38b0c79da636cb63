"""Accounts: those that the settings have, and those that are made and removed while the server runs."""

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from emulator.app import App, Conflict
from emulator.config.model import Settings
from emulator.fake.ids import Ids
from emulator.merge_patch import apply_patch
from emulator.resources.budgets import Budgets
from emulator.resources.turns import release, take_turns
from emulator.state.accounts import Account, Accounts, build_account
from emulator.state.credentials import CredentialKinds, make_default_form, make_form
from emulator.state.store.opened import NOBODY, KnownAccounts
from emulator.state.store.row import Row, StateUnwritable
from emulator.types import Problem, Problems

MAX_ACCOUNTS = 10_000  # accounts at a time
_EMPTY_SIZE = 10_000  # bytes that an empty account takes


def build_accounts(
    settings: Settings, kinds: CredentialKinds, ids: Ids, budgets: Budgets, known: KnownAccounts = NOBODY
) -> Accounts:
    """Return the default account and those of the settings, with the ids and made-up credentials that are known.

    Raises Problems where two have the same credential.
    """
    forms: dict[str, Mapping[str, Any]] = {"default": make_default_form(kinds)}
    for form in settings.accounts:
        name = form["name"]
        forms[name] = apply_patch(forms.get(name) or known.forms.get(name) or make_form(name, kinds, ids), form)
    numbers = count(known.highest + 1)
    named = [(known.ids.get(name) or f"acc-{next(numbers)}", form) for name, form in forms.items()]
    try:
        accounts = [build_account(form, name, kinds, settings, budgets) for name, form in named]
        return Accounts(accounts, next(numbers) - 1)
    except ValueError as twice:
        raise Problems([Problem("$.accounts", "credentials of their own", str(twice))]) from None


async def add_account(app: App, form: Mapping[str, Any]) -> Account:
    """Add an account by its written form, and return it.

    The name and the credentials that the form does not give are made up. Raises Conflict when a name or credential
    belongs to another account, or when there is no room; StateUnwritable when it cannot be kept.
    """
    account = _add_to_memory(app, form)
    try:
        await app.state.store.keep([build_row(account)])
    except StateUnwritable:
        await _remove_from_memory(app, account)
        raise
    return account


def _add_to_memory(app: App, form: Mapping[str, Any]) -> Account:
    state = app.state
    if len(state.accounts) >= MAX_ACCOUNTS:
        text = f"there are {MAX_ACCOUNTS} accounts, and room for no more; DELETE accounts removes those made here"
        raise Conflict(text)
    name = state.accounts.make_id()
    kinds = state.accounts.kinds
    whole = apply_patch(make_form(name, kinds, state.ids), form)
    account = build_account(whole, name, kinds, state.settings, state.budgets, "control")
    hold_account(app, account)
    return account


def hold_account(app: App, account: Account) -> None:
    """Hold one more account in memory. Raises Conflict."""
    state = app.state
    try:
        state.accounts.add(account)
    except ValueError as taken:
        account.close()
        raise Conflict(str(taken)) from None
    account.size = _EMPTY_SIZE + len(str(account.to_dict()))
    if not state.budgets.accounts.take(account.size):
        state.accounts.remove(account)
        account.close()
        raise Conflict("accounts take all the memory they may have; DELETE accounts removes those made here")


def build_row(account: Account) -> Row:
    """Return the row that keeps an account, with its credentials."""
    return Row("account", account.id, "", account.to_dict())


async def remove_accounts(app: App, accounts: Iterable[Account]) -> int:
    """Remove the accounts that were added here, with everything they hold, and return how many there were.

    Accounts of the configuration stay.
    """
    made_here = [each for each in accounts if each.source == "control"]
    await app.state.store.keep([Row("account", each.id, "", None) for each in made_here])
    removed = 0
    async for account in take_turns(made_here):
        if app.state.accounts.find(account.id) is account:  # else another request removed it meanwhile
            removed += 1
            await _remove_from_memory(app, account)
    return removed


async def _remove_from_memory(app: App, account: Account) -> None:
    state = app.state
    state.accounts.remove(account)
    state.budgets.accounts.give(account.size)
    await release([*state.rule_engine.control.drop(account.id), *account.close()])
