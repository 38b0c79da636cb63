"""Settings that change while the server runs, for all or for one account."""

from typing import Any

from emulator.app import App
from emulator.config.load import build_account_settings
from emulator.config.model import Settings
from emulator.config.update import patch_account_settings, patch_settings
from emulator.merge_patch import make_patch
from emulator.resources.turns import take_turns
from emulator.rules.parse_outcome import parse_outcome
from emulator.state.accounts import Account
from emulator.state.store.row import SHARED, Row


async def change_settings(app: App, patch: Any) -> None:
    """Apply a JSON merge patch to the settings of the server, all of it or nothing; raises Problems."""
    async with app.changing:
        changed = patch_settings(app.state.settings, patch, app.provided_settings)
        difference = make_patch(app.initial_settings.given, changed.given)
        await app.state.store.keep([Row("settings", SHARED, "", difference or None)])
        await apply_settings(app, changed)


async def change_account_settings(app: App, account: Account, patch: Any) -> None:
    """Apply a JSON merge patch to the own settings of one account, all of it or nothing; raises Problems."""
    async with app.changing:
        own = patch_account_settings(account.own_settings, patch, app.provided_settings)
        settings = build_account_settings(app.state.settings, own, app.provided_settings)
        await app.state.store.keep([Row("own_settings", account.id, "", own or None)])
        account.settings, account.own_settings = settings, own


async def apply_settings(app: App, settings: Settings) -> None:
    """Use other settings of the server from now on. The own settings of accounts are merged over them.

    When thresholds change, the verdicts of rules are parsed again.
    """
    state, provided = app.state, app.provided_settings
    thresholds_changed = settings.thresholds != state.settings.thresholds
    state.apply_settings(settings)
    app.rule_names = app.rule_names._replace(thresholds=settings.thresholds)
    async for account in take_turns(list(state.accounts)):
        account.settings = (
            build_account_settings(settings, account.own_settings, provided) if account.own_settings else settings
        )
    if thresholds_changed:
        async for rule in take_turns(state.rule_engine.iterate_rules()):
            if "verdict" in rule.form:
                rule.outcome = parse_outcome(rule.form, app.rule_names.faults, settings.thresholds)
