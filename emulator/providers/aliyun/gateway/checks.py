"""The checks that both gateways make: keys, temporary credentials, timestamps, nonces, the ACS3 signature."""

import hashlib
import re
from datetime import datetime
from functools import lru_cache
from hmac import compare_digest

from emulator.error_types import Refusal
from emulator.problems import shorten
from emulator.providers.aliyun.admission import Admission
from emulator.providers.aliyun.credentials import CREDENTIALS, find_key, has_security_token
from emulator.providers.aliyun.foreign import HINT, adopt_foreign_key
from emulator.providers.aliyun.gateway.headers import is_acs3
from emulator.signatures import acs3
from emulator.state import State
from emulator.state.accounts import Account, list_few
from emulator.state.store import Claim
from emulator.types import Call, WireRequest

TIMESTAMP_LENGTH = 20  # characters
FRESH_SECONDS = 15 * 60  # seconds a timestamp may differ from the clock, and in which a nonce may not come again

_STS_HINT = "aliyun.sts of an account has its temporary AccessKeyId and the SecurityToken that goes with it"
_USED = f"The SignatureNonce came with this AccessKeyId before, within {FRESH_SECONDS} s; each call needs its own."
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII).fullmatch


def identify(call: Call, state: State) -> Account | None:
    """Return the account whose AccessKeyId a call names, let in or not; None when no account has it."""
    key = find_key(state.accounts, call.common.get("AccessKeyId", ""))
    return key.account if key else None


def build_admission(request: WireRequest, call: Call, state: State) -> Admission:
    """Return what the checks may look at: the call, with the key that it names."""
    key = find_key(state.accounts, call.common.get("AccessKeyId", ""))
    by_acs3 = "SignatureMethod" not in call.common and is_acs3(request)
    if key is None and (adopted := adopt_foreign_key(call, state)) is not None:
        return Admission(request, call, adopted, state, by_acs3, is_foreign=True)
    return Admission(request, call, key, state, by_acs3)


def require_signature_type(admission: Admission) -> None:
    """Refuse, by its name, a documented way to sign that is not emulated: by a bearer token or a key pair."""
    common = admission.call.common
    if given := common.get("SignatureType"):
        cause = (
            f"The SignatureType is {shorten(given)}; an AccessKey's signature is taken, and no SignatureType with it."
        )
        raise Refusal("InvalidSignatureMethod", cause=cause)
    if "AccessKeyId" not in common and not admission.acs3:
        scheme = admission.request.headers.get("Authorization", "").partition(" ")[0]
        if scheme.startswith("ACS3-"):
            cause = f"The Authorization is by {shorten(scheme)}; {acs3.SCHEME} is taken."
            raise Refusal("InvalidSignatureMethod", cause=cause)


def require_known_key(admission: Admission) -> None:
    if admission.key is None:
        given, accounts = admission.call.common.get("AccessKeyId", ""), admission.state.accounts
        known_keys = list_few(accounts, lambda account: account.of(CREDENTIALS).access_key_id)
        cause = f"The AccessKeyId {shorten(given)} is that of no account; known are {known_keys}, and {HINT}."
        raise Refusal("InvalidAccessKeyId.NotFound", cause=cause)


def require_active_key(admission: Admission) -> None:
    if not admission.known_key.credentials.active:
        cause = (
            f"The AccessKeyId {shorten(admission.known_key.id)} is switched off: its account has aliyun.active false."
        )
        raise Refusal("InvalidAccessKeyId.Inactive", cause=cause)


def require_security_token(admission: Admission) -> None:
    key, given = admission.known_key, admission.call.common.get("SecurityToken")
    if key.token is not None and not given:
        cause = f"There is no SecurityToken, but {shorten(key.id)} is temporary; {_STS_HINT}."
        raise Refusal("MissingSecurityToken", cause=cause)
    if given and key.token is None:
        cause = (
            f"There is a SecurityToken, but {shorten(key.id)} is no temporary AccessKeyId and needs none; {_STS_HINT}."
        )
        raise Refusal("InvalidSecurityToken.MismatchWithAccessKey", cause=cause)
    if given and given != key.token:
        if has_security_token(admission.state.accounts, given):
            cause = f"The SecurityToken belongs to another AccessKeyId than {shorten(key.id)}; {_STS_HINT}."
            raise Refusal("InvalidSecurityToken.MismatchWithAccessKey", cause=cause)
        cause = f"The SecurityToken, of {len(given)} characters, is none of this server; {_STS_HINT}."
        raise Refusal("InvalidSecurityToken.Malformed", cause=cause)
    if given and key.expires is not None and (late := key.account.clock.now() - key.expires) >= 0:
        until = "aliyun.sts.expires of the account says when, and null that it never does"
        cause = f"The SecurityToken ran out {late:.0f} s ago by the clock of the account; {until}."
        raise Refusal("InvalidSecurityToken.Expired", cause=cause)


