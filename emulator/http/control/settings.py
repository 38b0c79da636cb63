"""settings: the settings in force, and changing them while the server runs, for all accounts or for one."""

from typing import Any

from emulator.app.settings import change_account_settings, change_settings
from emulator.config.update import settings_to_dict
from emulator.control import Reply, Route
from emulator.http.control import AppRequest


def show_settings(request: AppRequest) -> Reply:
    """Return the settings of `?account=`, or of the server without it.

    Accounts may have settings of their own that differ from those of the server. The pace of a provider that has a pace
    of its own stands in `callbacks` under its name.
    """
    account = request.find_account()
    state = request.state
    form = settings_to_dict(account.settings if account else state.settings, request.app.provided_settings)
    form["callbacks"] |= {name: pace._asdict() for name, pace in state.dispatcher.list_paces().items()}
    return Reply(form)


async def patch_settings(request: AppRequest) -> Reply:
    """Change settings by a JSON merge patch, all of it or nothing, and return the whole settings."""
    form: Any = await request.parse_json()
    account = request.find_account()
    if account is None:
        await change_settings(request.app, form)
        request.list_affected_accounts("changed the settings of")
    else:
        await change_account_settings(request.app, account, form)
    return show_settings(request)


ROUTES = (
    Route("GET", "settings", show_settings, answers={200: "Settings"}, operation_id="settings_shown"),
    Route("PATCH", "settings", patch_settings, (), "patch", {200: "Settings"}, operation_id="settings_patch"),
)
