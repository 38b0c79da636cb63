"""The checks that both gateways make: keys, temporary credentials, stamps, nonces, the ACS3 signature."""

import hashlib
import re
from datetime import datetime
from functools import lru_cache
from hmac import compare_digest

from emulator.signatures import acs3
from emulator.vocabulary import Call, Refusal, WireRequest
from emulator.world import World
from emulator.world.accounts import Account, Key

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


def from_headers(request: WireRequest) -> dict[str, str]:
    """The common parameters in headers, with the key and signature of an ACS3 Authorization."""
    common = {name: value for name, header in HEADERS.items() if (value := request.headers.get(header))}
    if parsed := acs3.parse(request.headers.get("Authorization", "")):
        common.update(AccessKeyId=parsed.credential, Signature=parsed.signature)
    return common


def known(visit: Visit) -> None:
    if visit.key is None:
        raise Refusal("InvalidAccessKeyId.NotFound")


def active(visit: Visit) -> None:
    if not visit.known.account.aliyun.active:
        raise Refusal("InvalidAccessKeyId.Inactive")


def security_token(visit: Visit) -> None:
    key, given = visit.known, visit.call.common.get("SecurityToken")
    if key.token is not None and not given:
        raise Refusal("MissingSecurityToken")
    if given and given != key.token:
        foreign = key.token is None or given in visit.world.accounts.security_tokens
        raise Refusal("InvalidSecurityToken.MismatchWithAccessKey" if foreign else "InvalidSecurityToken.Malformed")
    if given and key.expires is not None and key.account.clock.now() >= key.expires:
        raise Refusal("InvalidSecurityToken.Expired")


@lru_cache(16)
def moment(text: str) -> float | None:
    """Unix seconds of a stamp; None when it is not YYYY-MM-DDThh:mm:ssZ."""
    try:
        return datetime.fromisoformat(text).timestamp() if _STAMP(text) else None
    except ValueError:
        return None


def fresh(visit: Visit, stamped: float | None) -> None:
    """By the wall clock or by the account's clock: SDKs stamp real time, however far a test moved the other."""
    if stamped is None:
        raise Refusal("InvalidTimeStamp.Format")
    clock = visit.known.account.clock
    if abs(stamped - clock.wall()) > FRESH and abs(stamped - clock.now()) > FRESH:
        raise Refusal("InvalidTimeStamp.Expired")


def nonce(visit: Visit) -> None:
    """Used up only by a call whose signature matched, and by no HEAD; a call without one is no repetition."""
    key, used = visit.known, visit.call.common.get("SignatureNonce")
    if visit.request.method == "HEAD":
        return  # both gateways refuse it for its method
    if used and not key.account.store.add(("nonce", key.id, used), key.account.clock.now(), FRESH):
        raise Refusal("SignatureNonceUsed")


def acs3_signature(visit: Visit) -> None:
    canonical = _canonical_request(visit.request)
    to_sign = acs3.string_to_sign(canonical)
    if not same(visit.call.common["Signature"], acs3.sign(visit.known.secret, to_sign)):
        told = f"server StringToSign is [{to_sign}] server CanonicalRequest is [{canonical}]"
        raise Refusal("SignatureDoesNotMatch", message=f"Specified signature does not match our calculation. {told}")


def mismatch(to_sign: str) -> Refusal:
    """The SDKs split the message at its first colon and compare the rest with their own string to sign."""
    told = f"Specified signature is not matched with our calculation. server string to sign is:{to_sign}"
    return Refusal("SignatureDoesNotMatch", message=told)


def same(given: str, expected: str) -> bool:
    """Whether two signatures are equal, told in a time that does not depend on where they differ."""
    return compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


def _canonical_request(request: WireRequest) -> str:
    authorization = acs3.parse(request.headers["Authorization"])
    names = authorization.signed_headers if authorization else ()
    body_hash = hashlib.sha256(request.body).hexdigest()
    return acs3.canonical_request(request.method, request.path, request.query, request.headers, names, body_hash)
