"""text/feedback: takes what a customer thinks of a result; nothing comes of it."""

from emulator.provider import Body, Operation, Visit
from emulator.providers.aliyun_green.envelope import envelope
from emulator.world import World


def text_feedback(visit: Visit, _world: World) -> Body:
    """Thanks, without data."""
    return envelope(visit)


OPERATION = Operation(name="text/feedback", subjects=lambda _call, _account, _world: [], perform=text_feedback)
