"""What the journal must tell of a call whose answer a rule wrote, in whole or in part."""

from emulator.world.journal import Entry
from tests.live import Live


def newest(live: Live) -> Entry:
    return live.entries()[0]


def warned(live: Live, code: str, provider: str) -> None:
    """The newest entry has the code, and says that no table has it."""
    entry = newest(live)
    assert (entry.code, entry.outcome, entry.decided_by[0]) == (code, "error", "rule")
    assert entry.warnings == (f"{code} is in no table of {provider}: it is answered as the rule writes it",)


def decided(live: Live, outcome: str = "respond", suggestion: str = "block") -> None:
    """The newest call was decided by a rule, and what of its first picture or text."""
    entry = newest(live)
    assert (entry.outcome, entry.decided_by[0]) == (outcome, "rule")
    assert entry.subjects[0][6] == suggestion


def again(live: Live) -> None:
    """The rule of the newest entry holds both verdict and fragment, and is taken."""
    rule = live.control("POST", f"journal/{newest(live).id}/rule").json()
    assert {"verdict", "respond"} <= rule.keys()
    assert live.control("POST", "rules", rule).status_code == 201
