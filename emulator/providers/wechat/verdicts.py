"""What WeChat's first version tells of a verdict: risky or not."""

from emulator.world import World
from emulator.world.verdicts.outcome import judged


def risky(outcome: object, world: World) -> bool:
    """Whether an outcome is told as 87014: any block is, a review by quirk."""
    verdict = judged(outcome)
    suggestions = {verdict.suggestion, *(finding.suggestion for finding in verdict.findings)}
    return "block" in suggestions or ("review" in suggestions and world.settings.quirks["wechat.review"] == 87014)
