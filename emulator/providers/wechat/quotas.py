"""How often an appid may call: windows of a minute and of a day on the account's clock."""

from collections.abc import Mapping
from typing import NamedTuple

from emulator.vocabulary import Refusal
from emulator.world.accounts import Account


class Quota(NamedTuple):
    """`limit` is a key of limits.wechat in the settings; `code` refuses what is beyond it."""

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


def spend(account: Account, operation: str) -> None:
    """Count a call, or refuse it; one that is refused counts in no window that has room for it."""
    for quota in QUOTAS.get(operation, ()):
        most = account.settings.limits["wechat"][quota.limit]
        if most and not account.store.take(f"{operation}/{quota.limit}", account.clock.now(), quota.seconds, most):
            raise Refusal(quota.code)
