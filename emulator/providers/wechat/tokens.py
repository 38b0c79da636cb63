"""Access tokens: minted for an account, good for two hours of its clock, and kept in its store until a reset.

A token is opaque to clients. Its middle holds the appid, so that its account is found without a list of all tokens.
"""

import base64
import binascii
from typing import NamedTuple

from emulator.providers.wechat.credentials import CREDENTIALS, find_appid
from emulator.state import State
from emulator.state.accounts import Account
from emulator.state.store import Change, keep_token

LIFETIME_SECONDS = 7200  # seconds
GRACE = 300  # seconds a token of /cgi-bin/token stays good once it is replaced
PLACEHOLDER = "ACCESS_TOKEN"  # the token in the documents' own examples: always good, for the default account

_REMEMBERED_SECONDS = 30 * 86_400  # seconds in which an old token is still known as expired


class Lifetime(NamedTuple):
    """Until when a token is good, in Unix seconds of the account's clock, and whether another took its place."""

    until: float
    replaced: bool = False


def mint(account: Account, state: State, endpoint: str) -> tuple[str, list[Change]]:
    """Return a new token of the account, good from now on, and what keeps it as the latest of its endpoint."""
    middle = base64.urlsafe_b64encode(account.of(CREDENTIALS).appid.encode()).decode()
    token = f"84_{middle}-{state.ids.make_password(108)}"
    lifetime = Lifetime(account.clock.now() + LIFETIME_SECONDS)
    return token, [_keep(token, lifetime), keep_token(f"wechat/latest/{endpoint}", token, _REMEMBERED_SECONDS)]


def find_owner(token: str, state: State) -> Account | None:
    """Return the account whose appid the token names; None when there is none. The token need not be good."""
    if token == PLACEHOLDER:
        return state.accounts.default
    middle = token.partition("_")[2].rpartition("-")[0]
    try:
        return find_appid(state.accounts, base64.urlsafe_b64decode(middle).decode())
    except (binascii.Error, ValueError):
        return None


def find_lifetime(account: Account, token: str) -> Lifetime | None:
    """Return until when a token is good; None when the account has no such token, or no longer."""
    if token == PLACEHOLDER:
        return Lifetime(account.clock.now() + LIFETIME_SECONDS)
    found: Lifetime | None = account.find_token(f"wechat/life/{token}")
    return found


def replace(account: Account, token: str, grace: float) -> list[Change]:
    """Return what lets a token end after `grace` seconds at most, because it is no longer the latest."""
    lifetime = find_lifetime(account, token)
    now = account.clock.now()
    if lifetime is None or lifetime.until <= now:
        return []
    return [_keep(token, Lifetime(min(lifetime.until, now + grace), replaced=True))]


def find_latest(account: Account, endpoint: str) -> str | None:
    """Return the token that an endpoint gave last; None when it gave none."""
    found: str | None = account.find_token(f"wechat/latest/{endpoint}")
    return found


def _keep(token: str, lifetime: Lifetime) -> Change:
    return keep_token(f"wechat/life/{token}", lifetime, _REMEMBERED_SECONDS)
