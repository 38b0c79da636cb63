"""Steps of which refused calls are made: what happens before one, and how often it is called."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import requests

from moderation_emulator.contract.running_server import RunningServer

Step = Callable[[RunningServer], object]


def after(change: Step, then: Step) -> Step:
    """Return a step that changes something, then calls."""

    def change_then_call(live: RunningServer) -> object:
        change(live)
        return then(live)

    return change_then_call


def times(number: int, then: Step) -> Step:
    """Return a step that calls so many times and returns the last answer."""
    return lambda live: [then(live) for _ in range(number)][-1]


def ask(path: str, method: str = "GET", **options: Any) -> Step:
    """Return a step that sends a request as it stands."""
    return lambda live: requests.request(method, f"{live.url}{path}", timeout=10, **options)


def change_credentials(credentials: str, **changed: Any) -> Step:
    """Return a step that changes some credentials of the default account."""

    def change(live: RunningServer) -> None:
        default = live.state.accounts.default
        default.credentials[credentials] = replace(default.credentials[credentials], **changed)

    return change


def set_limits(**most: Mapping[str, int]) -> Step:
    """Return a step that sets limits and stops the clock, so that all calls are of one second."""

    def change(live: RunningServer) -> None:
        live.control("PATCH", "settings", {"limits": most})
        live.control("POST", "clock", {"freeze": True})

    return change
