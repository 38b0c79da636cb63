"""The gate's part of the provider's shape: checks in their order, and what the call claimed before one failed."""

from collections.abc import Sequence
from typing import NamedTuple

import pytest

from emulator.error_types import Refusal
from emulator.provider import Admitted, run_checks
from emulator.state.accounts import Account
from emulator.state.store import Claim
from tests.state.builders import make_default_account

ONE, TWO = (Claim("once", f"acme/{name}", 1, "used", "It came before.") for name in ("one", "two"))


class Admission(NamedTuple):
    known_account: Account


def claim_one(_admission: Admission) -> Sequence[Claim]:
    return (ONE,)


def claim_two(_admission: Admission) -> Sequence[Claim]:
    return [TWO]


def look(_admission: Admission) -> None:
    """Find nothing wrong."""


def refuse(_admission: Admission) -> None:
    raise Refusal("wrong")


def test_claims_are_in_the_order_of_the_checks() -> None:
    account = make_default_account()
    assert run_checks((look, claim_two, look, claim_one), Admission(account)) == Admitted(account, [TWO, ONE])
    assert run_checks((look,), Admission(account)) == Admitted(account, [])


def test_a_refusal_before_any_claim_is_raised() -> None:
    with pytest.raises(Refusal, match="wrong"):
        run_checks((look, refuse, claim_one), Admission(make_default_account()))


def test_a_refusal_behind_a_claim_waits_for_it() -> None:
    account = make_default_account()
    admitted = run_checks((claim_one, refuse, claim_two), Admission(account))
    assert (admitted.account, admitted.claims) == (account, [ONE])
    assert admitted.refusal is not None
    assert admitted.refusal.code == "wrong"
