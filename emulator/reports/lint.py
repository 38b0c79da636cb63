"""Lint: what clients do that works in a test, but fails or costs with the real service.

The checks are those of the providers. They know operations by their documented names.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from emulator.lint import LintCheck, LintFinding
from emulator.masking import mask_text
from emulator.provider import Provider
from emulator.resources.budgets import MIB
from emulator.resources.turns import take_turns
from emulator.state.journal import Entry

_BYTES_LIMIT = 64 * MIB  # bytes of the calls that are looked at


def list_checks(providers: Iterable[Provider]) -> list[LintCheck]:
    """Return the checks of all providers, each once: the services of a vendor may share some."""
    return list(dict.fromkeys(check for provider in providers for check in provider.lint))


async def find_lint(newest_first: Iterable[Entry], checks: Iterable[LintCheck]) -> list[dict[str, Any]]:
    """Return [{entry, account, operation, habit, advice}] for the journal of one account, newest first.

    Where the calls are many and large, only the newest are looked at. What is found in one call stands in the order of
    the checks.
    """
    entries: list[Entry] = []
    room = _BYTES_LIMIT
    async for entry in take_turns(newest_first):
        entries.append(entry._replace(items=()))
        room -= len(entry.target) + len(entry.body) + len(entry.response_body)
        if room < 0:
            break
    entries.reverse()
    found = [finding for check in checks for finding in await asyncio.to_thread(_run_check, check, entries)]
    return [
        {
            "entry": str(entry.id),
            "account": entry.account,
            "operation": mask_text(entry.operation) if entry.operation else None,
            "habit": habit,
            "advice": advice,
        }
        for entry, habit, advice in sorted(found, key=lambda finding: -finding.entry.id)
    ]


def _run_check(check: LintCheck, entries: Sequence[Entry]) -> list[LintFinding]:
    return list(check(entries))
