"""Who may come in: the checks of the RPC gateway, in the order of CHECKS.

Evidence for the order is partial: an unknown key and an expired stamp are reported without a complaint about the
signature, InvalidVersion appears for otherwise broken requests. That a nonce is consumed only by a request whose
signature matched, and is remembered per AccessKeyId, is our guess.
"""

from emulator.gateway import checks
from emulator.gateway.checks import Visit
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
    common = visit.call.common
    for name in _ACS3 if visit.acs3 else _RPC:
        if not common.get(name):
            raise Refusal(f"Missing{name}")


def method_of_signature(visit: Visit) -> None:
    if not visit.acs3 and visit.call.common["SignatureMethod"] != "HMAC-SHA1":
        raise Refusal("InvalidSignatureMethod")
    if not visit.acs3 and visit.call.common["SignatureVersion"] != "1.0":
        raise Refusal("InvalidSignatureVersion")


def stamp(visit: Visit) -> None:
    given = visit.call.common["Timestamp"]
    checks.fresh(visit, checks.moment(given) if len(given) == checks.STAMP else None)


def signature(visit: Visit) -> None:
    if visit.acs3:
        checks.acs3_signature(visit)
        return
    to_sign = visit.call.to_sign or wire.string_to_sign(visit.request)
    if not checks.same(visit.call.common["Signature"], rpc.sign(visit.known.secret, to_sign)):
        raise checks.mismatch(to_sign)


def http_method(visit: Visit) -> None:
    if visit.request.method not in ("GET", "POST"):
        raise Refusal("UnsupportedHTTPMethod")


def purchased(visit: Visit) -> None:
    if not visit.known.account.aliyun.purchased:
        raise Refusal("InvalidApi.NotPurchase")


def quota(visit: Visit) -> None:
    account = visit.known.account
    per_second = account.settings.limits["aliyun_imageaudit"]["per_second"]
    if per_second and account.store.increment(visit.call.operation, account.clock.now(), 1) > per_second:
        raise Refusal("Throttling")


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
