"""Access tokens: minted for an account, good for two hours of its clock, kept where a reset forgets them.

A token is opaque to clients, but its middle names the appid, so that its account is found without a list of all tokens.
"""

import base64
import binascii
from typing import NamedTuple

from emulator.world import World
from emulator.world.accounts import Account

LIFE = 7200  # seconds
GRACE = 300  # seconds a token of /cgi-bin/token stays good once it is replaced
PLACEHOLDER = "ACCESS_TOKEN"  # what the documents' own examples write: always good, for the default account

_KEPT = 30 * 86_400  # seconds in which a token that ran out is still known as one


class Life(NamedTuple):
    """How long a token is good, in Unix seconds of the account's clock, and whether another took its place."""

    until: float
    replaced: bool = False


def mint(account: Account, world: World) -> str:
    """A new token, good from now on."""
    middle = base64.urlsafe_b64encode(account.wechat.appid.encode()).decode()
    token = f"84_{middle}-{world.identities.password(108)}"
    _keep(account, token, Life(account.clock.now() + LIFE))
    return token


def owner(token: str, world: World) -> Account | None:
    """The account whose appid the token names; whether the token is good is another matter."""
    if token == PLACEHOLDER:
        return world.accounts.default
    middle = token.partition("_")[2].rpartition("-")[0]
    try:
        return world.accounts.appid(base64.urlsafe_b64decode(middle).decode())
    except (binascii.Error, ValueError):
        return None


def life(account: Account, token: str) -> Life | None:
    """What is known of a token; None when the account has none such, or no longer."""
    if token == PLACEHOLDER:
        return Life(account.clock.now() + LIFE)
    found: Life | None = account.store.get(f"wechat/life/{token}", account.clock.now())
    return found


def replace(account: Account, token: str, grace: float) -> None:
    """Let a token end after `grace` seconds at most, as one that is no longer the latest."""
    known = life(account, token)
    now = account.clock.now()
    if known is not None and known.until > now:
        _keep(account, token, Life(min(known.until, now + grace), replaced=True))


def latest(account: Account, endpoint: str) -> str | None:
    """The token that an endpoint gave last."""
    found: str | None = account.store.get(f"wechat/latest/{endpoint}", account.clock.now())
    return found


def keep_latest(account: Account, endpoint: str, token: str) -> None:
    """Remember the token that an endpoint gives."""
    account.store.put(f"wechat/latest/{endpoint}", token, account.clock.now(), _KEPT)


def _keep(account: Account, token: str, known: Life) -> None:
    account.store.put(f"wechat/life/{token}", known, account.clock.now(), _KEPT)
