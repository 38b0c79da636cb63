"""Resets accounts, or everything, to how it was at the start."""

from collections.abc import Sequence

from emulator.app import App
from emulator.app.rules import clear_rules
from emulator.app.settings import apply_settings
from emulator.resources.turns import release, take_turns
from emulator.state.accounts import Account
from emulator.state.store.row import SHARED, Row


async def reset_accounts(app: App, accounts: Sequence[Account]) -> None:
    """Forget everything that happened to some accounts.

    That is: journal, rules, tasks, nonces, counters, callbacks, settings of their own, and the clock.
    """
    async with app.changing:
        await app.state.store.keep([Row("reset", account.id, "", True) for account in accounts])
        async for account in take_turns(accounts):
            await release(account.reset())
            account.own_settings, account.settings = {}, app.state.settings
            await clear_rules(app, account.id)


async def reset_shared(app: App) -> None:
    """Forget everything that does not belong to one account.

    That is: rules for all accounts, unattributed calls, changed settings, and how often rules of files were used.
    """
    state = app.state
    async with app.changing:
        await state.store.keep([Row("reset", SHARED, "", True)])
        await clear_rules(app, None)
        state.unattributed.clear()
        await apply_settings(app, app.initial_settings)
        for rule in state.rule_engine.files.rules:
            rule.hits = 0
