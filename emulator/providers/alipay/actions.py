"""The two actions of Alipay, REJECTED and PASSED, which every call uses that has no third."""

from emulator.rules.outcome import Outcome, find_verdict
from emulator.state import State


def choose_action(outcome: Outcome | None, state: State) -> str:
    """Return REJECTED for a block in any scene, what the quirk alipay.review says for a review, else PASSED."""
    suggestion = find_verdict(outcome).suggestion
    if suggestion == "review":
        return str(state.settings.quirks["alipay.review"])
    return "REJECTED" if suggestion == "block" else "PASSED"
