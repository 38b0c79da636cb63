"""What the journal must say of a call whose answer a rule wrote, in whole or in part."""

from emulator.state.journal import Entry
from moderation_emulator.contract.running_server import RunningServer


def get_newest_entry(live: RunningServer) -> Entry:
    return live.list_entries()[0]


def assert_warned(live: RunningServer, code: str, provider: str) -> None:
    """Assert that the newest entry has the code, and says that no table has it."""
    entry = get_newest_entry(live)
    assert (entry.code, entry.outcome, entry.decided_by[0]) == (code, "error", "rule")
    assert entry.warnings == (f"{code} is in no table of {provider}: it is answered as the rule writes it",)


def assert_decided_by_rule(live: RunningServer, outcome: str = "respond", suggestion: str = "block") -> None:
    """Assert that a rule decided the newest call; check what the entry says of its first picture or text."""
    entry = get_newest_entry(live)
    assert (entry.outcome, entry.decided_by[0]) == (outcome, "rule")
    assert entry.items[0][6] == suggestion


def assert_rule_can_be_repeated(live: RunningServer) -> None:
    """Assert that the rule made of the newest entry holds both verdict and fragment, and is accepted."""
    rule = live.control("POST", f"journal/{get_newest_entry(live).id}/rule").json()
    assert {"verdict", "respond"} <= rule.keys()
    assert live.control("POST", "rules", rule).status_code == 201
