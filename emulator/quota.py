"""Quotas: how many calls an account may make in a window of its own clock."""

from typing import NamedTuple

from emulator.error_types import Refusal
from emulator.state.accounts import Account

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


def use_quota(account: Account, key: str, quota: Quota) -> None:
    """Count one more call under a key; raises Refusal when that is one too many. Refused calls count, too."""
    if most := account.settings.limits[quota.provider][quota.limit]:
        used = account.store.increment(key, account.clock.now(), quota.seconds)
        if used > most:
            text = f"this is call {used} of the {_NAMES[quota.seconds]}; `false` lifts the limit."
            raise Refusal(quota.code, cause=f"limits.{quota.provider}.{quota.limit} is {most}, and {text}")


def require_quota(account: Account, key: str, quota: Quota) -> None:
    """Raise Refusal when the calls that were counted under a key use the quota up."""
    if most := account.settings.limits[quota.provider][quota.limit]:
        used = account.store.count(key, account.clock.now(), quota.seconds)
        if used >= most:
            text = f"{used} calls of this {_NAMES[quota.seconds]} are used; `false` lifts it."
            raise Refusal(quota.code, cause=f"limits.{quota.provider}.{quota.limit} is {most}, and {text}")


def count_call(account: Account, key: str, quota: Quota) -> None:
    """Count a call under a key, where there is a limit."""
    if account.settings.limits[quota.provider][quota.limit]:
        account.store.increment(key, account.clock.now(), quota.seconds)
