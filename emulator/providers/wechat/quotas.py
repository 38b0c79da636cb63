"""How often an appid may call: windows of a minute and of a day on the account's clock."""

from collections.abc import Mapping

from emulator import quota
from emulator.quota import Quota
from emulator.state.accounts import Account

_MINUTE, _DAY = 60, 86_400

_PICTURES = (Quota("wechat", "per_minute", "45011", _MINUTE), Quota("wechat", "per_day", "45009", _DAY))

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


def require_quotas(account: Account, operation: str) -> None:
    """Refuse a call when one of its windows is full."""
    for each in QUOTAS.get(operation, ()):
        quota.require_quota(account, f"{operation}/{each.limit}", each)


def count_call(account: Account, operation: str) -> None:
    """Count a call in all its windows. A call that was refused, for whatever reason, must not be counted."""
    for each in QUOTAS.get(operation, ()):
        quota.count_call(account, f"{operation}/{each.limit}", each)
