"""cgi-bin/stable_token: the same token until five minutes before its end; force_refresh ends it and gives a new one."""

from emulator.error_types import Refusal
from emulator.operation import Body, Invocation, Operation
from emulator.providers.wechat import quotas, tokens
from emulator.state import State
from emulator.state.accounts import Account

ENDPOINT = "stable_token"
EARLY = 300  # seconds before the end of a token in which the next one replaces it


def perform(invocation: Invocation, state: State) -> Body:
    """Return the token, and for how many more seconds it is good."""
    account = invocation.account
    last = tokens.find_latest(account, ENDPOINT)
    if invocation.call.params.get("force_refresh"):
        _require_refresh(account)
        if last is not None:
            tokens.replace(account, last, grace=0)
    elif last is not None and (left := _count_seconds_left(account, last)) > EARLY:
        return {"access_token": last, "expires_in": left}
    fresh = tokens.mint(account, state)
    tokens.keep_latest(account, ENDPOINT, fresh)
    return {"access_token": fresh, "expires_in": tokens.LIFETIME_SECONDS}


def _count_seconds_left(account: Account, token: str) -> int:
    lifetime = tokens.find_lifetime(account, token)
    return int(lifetime.until - account.clock.now()) if lifetime else 0


def _require_refresh(account: Account) -> None:
    """Refuse a forced refresh that comes too soon after another (45011, our guess), or too often in a day (45009)."""
    gap = account.settings.limits["wechat"]["force_refresh_gap"]
    now = account.clock.now()
    if gap and account.store.get("wechat/force_refresh", now) is not None:
        cause = f"Forced refreshes have to be {gap} seconds apart, as limits.wechat.force_refresh_gap says."
        raise Refusal("45011", cause=cause)
    quotas.require_quotas(account, "force_refresh")
    quotas.count_call(account, "force_refresh")
    if gap:
        account.store.put("wechat/force_refresh", True, now, gap)


OPERATION = Operation("cgi-bin/stable_token", items=lambda _call, _account, _state: [], perform=perform)