@lru_cache(16)
def parse_timestamp(text: str) -> float | None:
    """Return the Unix seconds of a timestamp; None when it is not written YYYY-MM-DDThh:mm:ssZ."""
    try:
        return datetime.fromisoformat(text).timestamp() if _TIMESTAMP(text) else None
    except ValueError:
        return None


def require_fresh_timestamp(
    admission: Admission, timestamp: float | None, example: str = "2026-01-05T08:00:00Z"
) -> None:
    """Refuse a timestamp that is far from both the wall clock and the account's clock, or that could not be read.

    Either clock will do: SDKs send real time, however far a test moved the account's clock. `timestamp` is in Unix
    seconds; `example` shows in the refusal how a timestamp is written.
    """
    if timestamp is None:
        given = shorten(admission.call.common.get("Timestamp", ""))
        raise Refusal("InvalidTimeStamp.Format", cause=f"The stamp {given} is not written like {example}.")
    clock = admission.known_key.account.clock
    if abs(timestamp - clock.wall()) > FRESH_SECONDS and abs(timestamp - clock.now()) > FRESH_SECONDS:
        real, own = (_format_distance(timestamp - now) for now in (clock.wall(), clock.now()))
        moved = "" if own == real else f" and {own} the clock of the account"
        raise Refusal(
            "InvalidTimeStamp.Expired", cause=f"The stamp is {real} real time{moved}; {FRESH_SECONDS} s are allowed."
        )


def _format_distance(seconds: float) -> str:
    return f"{abs(seconds):.0f} s {'behind' if seconds < 0 else 'before'}"


def claim_nonce(admission: Admission) -> None:
    """Claim the nonce, so that a call is refused whose nonce came with this key before.

    It runs after the check of the signature, so only a call with a right signature uses up its nonce. A HEAD uses up
    none, and a call without a nonce is not refused.
    """
    key, used = admission.known_key, admission.call.common.get("SignatureNonce")
    if used and admission.request.method != "HEAD":  # both gateways refuse a HEAD for its method
        name = f"aliyun/nonce/{key.id}\0{used}"
        admission.claims.append(Claim("once", name, FRESH_SECONDS, "SignatureNonceUsed", _USED))


def require_acs3_signature(admission: Admission) -> None:
    canonical = _build_canonical_request(admission.request)
    to_sign = acs3.build_string_to_sign(canonical)
    if not is_same_signature(admission.call.common["Signature"], acs3.sign(admission.known_key.secret, to_sign)):
        compared = f"server StringToSign is [{to_sign}] server CanonicalRequest is [{canonical}]"
        message = f"Specified signature does not match our calculation. {compared}"
        raise Refusal("SignatureDoesNotMatch", cause=_explain_mismatch(admission), message=message)


def make_signature_refusal(admission: Admission, to_sign: str) -> Refusal:
    """Return the refusal of a wrong signature over `to_sign`.

    The SDKs split its message at the first colon and compare the rest with their own string to sign.
    """
    message = f"Specified signature is not matched with our calculation. server string to sign is:{to_sign}"
    return Refusal("SignatureDoesNotMatch", cause=_explain_mismatch(admission), message=message)


def _explain_mismatch(admission: Admission) -> str:
    key = shorten(admission.known_key.id)
    hint = "`signature` of the journal entry has what is signed, and the cause if one is found"
    return f"The signature is not that of this call and the secret of {key}; {hint}."


def format_account(admission: Admission) -> str:
    """Return the name of the account that calls, as a refusal quotes it."""
    return shorten(admission.known_key.account.name)


def is_same_signature(given: str, expected: str) -> bool:
    """Return whether two signatures are equal, in a time that does not depend on where they differ."""
    return compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


def _build_canonical_request(request: WireRequest) -> str:
    authorization = acs3.parse_authorization(request.headers["Authorization"])
    names = authorization.signed_headers if authorization else ()
    body_hash = hashlib.sha256(request.body).hexdigest()
    return acs3.build_canonical_request(request.method, request.path, request.query, request.headers, names, body_hash)
