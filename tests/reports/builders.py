"""Asking a live emulator about its calls, and calls made up for a report."""

import asyncio
import json
from collections.abc import Iterable
from itertools import count
from typing import Any

from emulator.discovery import find_providers
from emulator.reports.lint import find_lint, list_checks
from emulator.state.journal import Entry
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import parse_items

_numbers = count(1)
_CHECKS = list_checks(find_providers().values())


def fetch_newest_entry(live: RunningServer) -> dict[str, Any]:
    """Return the long form of the last call."""
    return fetch_entry(live, live.list_entries()[0].id)


def fetch_entry(live: RunningServer, entry: int | str) -> dict[str, Any]:
    answer = live.control("GET", f"journal/{entry}", etiquette="true")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def make_entry(operation: str, at: float, request: Any = "", answer: Any = "", **more: Any) -> Entry:
    """Return a call as the journal keeps it; requests and answers that are no text are written as JSON."""
    body, got = (each if isinstance(each, str) else json.dumps(each) for each in (request, answer))
    plain = Entry(
        id=next(_numbers),
        at=at,
        account="acc-1",
        provider="any",
        operation=operation,
        via="https",
        method="POST",
        target="/",
        headers=(),
        body=body.encode(),
        request_id="",
        status=200,
        code=None,
        detail="",
        outcome="pass",
        items=(),
        decided_by=("default", None, None),
        warnings=(),
        seconds=0.001,
        response_headers={},
        response_body=got.encode(),
    )
    return plain._replace(**more)


def lint(newest_first: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return what the checks of all providers find."""
    return asyncio.run(find_lint(newest_first, _CHECKS))


def list_findings(*entries: Entry) -> list[tuple[str, str]]:
    """Return which call has which bad habit, oldest first."""
    found = [(finding["entry"], finding["habit"]) for finding in lint(entries[::-1])][::-1]
    return [(str([str(each.id) for each in entries].index(name)), habit) for name, habit in found]


def fetch_bill(live: RunningServer, **query: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the lines of the bill by account and operation."""
    lines = parse_items(live.control("GET", "bill", **query))
    keys = {"account", "provider", "operation", "calls", "pictures", "scenes", "units", "texts"}
    assert all(set(line) == keys for line in lines)
    return {(line["account"], line["operation"]): line for line in lines}


def fetch_counts(live: RunningServer) -> tuple[int, int, int, int, int]:
    """Return the counts of the one line of the bill."""
    (line,) = fetch_bill(live).values()
    return line["calls"], line["pictures"], line["scenes"], line["units"], line["texts"]
