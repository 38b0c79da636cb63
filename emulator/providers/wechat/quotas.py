"""How often an appid may call: windows of a minute and of a day on the account's clock."""

from collections.abc import Callable, Mapping

from emulator import quota
from emulator.quota import Quota
from emulator.state.accounts import Account
from emulator.state.store import Claim

_MINUTE, _DAY = 60, 86_400

_PICTURES = (Quota("wechat", "per_minute", "45011", _MINUTE), Quota("wechat", "per_day", "45009", _DAY))

# By the table of the page of frequency limits, and the pages of the token endpoints.
LIMITS: Mapping[str, int] = {
    "per_minute": 2000,
    "per_day": 200_000,
    "text_per_minute": 4000,
    "text_per_day": 2_000_000,
    "token_per_day": 2000,
    "stable_token_per_minute": 10_000,
    "stable_token_per_day": 500_000,
    "force_refresh_per_day": 20,
    "force_refresh_gap": 30,
}
QUOTAS: Mapping[str, tuple[Quota, ...]] = {
    "security.imgSecCheck": _PICTURES,
    "security.mediaCheckAsync": _PICTURES,
    "security.msgSecCheck": (
        Quota("wechat", "text_per_minute", "45011", _MINUTE),
        Quota("wechat", "text_per_day", "45009", _DAY),
    ),
    "cgi-bin/token": (Quota("wechat", "token_per_day", "45009", _DAY),),
    "cgi-bin/stable_token": (
        Quota("wechat", "stable_token_per_minute", "45011", _MINUTE),
        Quota("wechat", "stable_token_per_day", "45009", _DAY),
    ),
    "force_refresh": (Quota("wechat", "force_refresh_per_day", "45009", _DAY),),
}


def claim_room(account: Account, operation: str) -> list[Claim]:
    """Return the claims that none of the windows of an operation is full."""
    return _claim(quota.claim_room, account, operation)


def claim_count(account: Account, operation: str) -> list[Claim]:
    """Return the claims of one more call in all its windows. A call that is refused must not be counted."""
    return _claim(quota.claim_count, account, operation)


def _claim(claim: Callable[[Account, str, Quota], tuple[Claim, ...]], account: Account, operation: str) -> list[Claim]:
    quotas = QUOTAS.get(operation, ())
    return [found for each in quotas for found in claim(account, f"{operation}/{each.limit}", each)]
