"""Who may come in: the checks of the RPC gateway, in the order of CHECKS.

Evidence for the order is partial: an unknown key and an expired stamp are reported without a complaint about the
signature, InvalidVersion appears for otherwise broken requests. That a nonce is consumed only by a request whose
signature matched, and is remembered per AccessKeyId, is our guess.
"""

import hashlib
import re
from datetime import datetime
from functools import lru_cache
from hmac import compare_digest
from typing import NamedTuple
from urllib.parse import urlsplit

from emulator.providers.aliyun_imageaudit import wire
from emulator.providers.aliyun_imageaudit.operations import OPERATIONS
from emulator.signatures import acs3, rpc
from emulator.vocabulary import Call, Refusal, WireRequest
from emulator.world import World
from emulator.world.accounts import Account, Key

VERSION = "2019-12-30"
FRESH = 15 * 60  # seconds a stamp may differ from the clock, and a nonce may not come again

_RPC = ("Timestamp", "AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Signature")
_ACS3 = ("Timestamp", "AccessKeyId", "SignatureNonce", "Signature")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII).fullmatch


class Visit(NamedTuple):
    """Everything a check may look at. `key` is None when the AccessKeyId opens nothing; `acs3` tells form E."""

    request: WireRequest
    call: Call
    key: Key | None
    world: World
    acs3: bool

    @property
    def known(self) -> Key:
        if self.key is None:
            raise Refusal("InvalidAccessKeyId.NotFound")
        return self.key


def product(visit: Visit) -> None:
    host = visit.request.headers.get("Host", "").partition(":")[0]
    if host.endswith(".aliyuncs.com") and not host.startswith("imageaudit."):
        raise Refusal("InvalidProduct.NotFound")


def version(visit: Visit) -> None:
    given = visit.call.common.get("Version")
    if not given:
        raise Refusal("MissingVersion")
    if given != VERSION:
        raise Refusal("InvalidVersion")


def action(visit: Visit) -> None:
    if not visit.call.operation:
        raise Refusal("MissingAction")
    if visit.call.operation not in OPERATIONS:
        raise Refusal("InvalidAction.NotFound")


def answer_format(visit: Visit) -> None:
    # `None` is what a deprecated call of the official SDK sends when it was given no format.
    given = visit.call.common.get("Format", "")
    if given not in ("JSON", "XML", "") and given.lower() not in ("json", "xml", "none"):
        raise Refusal("InvalidParameter.Format", message="Specified parameter format is not valid.")


def present(visit: Visit) -> None:
    if visit.acs3 and "Signature" not in visit.call.common:
        raise Refusal("IncompleteSignature", "The Authorization header has no Credential, SignedHeaders or Signature.")
    for name in _ACS3 if visit.acs3 else _RPC:
        if not visit.call.common.get(name):
            raise Refusal(f"Missing{name}")


def method_of_signature(visit: Visit) -> None:
    if not visit.acs3 and visit.call.common["SignatureMethod"] != "HMAC-SHA1":
        raise Refusal("InvalidSignatureMethod")
    if not visit.acs3 and visit.call.common["SignatureVersion"] != "1.0":
        raise Refusal("InvalidSignatureVersion")


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


def stamp(visit: Visit) -> None:
    """Fresh by the wall clock or by the account's clock: SDKs stamp real time, however far a test moved the other."""
    moment = _moment(visit.call.common["Timestamp"])
    if moment is None:
        raise Refusal("InvalidTimeStamp.Format")
    clock = visit.known.account.clock
    if abs(moment - clock.wall()) > FRESH and abs(moment - clock.now()) > FRESH:
        raise Refusal("InvalidTimeStamp.Expired")


@lru_cache(16)
def _moment(text: str) -> float | None:
    """Unix seconds of a Timestamp; None when it is not YYYY-MM-DDThh:mm:ssZ."""
    try:
        return datetime.fromisoformat(text).timestamp() if _STAMP(text) else None
    except ValueError:
        return None


def signature(visit: Visit) -> None:
    given = visit.call.common["Signature"].encode("utf-8", "surrogateescape")
    if visit.acs3:
        canonical = _canonical_request(visit.request)
        to_sign = acs3.string_to_sign(canonical)
        expected = acs3.sign(visit.known.secret, to_sign)
    else:
        to_sign = string_to_sign(visit.request)
        expected = rpc.sign(visit.known.secret, to_sign)
    if compare_digest(given, expected.encode()):
        return
    if visit.acs3:
        told = f"does not match our calculation. server StringToSign is [{to_sign}]"
        told += f" server CanonicalRequest is [{canonical}]"
    else:
        # The SDKs split here at the first colon and compare the rest with their own string to sign.
        told = f"is not matched with our calculation. server string to sign is:{to_sign}"
    raise Refusal("SignatureDoesNotMatch", message=f"Specified signature {told}")


def string_to_sign(request: WireRequest) -> str:
    """What an RPC client should have signed: the pairs of query and form together."""
    body = wire.form(request)
    fast = None if body else rpc.string_to_sign_canonical(request.method, request.query)
    if fast is not None:
        return fast
    return rpc.string_to_sign(request.method, wire.pairs(request.query) + wire.pairs(body))


def _canonical_request(request: WireRequest) -> str:
    authorization = acs3.parse(request.headers["Authorization"])
    names = authorization.signed_headers if authorization else ()
    body_hash = hashlib.sha256(request.body).hexdigest()
    path = request.path if request.path.startswith("/") else urlsplit(request.path).path or "/"
    return acs3.canonical_request(request.method, path, request.query, request.headers, names, body_hash)


def nonce(visit: Visit) -> None:
    key = visit.known
    clock, used = key.account.clock, visit.call.common["SignatureNonce"]
    if not key.account.store.add(("nonce", key.id, used), clock.now(), FRESH):
        raise Refusal("SignatureNonceUsed")


def http_method(visit: Visit) -> None:
    if visit.request.method not in ("GET", "POST"):
        raise Refusal("UnsupportedHTTPMethod")


def purchased(visit: Visit) -> None:
    if not visit.known.account.aliyun.purchased:
        raise Refusal("InvalidApi.NotPurchase")


def quota(visit: Visit) -> None:
    per_second = visit.world.settings.limits["aliyun_imageaudit"]["per_second"]
    account = visit.known.account
    if per_second and account.store.increment(visit.call.operation, account.clock.now(), 1) > per_second:
        raise Refusal("Throttling")


CHECKS = (
    *(product, version, action, answer_format, present, method_of_signature),
    *(active, security_token, stamp, signature, nonce, http_method, purchased, quota),
)


def admit(request: WireRequest, call: Call, world: World) -> Account:
    """The account whose key signed the call, or the refusal of the first check that fails."""
    key = world.accounts.key(call.common.get("AccessKeyId", ""))
    visit = Visit(request, call, key, world, request.headers.get("Authorization", "").startswith(acs3.SCHEME))
    for check in CHECKS:
        check(visit)
    return visit.known.account
