"""Refusals: a call that fails is answered in the provider's form, and an unhandled exception with its own code."""

import logging

from emulator.error_types import Refusal
from emulator.provider import Provider
from emulator.stages import Performed, Received
from emulator.state import State

log = logging.getLogger("emulator")


def refuse(received: Received, failure: Exception | None, state: State) -> Performed:
    """Return the refusal of a call, in the provider's form; an unhandled exception has the provider's own code."""
    refusal = failure if isinstance(failure, Refusal) else _explain_crash(failure, received.provider)
    response = received.provider.wire.refuse(received.request, received.call, refusal, received.request_id, state)
    if failure is not None:  # it leads to frames that hold it: such a circle would be kept for a while
        failure.__traceback__ = failure.__context__ = failure.__cause__ = None
    return Performed(response, received.request_id, refusal)


def _explain_crash(error: Exception | None, provider: Provider) -> Refusal:
    """Return the refusal that answers an unhandled exception, once the log has its details."""
    log.error("unhandled exception in %s; answered with %s", provider.name, provider.errors.internal, exc_info=error)
    cause = f"A mistake of the emulator, {type(error).__name__}; its log has the details."
    return Refusal(provider.errors.internal, cause=cause)
