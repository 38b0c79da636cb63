"""How often an appid may call: windows of a minute and of a day on the account's clock."""

from collections.abc import Mapping
from typing import NamedTuple

from emulator.error_types import Refusal
from emulator.state.accounts import Account


class Quota(NamedTuple):
    """How many calls a window may have: `limit` is a key of limits.wechat in the settings, `seconds` the length of the
    window, `code` the error of a call beyond the limit.
    """

    limit: str
    seconds: int
    code: str


_MINUTE, _DAY = 60, 86_400

QUOTAS: Mapping[str, tuple[Quota, ...]] = {
    "security.imgSecCheck": (Quota("per_minute", _MINUTE, "45011"), Quota("per_day", _DAY, "45009")),
    "security.mediaCheckAsync": (Quota("per_minute", _MINUTE, "45011"), Quota("per_day", _DAY, "45009")),
    "security.msgSecCheck": (Quota("text_per_minute", _MINUTE, "45011"), Quota("text_per_day", _DAY, "45009")),
    "cgi-bin/token": (Quota("token_per_day", _DAY, "45009"),),
    "cgi-bin/stable_token": (
        Quota("stable_token_per_minute", _MINUTE, "45011"),
        Quota("stable_token_per_day", _DAY, "45009"),
    ),
    "force_refresh": (Quota("force_refresh_per_day", _DAY, "45009"),),
}


def require_quota(account: Account, operation: str) -> None:
    """Refuse a call when one of its windows is full."""
    for quota in QUOTAS.get(operation, ()):
        most = account.settings.limits["wechat"][quota.limit]
        if (
            most
            and (used := account.store.count(_make_key(operation, quota), account.clock.now(), quota.seconds)) >= most
        ):
            window = "minute" if quota.seconds == _MINUTE else "day"
            cause = (
                f"limits.wechat.{quota.limit} is {most}, and {used} calls of this {window} are used; `false` lifts it."
            )
            raise Refusal(quota.code, cause=cause)


def count(account: Account, operation: str) -> None:
    """Count a call in all its windows. A call that was refused, for whatever reason, must not be counted."""
    for quota in QUOTAS.get(operation, ()):
        if account.settings.limits["wechat"][quota.limit]:
            account.store.increment(_make_key(operation, quota), account.clock.now(), quota.seconds)


def _make_key(operation: str, quota: Quota) -> str:
    return f"{operation}/{quota.limit}"
