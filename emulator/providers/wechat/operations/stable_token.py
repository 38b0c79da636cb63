"""cgi-bin/stable_token: the same token until five minutes before its end; force_refresh ends it and gives a new one."""

from emulator.operation import Answer, Body, Invocation, Operation
from emulator.providers.wechat import quotas, tokens
from emulator.state import State
from emulator.state.accounts import Account
from emulator.state.store import Change, Claim
from emulator.types import Call

ENDPOINT = "stable_token"
EARLY = 300  # seconds before the end of a token in which the next one replaces it


def perform(invocation: Invocation, state: State) -> Body | Answer:
    """Return the token, and for how many more seconds it is good."""
    account = invocation.account
    last = tokens.find_latest(account, ENDPOINT)
    ended: list[Change] = []
    if invocation.call.params.get("force_refresh"):
        ended = tokens.replace(account, last, grace=0) if last is not None else []
    elif last is not None and (left := _count_seconds_left(account, last)) > EARLY:
        return {"access_token": last, "expires_in": left}
    fresh, kept = tokens.mint(account, state, ENDPOINT)
    return Answer({"access_token": fresh, "expires_in": tokens.LIFETIME_SECONDS}, [*ended, *kept])


def _count_seconds_left(account: Account, token: str) -> int:
    lifetime = tokens.find_lifetime(account, token)
    return int(lifetime.until - account.clock.now()) if lifetime else 0


def claim(call: Call, account: Account) -> list[Claim]:
    """Return what a forced refresh uses up.

    One that comes too soon after another is 45011, our guess; one too many in a day is 45009.
    """
    if not call.params.get("force_refresh"):
        return []
    gap = account.settings.limits["wechat"]["force_refresh_gap"]
    cause = f"Forced refreshes have to be {gap} seconds apart, as limits.wechat.force_refresh_gap says."
    last = [Claim("once", "wechat/force_refresh", gap, "45011", cause)] if gap else []
    return [
        *(each._replace(looks_only=True) for each in last),
        *quotas.claim_room(account, "force_refresh"),
        *quotas.claim_count(account, "force_refresh"),
        *last,
    ]


OPERATION = Operation("cgi-bin/stable_token", items=lambda _call, _account, _state: [], perform=perform, claim=claim)
