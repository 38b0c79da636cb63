"""The two actions of Alipay: a picture or text is REJECTED or PASSED, by every call that knows no third."""

from emulator.world import World
from emulator.world.verdicts.outcome import Outcome, judged


def action(outcome: Outcome | None, world: World) -> str:
    """What is to be blocked is REJECTED, in whichever scene; what is to be reviewed is what the quirk says; the rest is
    PASSED.
    """
    suggestion = judged(outcome).suggestion
    if suggestion == "review":
        return str(world.settings.quirks["alipay.review"])
    return "REJECTED" if suggestion == "block" else "PASSED"
