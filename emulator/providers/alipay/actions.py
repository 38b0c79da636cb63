"""The two actions of Alipay: a picture or text is REJECTED or PASSED, by every call that knows no third."""

from emulator.rules.outcome import Outcome, find_verdict
from emulator.state import State


def choose_action(outcome: Outcome | None, state: State) -> str:
    """What is to be blocked is REJECTED, in whichever scene; what is to be reviewed is what the quirk says; the rest is
    PASSED.
    """
    suggestion = find_verdict(outcome).suggestion
    if suggestion == "review":
        return str(state.settings.quirks["alipay.review"])
    return "REJECTED" if suggestion == "block" else "PASSED"
