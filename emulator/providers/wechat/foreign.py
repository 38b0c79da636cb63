"""Foreign appids: by a quirk, an appid that is that of no account calls as the default account."""

from emulator.config.provided import Quirk
from emulator.problems import shorten
from emulator.providers.wechat.credentials import find_appid
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call

ANY_APP = Quirk(
    "wechat.any_app",
    (False, True),
    "ours: for applications with an appid of their own; an unknown one calls as the default account, with any secret",
)
HINT = f"with the quirk {ANY_APP.name} any is good"


def find_or_adopt(appid: str, call: Call, state: State) -> Account | None:
    """Return the account of an appid; by the quirk, the default account for one of no account, which is warned of."""
    found = find_appid(state.accounts, appid)
    if found is not None or not appid or not state.settings.quirks[ANY_APP.name]:
        return found
    account = state.accounts.default
    told = f"the appid {shorten(appid)} is that of no account: by {ANY_APP.name} it calls as {account.name}"
    call.warnings = tuple(dict.fromkeys((*call.warnings, f"{told}, and its secret is not checked")))
    return account
