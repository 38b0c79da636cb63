"""Tasks that were taken, while their result can be asked for: an hour."""

import re
from typing import NamedTuple

from emulator.rules.decision import Decision
from emulator.state.accounts import Account

RETENTION = 3600  # seconds, from the submission

_TASK_ID_WITH_TIME = re.compile(r"[0-9a-f-]{36}-(\d{13})", re.ASCII).fullmatch


class Pending(NamedTuple):
    """A task: `content` is the JSON text of its result in UTF-8, made once; `ready` the moment on the account's clock
    from which on it is told; `ruling` what was decided of it.
    """

    url: str
    data_id: str | None
    content: bytes
    ready_at: float
    decision: Decision


def keep(account: Account, task_id: str, pending: Pending) -> None:
    size = len(pending.url) + len(pending.data_id or "") + len(pending.content)
    account.store.put(task_id, pending, account.clock.now(), RETENTION, size)


def find(account: Account, task_id: str) -> Pending | None:
    """The task of this id, None when the account has none, or no longer."""
    found = account.store.get(task_id, account.clock.now())
    return found if isinstance(found, Pending) else None


def explain_missing(account: Account, task_id: str) -> str:
    """Why a task is not found: `expired`, by the stamp in its id, or `unknown`."""
    match = _TASK_ID_WITH_TIME(task_id)
    return "expired" if match and int(match[1]) / 1000 + RETENTION <= account.clock.now() else "unknown"
