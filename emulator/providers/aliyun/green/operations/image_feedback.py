"""image/feedback: takes a customer's opinion of a result, and does nothing with it."""

from emulator.operation import Body, Invocation, Operation
from emulator.providers.aliyun.green.envelope import build_envelope
from emulator.state import State


def perform(invocation: Invocation, _state: State) -> Body:
    """Return an answer without data."""
    return build_envelope(invocation)


OPERATION = Operation(name="image/feedback", items=lambda _call, _account, _state: [], perform=perform)
