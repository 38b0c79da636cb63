"""Foreign keys: by a quirk, an AccessKeyId that is that of no account calls as the default account."""

from emulator.config.provided import Quirk
from emulator.problems import shorten
from emulator.providers.aliyun.credentials import CREDENTIALS, Key
from emulator.state import State
from emulator.types import Call

ANY_KEY = Quirk(
    "aliyun.any_key",
    (False, True),
    "ours: for applications with keys of their own; an unknown AccessKeyId calls as the default account, unverified",
)
HINT = f"with the quirk {ANY_KEY.name} any is good"


def adopt_foreign_key(call: Call, state: State) -> Key | None:
    """Return the key of a call as one of the default account, and warn of it; None unless the quirk says so.

    The call brings its SecurityToken along, if it has one. Nobody here knows the secret.
    """
    given = call.common.get("AccessKeyId")
    if not given or not state.settings.quirks[ANY_KEY.name]:
        return None
    account = state.accounts.default
    told = f"the AccessKeyId {shorten(given)} is that of no account: by {ANY_KEY.name} it calls as {account.name}"
    call.warnings += (f"{told}, and its signature is not checked",)
    return Key(account, account.of(CREDENTIALS), given, "", call.common.get("SecurityToken"))
