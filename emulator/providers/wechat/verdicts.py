"""What WeChat's first version tells of a verdict: risky or not."""

from emulator.rules.outcome import find_verdict
from emulator.state import State


def is_risky(outcome: object, state: State) -> bool:
    """Whether an outcome is told as 87014: any block is, a review by quirk."""
    verdict = find_verdict(outcome)
    suggestions = {verdict.suggestion, *(finding.suggestion for finding in verdict.findings)}
    return "block" in suggestions or ("review" in suggestions and state.settings.quirks["wechat.review"] == 87014)
