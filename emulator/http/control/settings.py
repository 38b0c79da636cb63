"""settings: what holds now, and changing it while the server runs, for all or for one account."""

from typing import Any

from emulator.app.settings import change_account_settings, change_settings
from emulator.config.update import settings_to_dict
from emulator.http.control import ControlRequest, Reply, Route


def show_settings(request: ControlRequest) -> Reply:
    """Those of one account; without `?account=` those of the server, which accounts may have changed for themselves.
    The pace of a provider's own callbacks is told under its name.
    """
    account = request.find_account()
    state = request.app.state
    form = settings_to_dict(account.settings if account else state.settings, request.app.quirks)
    form["callbacks"] |= {name: pace._asdict() for name, pace in state.dispatcher.list_paces().items()}
    return Reply(form)


async def patch_settings(request: ControlRequest) -> Reply:
    """A JSON merge patch, all of it or nothing; answers the whole settings."""
    form: Any = await request.parse_json()
    account = request.find_account()
    if account is None:
        await change_settings(request.app, form)
        request.list_affected_accounts("changed the settings of")
    else:
        change_account_settings(request.app, account, form)
    return show_settings(request)


ROUTES = (
    Route("GET", "settings", show_settings, answers={200: "Settings"}, operation_id="settings_shown"),
    Route("PATCH", "settings", patch_settings, (), "patch", {200: "Settings"}, operation_id="settings_patch"),
)
