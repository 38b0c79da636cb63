"""Pictures that my.ap.imgRisk took, while their result can be asked for.

For how long that is nobody tells: a year, which `waits.alipay_retention` can shorten.
"""

from typing import NamedTuple

from emulator.rules.decision import Decision
from emulator.state.accounts import Account


class Pending(NamedTuple):
    """A picture: `ready` is the moment on the account's clock from which on its result is told."""

    url: str
    ready_at: float
    decision: Decision


def keep(account: Account, apply_id: str, pending: Pending) -> None:
    seconds = int(account.settings.waits["alipay_retention"])
    account.store.put(apply_id, pending, account.clock.now(), seconds, len(pending.url))


def find(account: Account, apply_id: str) -> Pending | None:
    """The picture of this id, None when the account has none, or no longer."""
    found = account.store.get(apply_id, account.clock.now())
    return found if isinstance(found, Pending) else None


def is_ready(moment: float, account: Account) -> bool:
    """To the millisecond: a clock moved by 0.3 and 0.2 has not gone quite as far as one moved by 0.5."""
    return round(account.clock.now() - moment, 3) >= 0
