"""What a failing test's report says about the emulator: the calls, what decided them, and what nearly matched."""

from collections.abc import Iterator
from typing import Any

from emulator.testing.account import Account
from emulator.testing.control import ControlError
from emulator.testing.server import Crashed
from emulator.testing.wording import explain_call, explain_clock, render_call

_MAX_CALLS, _MAX_EXPLAINED = 20, 3  # calls listed, and calls explained


def render_report(account: Account, since: float) -> str:
    """Return the journal of the account in short lines, oldest first.

    Then come explanations of the newest calls that were refused, or that no rule or magic word decided. Calls that
    were refused before their account was known are listed apart, if they came after `since` (Unix seconds).
    If the server does not answer, the text says so.
    """
    try:
        return "\n".join([*_render_own(account), *_render_unattributed(account, since)])
    except (ControlError, Crashed) as error:
        return f"the journal cannot be had: {error}"


def _render_own(account: Account) -> Iterator[str]:
    entries = account.journal(limit=_MAX_CALLS)
    yield f"account {account.id} at {account.url}: {_format_count(len(entries))}"
    yield from explain_clock(account.control("GET", "clock", account=account.id))
    yield from _render_calls(account, entries)


def _render_unattributed(account: Account, since: float) -> Iterator[str]:
    entries = account.journal(account="null", since=since, limit=_MAX_CALLS)
    if entries:
        yield "calls whose credentials are those of no account, from whichever test:"
        yield from _render_calls(account, entries)


def _render_calls(account: Account, entries: list[dict[str, Any]]) -> Iterator[str]:
    yield from map(render_call, reversed(entries))
    puzzling = [each for each in entries if each["outcome"] == "refused" or _is_undecided(each)]
    for each in puzzling[:_MAX_EXPLAINED]:
        yield from explain_call(account.entry(each["id"]))


def _is_undecided(entry: dict[str, Any]) -> bool:
    """Return whether neither a rule nor a magic word decided the call."""
    return entry["decided_by"]["kind"] in ("default", "operation")


def _format_count(number: int) -> str:
    if number == 0:
        return "no calls came in"
    return f"the last {number} calls" if number == _MAX_CALLS else f"{number} call{'s' * (number > 1)}"
