"""How version 1 of WeChat's checks writes a verdict: risky or not."""

from emulator.rules.outcome import find_verdict
from emulator.state import State


def is_risky(outcome: object, state: State) -> bool:
    """Return whether an outcome is answered as 87014: any block is, and a review by the quirk wechat.review."""
    verdict = find_verdict(outcome)
    suggestions = {verdict.suggestion, *(finding.suggestion for finding in verdict.findings)}
    return "block" in suggestions or ("review" in suggestions and state.settings.quirks["wechat.review"] == 87014)
