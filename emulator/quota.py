"""Quotas: how many calls an account may make in a window of its own clock."""

from typing import NamedTuple

from emulator.state.accounts import Account
from emulator.state.store import Claim

_NAMES = {1: "second", 60: "minute", 86_400: "day"}


class Quota(NamedTuple):
    """How many calls a window may have.

    provider: The section of `limits` in the settings.
    limit: The key there, which says how many; False there is no limit.
    code: The error code of a call beyond the limit.
    seconds: The length of the window, which is aligned to the clock.
    """

    provider: str
    limit: str
    code: str
    seconds: int = 1


def claim_call(account: Account, key: str, quota: Quota) -> tuple[Claim, ...]:
    """Return the claim of one more call under a key, none without a limit. Calls beyond the limit count, too."""
    most = account.settings.limits[quota.provider][quota.limit]
    if not most:
        return ()
    return (_build_claim(key, quota, most, "this is call {used} of the {window}; `false` lifts the limit."),)


def claim_room(account: Account, key: str, quota: Quota) -> tuple[Claim, ...]:
    """Return the claim that the calls counted under a key leave room for one more."""
    most = account.settings.limits[quota.provider][quota.limit]
    if not most:
        return ()
    claim = _build_claim(key, quota, most, "{used} calls of this {window} are used; `false` lifts it.")
    return (claim._replace(looks_only=True),)


def claim_count(account: Account, key: str, quota: Quota) -> tuple[Claim, ...]:
    """Return the claim of a call that is only counted under a key, where there is a limit."""
    limited = account.settings.limits[quota.provider][quota.limit]
    return (_build_claim(key, quota, None, ""),) if limited else ()


def _build_claim(key: str, quota: Quota, most: int | None, text: str) -> Claim:
    explained = text.replace("{window}", _NAMES[quota.seconds])
    cause = f"limits.{quota.provider}.{quota.limit} is {most}, and {explained}"
    return Claim("count", f"{quota.provider}/{key}", quota.seconds, quota.code, cause, most)
