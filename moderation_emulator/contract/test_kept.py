"""With a file as its state, what an operation leaves behind comes back the same after a restart."""

from pathlib import Path
from typing import Any

import pytest

from emulator.state import State
from moderation_emulator.contract.kit import OPERATIONS, send_words
from moderation_emulator.contract.running_server import RunningServer

_OUTCOMES: tuple[dict[str, Any], ...] = (
    {"verdict": "pass"},
    {"verdict": {"suggestion": "block", "findings": [{"label": "ad", "rate": 99.5, "contexts": ["a", "键"]}]}},
    {"respond": {"more": [1, {"a": None}]}},
)


def describe_lasting(state: State) -> dict[str, Any]:
    """Return what lasts: of each account the values with their end, and the callbacks with all that is sent."""
    lasting = {}
    for account in state.accounts:
        by_seconds = account.memory._values.items()
        values = {(name, seconds): kept[:2] for seconds, each in by_seconds for name, kept in each.items()}
        callbacks = [(each.id, each.describe(), each.describe_progress()) for each in account.outbox.iterate_newest()]
        lasting[account.id] = account.credentials, values, callbacks
    return lasting


@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_what_it_leaves_behind_comes_back_the_same(provider: str, operation: str, tmp_path: Path) -> None:
    given = {"state": str(tmp_path / "state.db")}
    with RunningServer(given) as live:
        for clock in live.control("GET", "clock").json()["items"]:
            live.control("POST", "clock", {"freeze": True}, account=clock["account"])
        for outcome in _OUTCOMES:
            live.push_rule({"provider": provider}, **outcome, callback="late")  # for a frozen clock: never
            assert send_words(live, provider, operation, "harmless").status_code < 500
            live.control("DELETE", "rules")
        before = describe_lasting(live.state)
    with RunningServer(given) as again:
        assert describe_lasting(again.state) == before
