"""Asking a live emulator about its last call."""

from typing import Any

from tests.running_server import RunningServer


def fetch_newest_entry(live: RunningServer) -> dict[str, Any]:
    """Return the long form of the last call."""
    return fetch_entry(live, live.list_entries()[0].id)


def fetch_entry(live: RunningServer, entry: int | str) -> dict[str, Any]:
    answer = live.control("GET", f"journal/{entry}", etiquette="true")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
