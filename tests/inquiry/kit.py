"""Asking a live emulator about its last call."""

from typing import Any

from tests.live import Live


def newest(live: Live) -> dict[str, Any]:
    """The long form of the last call."""
    return asked(live, live.entries()[0].id)


def asked(live: Live, entry: int | str) -> dict[str, Any]:
    answer = live.control("GET", f"journal/{entry}", etiquette="true")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
