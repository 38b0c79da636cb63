"""The gate's part of the provider's shape: checks in their order, and what the call claimed before one failed."""

from collections.abc import Callable
from typing import cast

import pytest

from emulator.admission import Admission, run_checks
from emulator.error_types import Refusal
from emulator.state import State
from emulator.state.store import Claim
from emulator.types import Call, WireRequest
from tests.state.builders import make_default_account

ONE, TWO = (Claim("once", f"acme/{name}", 1, "used", "It came before.") for name in ("one", "two"))


def admit(*checks: Callable[[Admission], None]) -> Admission:
    request, call = WireRequest("GET", "/", {}, b""), Call("a", {}, {})
    return run_checks(checks, Admission(request, call, make_default_account(), cast("State", None)))


def claim_one(admission: Admission) -> None:
    admission.claims.append(ONE)


def claim_two(admission: Admission) -> None:
    admission.claims.append(TWO)


def look(_admission: Admission) -> None:
    """Find nothing wrong."""


def refuse(_admission: Admission) -> None:
    raise Refusal("wrong")


def test_claims_are_in_the_order_of_the_checks() -> None:
    admission = admit(look, claim_two, look, claim_one)
    assert (admission.claims, admission.refusal) == ([TWO, ONE], None)
    assert admit(look).claims == []


def test_a_refusal_before_any_claim_is_raised() -> None:
    with pytest.raises(Refusal, match="wrong"):
        admit(look, refuse, claim_one)


def test_a_refusal_behind_a_claim_waits_for_it() -> None:
    admission = admit(claim_one, refuse, claim_two)
    assert admission.claims == [ONE]
    assert admission.refusal is not None
    assert admission.refusal.code == "wrong"
