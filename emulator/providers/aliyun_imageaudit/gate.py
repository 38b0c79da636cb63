"""Who may come in: the checks of the RPC gateway, in the order of CHECKS.

Evidence for the order is partial: an unknown key and an expired stamp are reported without a complaint about the
signature, InvalidVersion appears for otherwise broken requests. That a nonce is consumed only by a request whose
signature matched, and is remembered per AccessKeyId, is our guess.
"""

from emulator.gateway import checks, neighbours
from emulator.gateway.checks import Visit
from emulator.problems import beyond, choice, shown
from emulator.providers.aliyun_imageaudit import wire
from emulator.providers.aliyun_imageaudit.operations import OPERATIONS
from emulator.signatures import rpc
from emulator.vocabulary import Call, Refusal, WireRequest
from emulator.world import World
from emulator.world.accounts import Account

VERSION = "2019-12-30"

_RPC = ("Timestamp", "AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Signature")
_ACS3 = ("Timestamp", "AccessKeyId", "SignatureNonce", "Signature")


def product(visit: Visit) -> None:
    if visit.call.operation not in OPERATIONS:
        version = visit.call.common.get("Version", "")
        if neighbours.product(version, wire.PRODUCT) != wire.PRODUCT:
            raise Refusal("InvalidAction.NotFound", cause=neighbours.meant(version, shown(visit.call.operation)))
    host = visit.request.headers.get("Host", "").partition(":")[0]
    if host.endswith(".aliyuncs.com") and not host.startswith("imageaudit."):
        cause = f"The host {shown(host)} is another product's; imageaudit.*.aliyuncs.com is taken, or any other name."
        raise Refusal("InvalidProduct.NotFound", cause=cause)


def version(visit: Visit) -> None:
    given = visit.call.common.get("Version")
    if not given:
        raise Refusal("MissingVersion", cause=f"There is no Version; {VERSION} is served.")
    if given != VERSION:
        raise Refusal("InvalidVersion", cause=f"The Version is {shown(given)}; {VERSION} is served.")


def action(visit: Visit) -> None:
    if not visit.call.operation:
        raise Refusal("MissingAction", cause=f"There is no Action; {', '.join(OPERATIONS)} are emulated.")
    if visit.call.operation not in OPERATIONS:
        cause = f"The Action is {shown(visit.call.operation)}, and expected {choice(visit.call.operation, OPERATIONS)}."
        raise Refusal("InvalidAction.NotFound", cause=cause)


def answer_format(visit: Visit) -> None:
    # `None` is what a deprecated call of the official SDK sends when it was given no format.
    given = visit.call.common.get("Format", "")
    if given not in ("JSON", "XML", "") and given.lower() not in ("json", "xml", "none"):
        cause, message = (
            f"The Format is {shown(given)}; JSON and XML are taken.",
            "Specified parameter format is not valid.",
        )
        raise Refusal("InvalidParameter.Format", cause=cause, message=message)


def present(visit: Visit) -> None:
    checks.signature_type(visit)
    if visit.acs3 and "Signature" not in visit.call.common:
        given = visit.request.headers.get("Authorization", "")
        absent = [name for name in ("Credential", "SignedHeaders", "Signature") if f"{name}=" not in given]
        told = f"there is no {' and no '.join(absent)}" if absent else "that is not its form"
        cause = f"Authorization is ACS3-HMAC-SHA256 Credential=...,SignedHeaders=...,Signature=...; {told}."
        raise Refusal("IncompleteSignature", cause=cause)
    common, needed = visit.call.common, _ACS3 if visit.acs3 else _RPC
    for name in needed:
        if not common.get(name):
            raise Refusal(f"Missing{name}", cause=f"There is no {name}; a call has {', '.join(needed)}.")


def method_of_signature(visit: Visit) -> None:
    if not visit.acs3 and visit.call.common["SignatureMethod"] != "HMAC-SHA1":
        given = shown(visit.call.common["SignatureMethod"])
        raise Refusal("InvalidSignatureMethod", cause=f"The SignatureMethod is {given}; HMAC-SHA1 is taken.")
    if not visit.acs3 and visit.call.common["SignatureVersion"] != "1.0":
        given = shown(visit.call.common["SignatureVersion"])
        raise Refusal("InvalidSignatureVersion", cause=f"The SignatureVersion is {given}; 1.0 is taken.")


def stamp(visit: Visit) -> None:
    given = visit.call.common["Timestamp"]
    checks.fresh(visit, checks.moment(given) if len(given) == checks.STAMP else None)


def signature(visit: Visit) -> None:
    if visit.acs3:
        checks.acs3_signature(visit)
        return
    to_sign = visit.call.to_sign or wire.string_to_sign(visit.request)
    if not checks.same(visit.call.common["Signature"], rpc.sign(visit.known.secret, to_sign)):
        raise checks.mismatch(visit, to_sign)


def http_method(visit: Visit) -> None:
    if visit.request.method not in ("GET", "POST"):
        cause = f"The method is {shown(visit.request.method)}; GET and POST are served."
        raise Refusal("UnsupportedHTTPMethod", cause=cause)


def purchased(visit: Visit) -> None:
    if not visit.known.account.aliyun.purchased:
        cause = f"The account {checks.owner(visit)} did not buy the service: it has aliyun.purchased false."
        raise Refusal("InvalidApi.NotPurchase", cause=cause)


def quota(visit: Visit) -> None:
    account = visit.known.account
    per_second = account.settings.limits["aliyun_imageaudit"]["per_second"]
    if per_second and (used := account.store.increment(visit.call.operation, account.clock.now(), 1)) > per_second:
        raise Refusal("Throttling", cause=beyond("aliyun_imageaudit.per_second", per_second, used))


CHECKS = (
    *(product, version, action, answer_format, present, method_of_signature),
    *(checks.known, checks.active, checks.security_token, stamp, signature, checks.nonce),
    *(http_method, purchased, quota),
)


def admit(request: WireRequest, call: Call, world: World) -> Account:
    """The account whose key signed the call, or the refusal of the first check that fails."""
    visit = checks.arrived(request, call, world)
    for check in CHECKS:
        check(visit)
    return visit.known.account
