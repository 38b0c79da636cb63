"""Tasks that image/asyncscan took, kept for the hour in which their result can be asked for."""

import re
from typing import NamedTuple

from emulator.rules.decision import Decision
from emulator.state.accounts import Account
from emulator.state.store import Change, keep_value
from emulator.types import Call

RETENTION = 3600  # seconds, from the submission

_TASK_ID_WITH_TIME = re.compile(r"[0-9a-f-]{36}-(\d{13})", re.ASCII).fullmatch


class Pending(NamedTuple):
    """A task that was taken.

    url: The address of the picture.
    data_id: The caller's own id of the task; None where there is none.
    content: The JSON text of the result in UTF-8, made once.
    ready_at: The time on the account's clock, in Unix seconds, from which the result is returned.
    decision: What was decided of the picture, as far as it holds for the result.
    """

    url: str
    data_id: str | None
    content: bytes
    ready_at: float
    decision: Decision


def keep(task_id: str, pending: Pending) -> Change:
    size = len(pending.url) + len(pending.data_id or "") + len(pending.content)
    return keep_value(make_key(task_id), pending, RETENTION, size)


def find(call: Call, task_id: str) -> Pending | None:
    """Return the task of this id, which was fetched for the call; None when there is no such task, or no longer."""
    found: Pending | None = call.fetched.get(make_key(task_id))
    return found


def make_key(task_id: str) -> str:
    """Return the key that a task is kept under."""
    return f"aliyun_green/{task_id}"


def explain_missing(account: Account, task_id: str) -> str:
    """Return why a task is not found: `expired` when the time in its id is too long ago, else `unknown`."""
    match = _TASK_ID_WITH_TIME(task_id)
    return "expired" if match and int(match[1]) / 1000 + RETENTION <= account.clock.now() else "unknown"
