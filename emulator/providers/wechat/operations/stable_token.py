"""cgi-bin/stable_token: the same token until five minutes before its end; force_refresh kills it for a new one."""

from emulator.provider import Body, Operation, Visit
from emulator.providers.wechat import quotas, tokens
from emulator.vocabulary import Refusal
from emulator.world import World
from emulator.world.accounts import Account

ENDPOINT = "stable_token"
EARLY = 300  # seconds before its end in which a token is replaced by the next


def stable_token(visit: Visit, world: World) -> Body:
    """The token, and for how many seconds more it is good."""
    account = visit.account
    last = tokens.latest(account, ENDPOINT)
    if visit.call.params.get("force_refresh"):
        _refresh_allowed(account)
        if last is not None:
            tokens.replace(account, last, grace=0)
    elif last is not None and (left := _left(account, last)) > EARLY:
        return {"access_token": last, "expires_in": left}
    fresh = tokens.mint(account, world)
    tokens.keep_latest(account, ENDPOINT, fresh)
    return {"access_token": fresh, "expires_in": tokens.LIFE}


def _left(account: Account, token: str) -> int:
    life = tokens.life(account, token)
    return int(life.until - account.clock.now()) if life else 0


def _refresh_allowed(account: Account) -> None:
    """Refuse a forced refresh that comes too soon after another (45011, our guess), or too often in a day (45009)."""
    gap = account.settings.limits["wechat"]["force_refresh_gap"]
    now = account.clock.now()
    if gap and account.store.get("wechat/force_refresh", now) is not None:
        cause = f"Forced refreshes have to be {gap} seconds apart, as limits.wechat.force_refresh_gap says."
        raise Refusal("45011", cause=cause)
    quotas.check(account, "force_refresh")
    quotas.spend(account, "force_refresh")
    if gap:
        account.store.put("wechat/force_refresh", True, now, gap)


OPERATION = Operation("cgi-bin/stable_token", subjects=lambda _call, _account, _world: [], perform=stable_token)
