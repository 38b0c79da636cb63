"""Pictures that my.ap.imgRisk took, kept while their result can be asked for.

No document says for how long: here a year, which `waits.alipay_retention` can shorten.
"""

from typing import NamedTuple

from emulator.rules.decision import Decision
from emulator.state.accounts import Account
from emulator.state.store import Change, keep_value
from emulator.types import Call


class Pending(NamedTuple):
    """A picture that was taken. `ready_at` is the time on the account's clock from which its result is returned."""

    url: str
    ready_at: float
    decision: Decision


def keep(account: Account, apply_id: str, pending: Pending) -> Change:
    seconds = int(account.settings.waits["alipay_retention"])
    return keep_value(make_key(apply_id), pending, seconds, len(pending.url))


def find(call: Call, apply_id: str) -> Pending | None:
    """Return the picture of this id, fetched for the call; None when there is no such picture, or no longer."""
    found: Pending | None = call.fetched.get(make_key(apply_id))
    return found


def make_key(apply_id: str) -> str:
    """Return the key that a picture is kept under."""
    return f"alipay/picture/{apply_id}"


def is_ready(moment: float, account: Account) -> bool:
    """Return whether the account's clock has reached a time, to the millisecond.

    It is rounded because a clock moved by 0.3 and then 0.2 seconds has gone a little less far than one moved by 0.5.
    """
    return round(account.clock.now() - moment, 3) >= 0
