"""The checks that both gateways make: keys, temporary credentials, stamps, nonces, the ACS3 signature."""

import hashlib
import re
from datetime import datetime
from functools import lru_cache
from hmac import compare_digest

from emulator.problems import shown
from emulator.signatures import acs3
from emulator.vocabulary import Call, Refusal, WireRequest
from emulator.world import World
from emulator.world.accounts import Account, Key
from emulator.world.credentials import few

STAMP = 20  # characters of a stamp
FRESH = 15 * 60  # seconds a stamp may differ from the clock, and a nonce may not come again

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII).fullmatch

# Where ROA calls and ACS3 calls of either gateway carry what RPC calls have as common parameters.
HEADERS = {
    "Action": "x-acs-action",
    "Version": "x-acs-version",
    "Timestamp": "x-acs-date",
    "SignatureNonce": "x-acs-signature-nonce",
    "SecurityToken": "x-acs-security-token",
    "SignatureType": "x-acs-signature-type",
}


class Visit:
    """Everything a check may look at. `key` is None when the AccessKeyId opens nothing; `acs3` tells the scheme. The
    checks after the one named `known` have the key as `known`.
    """

    def __init__(self, request: WireRequest, call: Call, key: Key | None, world: World, acs3: bool) -> None:
        self.request = request
        self.call = call
        self.key = key
        self.world = world
        self.acs3 = acs3
        if key is not None:
            self.known = key


def caller(call: Call, world: World) -> Account | None:
    """The account whose AccessKeyId a call names, whether or not it is let in."""
    key = world.accounts.key(call.common.get("AccessKeyId", ""))
    return key.account if key else None


def arrived(request: WireRequest, call: Call, world: World) -> Visit:
    """A call at the gate, with the key it names."""
    key = world.accounts.key(call.common.get("AccessKeyId", ""))
    return Visit(request, call, key, world, is_acs3(request))


def is_acs3(request: WireRequest) -> bool:
    """Whether the call is signed by ACS3."""
    return request.headers.get("Authorization", "").startswith(acs3.SCHEME)


def is_v3(request: WireRequest) -> bool:
    """Whether the call names its version in a header, as one signed by ACS3 does, and also one by a bearer token."""
    return bool(request.headers.get("x-acs-version"))


def from_headers(request: WireRequest) -> dict[str, str]:
    """The common parameters in headers, with the key and signature of an ACS3 Authorization."""
    common = {name: value for name, header in HEADERS.items() if (value := request.headers.get(header))}
    if parsed := acs3.parse(request.headers.get("Authorization", "")):
        common.update(AccessKeyId=parsed.credential, Signature=parsed.signature)
    return common


def signature_type(visit: Visit) -> None:
    """Refuse by its name what is signed in a documented way that is not emulated: by a bearer token or a key pair."""
    common = visit.call.common
    if given := common.get("SignatureType"):
        cause = f"The SignatureType is {shown(given)}; an AccessKey's signature is taken, and no SignatureType with it."
        raise Refusal("InvalidSignatureMethod", cause=cause)
    if "AccessKeyId" not in common and not visit.acs3:
        scheme = visit.request.headers.get("Authorization", "").partition(" ")[0]
        if scheme.startswith("ACS3-"):
            cause = f"The Authorization is by {shown(scheme)}; {acs3.SCHEME} is taken."
            raise Refusal("InvalidSignatureMethod", cause=cause)


def known(visit: Visit) -> None:
    if visit.key is None:
        given, accounts = visit.call.common.get("AccessKeyId", ""), visit.world.accounts
        known_ones = few(accounts, lambda account: account.aliyun.access_key_id)
        cause = f"The AccessKeyId {shown(given)} is that of no account; known are {known_ones}."
        raise Refusal("InvalidAccessKeyId.NotFound", cause=cause)


def active(visit: Visit) -> None:
    if not visit.known.account.aliyun.active:
        cause = f"The AccessKeyId {shown(visit.known.id)} is switched off: its account has aliyun.active false."
        raise Refusal("InvalidAccessKeyId.Inactive", cause=cause)


