"""settings: what holds now, and changing it while the server runs, for all or for one account."""

from itertools import chain
from typing import Any

from emulator.config.load import build_account_settings
from emulator.config.model import Quirk, Settings
from emulator.config.update import patch_account_settings, patch_settings, settings_to_dict
from emulator.http.control import App, ControlRequest, Reply, Route
from emulator.resources.turns import take_turns
from emulator.rules.parse_outcome import parse_outcome


def show_settings(request: ControlRequest) -> Reply:
    """Those of one account; without `?account=` those of the server, which accounts may have changed for themselves.
    The pace of a provider's own callbacks is told under its name.
    """
    account = request.find_account()
    state = request.app.state
    form = settings_to_dict(account.settings if account else state.settings, _index_quirks(request.app))
    form["callbacks"] |= {name: pace._asdict() for name, pace in state.dispatcher.list_paces().items()}
    return Reply(form)


async def change_settings(request: ControlRequest) -> Reply:
    """A JSON merge patch, all of it or nothing; answers the whole settings."""
    form: Any = await request.parse_json()
    app = request.app
    quirks = _index_quirks(app)
    account = request.find_account()
    if account is None:
        await apply_settings(app, patch_settings(app.state.settings, form, quirks))
        request.list_affected_accounts("changed the settings of")
    else:
        own = patch_account_settings(account.own, form, quirks)
        account.settings = build_account_settings(app.state.settings, own, quirks)
        account.own = own
    return show_settings(request)


async def apply_settings(app: App, chosen: Settings) -> None:
    """Live by other settings from now on, under what accounts have of their own."""
    state, quirks = app.state, _index_quirks(app)
    thresholds_changed = chosen.thresholds != state.settings.thresholds
    state.apply_settings(chosen)
    app.rule_names = app.rule_names._replace(thresholds=chosen.thresholds)
    async for each in take_turns(list(state.accounts)):
        each.settings = build_account_settings(chosen, each.own, quirks) if each.own else chosen
    if thresholds_changed:
        async for rule in take_turns(chain(state.rule_engine.control, state.rule_engine.files.rules)):
            if "verdict" in rule.form:
                rule.outcome = parse_outcome(rule.form, app.rule_names.faults, chosen.thresholds)


def _index_quirks(app: App) -> dict[str, Quirk]:
    return {quirk.name: quirk for provider in app.providers.values() for quirk in provider.quirks}


ROUTES = (
    Route("GET", "settings", show_settings, answers={200: "Settings"}),
    Route("PATCH", "settings", change_settings, (), "patch", {200: "Settings"}),
)
