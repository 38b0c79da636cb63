"""Admission: a call at the gate of a provider, and the checks that it has to pass.

This module is never compiled, so that a provider from outside may have a subclass.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from emulator.error_types import Refusal
from emulator.state import State
from emulator.state.accounts import Account
from emulator.state.store import Claim
from emulator.types import Call, WireRequest


class Admission:
    """A call at the gate: what the checks look at, and what they find. A gate that must know more has a subclass.

    request: The request as it came.
    call: What the wire read.
    account: Whom the call names; None where it names nobody.
    state: The state of the server.
    claims: What the call uses up, in the order of the checks.
    refusal: Why it is refused if all its claims hold; None for a call that is let in.
    """

    refusal: Refusal | None = None

    def __init__(self, request: WireRequest, call: Call, account: Account | None, state: State) -> None:
        self.request = request
        self.call = call
        self.account = account
        self.state = state
        self.claims: list[Claim] = []


_A = TypeVar("_A", bound=Admission)


def run_checks(checks: Iterable[Callable[[_A], None]], admission: _A) -> _A:
    """Run the checks of a gate in their order, up to the first that refuses.

    Raises its refusal when nothing was claimed before; else the claims decide which refusal it is.
    """
    try:
        for check in checks:
            check(admission)
    except Refusal as refusal:
        if not admission.claims:
            raise
        admission.refusal = refusal
    return admission
