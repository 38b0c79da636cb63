"""image/feedback: takes what a customer thinks of a result; nothing comes of it."""

from emulator.provider import Body, Operation, Visit
from emulator.providers.aliyun_green.envelope import envelope
from emulator.world import World


def image_feedback(visit: Visit, _world: World) -> Body:
    """Thanks, without data."""
    return envelope(visit)


OPERATION = Operation(name="image/feedback", subjects=lambda _call, _account, _world: [], perform=image_feedback)
