"""Pictures that my.ap.imgRisk took, kept while their result can be asked for.

No document says for how long: here a year, which `waits.alipay_retention` can shorten.
"""

from typing import NamedTuple

from emulator.rules.decision import Decision
from emulator.state.accounts import Account


class Pending(NamedTuple):
    """A picture that was taken. `ready_at` is the time on the account's clock from which its result is returned."""

    url: str
    ready_at: float
    decision: Decision


def keep(account: Account, apply_id: str, pending: Pending) -> None:
    seconds = int(account.settings.waits["alipay_retention"])
    account.store.put(apply_id, pending, account.clock.now(), seconds, len(pending.url))


def find(account: Account, apply_id: str) -> Pending | None:
    """Return the picture of this id; None when the account has no such picture, or no longer."""
    found = account.store.get(apply_id, account.clock.now())
    return found if isinstance(found, Pending) else None


def is_ready(moment: float, account: Account) -> bool:
    """Return whether the account's clock has reached a time, to the millisecond.

    It is rounded because a clock moved by 0.3 and then 0.2 seconds has gone a little less far than one moved by 0.5.
    """
    return round(account.clock.now() - moment, 3) >= 0
