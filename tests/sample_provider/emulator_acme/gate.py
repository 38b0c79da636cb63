"""The gate: the checks that every call has to pass, in the order in which the service makes them."""

import hashlib
import hmac

from emulator.admission import Admission, run_checks
from emulator.error_types import Refusal
from emulator.problems import shorten
from emulator.quota import Quota, claim_call
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call, WireRequest

from .credentials import CREDENTIALS, find_key
from .operations import OPERATIONS

LIMITS = {"per_minute": 60}
_QUOTA = Quota("acme", "per_minute", "too_many_calls", 60)


def require_operation(admission: Admission) -> None:
    if admission.request.method != "POST" or admission.call.operation not in OPERATIONS:
        came = f"{shorten(admission.request.method)} {shorten(admission.request.path)} came"
        raise Refusal("unknown_operation", cause=f"{came}; below /acme/ POST takes {', '.join(OPERATIONS)}.")


def require_key(admission: Admission) -> None:
    if admission.account is None:
        key = shorten(admission.call.common["key"])
        raise Refusal("unknown_key", cause=f"Acme-Key is {key}; no account has it as acme.key.")


def require_signature(admission: Admission) -> None:
    assert admission.account is not None
    secret = admission.account.of(CREDENTIALS).secret
    expected = hmac.new(secret.encode(), admission.request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), admission.call.common["signature"].encode(errors="replace")):
        raise Refusal("bad_signature", cause="Acme-Signature is not that of the body with acme.secret of the account.")


def claim_quota(admission: Admission) -> None:
    assert admission.account is not None
    admission.claims += claim_call(admission.account, "calls", _QUOTA)


CHECKS = (require_operation, require_key, require_signature, claim_quota)


def admit(request: WireRequest, call: Call, state: State) -> Admission:
    """Let a call in. Raises the Refusal of the first check that fails."""
    return run_checks(CHECKS, Admission(request, call, identify(call, state), state))


def identify(call: Call, state: State) -> Account | None:
    """Return the account that a call names, None when there is none."""
    return find_key(state.accounts, call.common["key"])
