"""Quotas: how many calls an account may make in a window of its own clock."""

from typing import NamedTuple

from emulator.error_types import Refusal
from emulator.state.accounts import Account

_NAMES = {1: "second", 60: "minute", 86_400: "day"}


class Quota(NamedTuple):
    """How many calls a window may have.

    limit: Where the settings say how many, below `limits`: `wechat.per_minute`. False there is no limit.
    code: The error code of a call beyond the limit.
    seconds: The length of the window, which is aligned to the clock.
    """

    limit: str
    code: str
    seconds: int = 1


def use_quota(account: Account, key: str, quota: Quota) -> None:
    """Count one more call under a key; raises Refusal when that is one too many. Refused calls count, too."""
    if most := _find_limit(account, quota):
        used = account.store.increment(key, account.clock.now(), quota.seconds)
        if used > most:
            window = _NAMES[quota.seconds]
            cause = f"limits.{quota.limit} is {most}, and this is call {used} of the {window}; `false` lifts the limit."
            raise Refusal(quota.code, cause=cause)


def require_quota(account: Account, key: str, quota: Quota) -> None:
    """Raise Refusal when the calls that were counted under a key use the quota up."""
    if most := _find_limit(account, quota):
        used = account.store.count(key, account.clock.now(), quota.seconds)
        if used >= most:
            window = _NAMES[quota.seconds]
            cause = f"limits.{quota.limit} is {most}, and {used} calls of this {window} are used; `false` lifts it."
            raise Refusal(quota.code, cause=cause)


def count_call(account: Account, key: str, quota: Quota) -> None:
    """Count a call under a key, where there is a limit."""
    if _find_limit(account, quota):
        account.store.increment(key, account.clock.now(), quota.seconds)


def _find_limit(account: Account, quota: Quota) -> int:
    """Return how many calls the settings allow, 0 for any number."""
    provider, _, name = quota.limit.partition(".")
    return int(account.settings.limits[provider][name])