def security_token(visit: Visit) -> None:
    key, given = visit.known, visit.call.common.get("SecurityToken")
    if key.token is not None and not given:
        cause = f"There is no SecurityToken, but {shown(key.id)} is temporary: its account has one as aliyun.sts."
        raise Refusal("MissingSecurityToken", cause=cause)
    if given and key.token is None:
        cause = f"There is a SecurityToken, but {shown(key.id)} is no temporary AccessKeyId and has none."
        raise Refusal("InvalidSecurityToken.MismatchWithAccessKey", cause=cause)
    if given and given != key.token:
        if given in visit.world.accounts.security_tokens:
            cause = f"The SecurityToken belongs to another AccessKeyId than {shown(key.id)}."
            raise Refusal("InvalidSecurityToken.MismatchWithAccessKey", cause=cause)
        cause = f"The SecurityToken, of {len(given)} characters, is none of this server; {shown(key.id)} has another."
        raise Refusal("InvalidSecurityToken.Malformed", cause=cause)
    if given and key.expires is not None and (late := key.account.clock.now() - key.expires) >= 0:
        cause = f"The SecurityToken ran out {late:.0f} s ago by the clock of the account."
        raise Refusal("InvalidSecurityToken.Expired", cause=cause)


@lru_cache(16)
def moment(text: str) -> float | None:
    """Unix seconds of a stamp; None when it is not YYYY-MM-DDThh:mm:ssZ."""
    try:
        return datetime.fromisoformat(text).timestamp() if _STAMP(text) else None
    except ValueError:
        return None


def fresh(visit: Visit, stamped: float | None, wanted: str = "2026-01-05T08:00:00Z") -> None:
    """By the wall clock or by the account's clock: SDKs stamp real time, however far a test moved the other. `wanted`
    is a stamp as it is to be written.
    """
    if stamped is None:
        given = shown(visit.call.common.get("Timestamp", ""))
        raise Refusal("InvalidTimeStamp.Format", cause=f"The stamp {given} is not written like {wanted}.")
    clock = visit.known.account.clock
    if abs(stamped - clock.wall()) > FRESH and abs(stamped - clock.now()) > FRESH:
        real, own = (_distance(stamped - now) for now in (clock.wall(), clock.now()))
        moved = "" if own == real else f" and {own} the clock of the account"
        raise Refusal("InvalidTimeStamp.Expired", cause=f"The stamp is {real} real time{moved}; {FRESH} s are allowed.")


def _distance(seconds: float) -> str:
    return f"{abs(seconds):.0f} s {'behind' if seconds < 0 else 'before'}"


def nonce(visit: Visit) -> None:
    """Used up only by a call whose signature matched, and by no HEAD; a call without one is no repetition."""
    key, used = visit.known, visit.call.common.get("SignatureNonce")
    if visit.request.method == "HEAD":
        return  # both gateways refuse it for its method
    if used and not key.account.store.add(("nonce", key.id, used), key.account.clock.now(), FRESH):
        cause = f"The SignatureNonce came with this AccessKeyId before, within {FRESH} s; each call needs its own."
        raise Refusal("SignatureNonceUsed", cause=cause)


def acs3_signature(visit: Visit) -> None:
    canonical = _canonical_request(visit.request)
    to_sign = acs3.string_to_sign(canonical)
    if not same(visit.call.common["Signature"], acs3.sign(visit.known.secret, to_sign)):
        told = f"server StringToSign is [{to_sign}] server CanonicalRequest is [{canonical}]"
        message = f"Specified signature does not match our calculation. {told}"
        raise Refusal("SignatureDoesNotMatch", cause=_unlike(visit), message=message)


def mismatch(visit: Visit, to_sign: str) -> Refusal:
    """The SDKs split the message at its first colon and compare the rest with their own string to sign."""
    told = f"Specified signature is not matched with our calculation. server string to sign is:{to_sign}"
    return Refusal("SignatureDoesNotMatch", cause=_unlike(visit), message=told)


def _unlike(visit: Visit) -> str:
    key = shown(visit.known.id)
    return (
        f"The signature is not that of this call and the secret of {key}; `signature` of the journal entry tells why."
    )


def owner(visit: Visit) -> str:
    """Return the account that calls, as a refusal names it."""
    return shown(visit.known.account.name)


def same(given: str, expected: str) -> bool:
    """Whether two signatures are equal, told in a time that does not depend on where they differ."""
    return compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


def _canonical_request(request: WireRequest) -> str:
    authorization = acs3.parse(request.headers["Authorization"])
    names = authorization.signed_headers if authorization else ()
    body_hash = hashlib.sha256(request.body).hexdigest()
    return acs3.canonical_request(request.method, request.path, request.query, request.headers, names, body_hash)
