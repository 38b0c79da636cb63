"""The gate: the checks of the RPC gateway, in the order of CHECKS.

Evidence for the order is partial. An unknown key and an expired timestamp are reported without a complaint about the
signature; InvalidVersion appears for otherwise broken requests. Our guess: only a request whose signature matched uses
up its nonce, and nonces are remembered per AccessKeyId.
"""

from emulator.admission import run_checks
from emulator.error_types import Refusal
from emulator.problems import format_choices, shorten
from emulator.providers.aliyun.admission import Admission
from emulator.providers.aliyun.gateway import checks, services
from emulator.providers.aliyun.imageaudit import wire
from emulator.providers.aliyun.imageaudit.operations import OPERATIONS
from emulator.quota import Quota, claim_call
from emulator.signatures import rpc
from emulator.state import State
from emulator.types import Call, WireRequest

VERSION = "2019-12-30"
LIMITS = {"per_second": 2}
_QUOTA = Quota("aliyun_imageaudit", "per_second", "Throttling")

_RPC = ("Timestamp", "AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Signature")
_ACS3 = ("Timestamp", "AccessKeyId", "SignatureNonce", "Signature")


def require_product(admission: Admission) -> None:
    if admission.call.operation not in OPERATIONS:
        version = admission.call.common.get("Version", "")
        if services.choose_product(version, wire.PRODUCT) != wire.PRODUCT:
            raise Refusal(
                "InvalidAction.NotFound", cause=services.explain_service(version, shorten(admission.call.operation))
            )
    host = admission.request.host.partition(":")[0]
    if host.endswith(".aliyuncs.com") and not host.startswith("imageaudit."):
        cause = f"The host {shorten(host)} is another product's; imageaudit.*.aliyuncs.com is taken, or any other name."
        raise Refusal("InvalidProduct.NotFound", cause=cause)


def require_version(admission: Admission) -> None:
    given = admission.call.common.get("Version")
    if not given:
        raise Refusal("MissingVersion", cause=f"There is no Version; {VERSION} is served.")
    if given != VERSION:
        raise Refusal("InvalidVersion", cause=f"The Version is {shorten(given)}; {VERSION} is served.")


def require_action(admission: Admission) -> None:
    if not admission.call.operation:
        raise Refusal("MissingAction", cause=f"There is no Action; {', '.join(OPERATIONS)} are emulated.")
    if (action := admission.call.operation) not in OPERATIONS:
        cause = f"The Action is {shorten(action)}, and expected {format_choices(action, OPERATIONS)}."
        raise Refusal("InvalidAction.NotFound", cause=cause)


def require_answer_format(admission: Admission) -> None:
    # A deprecated call of the official SDK sends the text None when it was given no format.
    given = admission.call.common.get("Format", "")
    if given not in ("JSON", "XML", "") and given.lower() not in ("json", "xml", "none"):
        cause, message = (
            f"The Format is {shorten(given)}; JSON and XML are taken.",
            "Specified parameter format is not valid.",
        )
        raise Refusal("InvalidParameter.Format", cause=cause, message=message)


def require_parameters(admission: Admission) -> None:
    checks.require_signature_type(admission)
    if admission.acs3 and "Signature" not in admission.call.common:
        given = admission.request.headers.get("Authorization", "")
        absent = [name for name in ("Credential", "SignedHeaders", "Signature") if f"{name}=" not in given]
        problem = f"there is no {' and no '.join(absent)}" if absent else "that is not its form"
        cause = f"Authorization is ACS3-HMAC-SHA256 Credential=...,SignedHeaders=...,Signature=...; {problem}."
        raise Refusal("IncompleteSignature", cause=cause)
    common, needed = admission.call.common, _ACS3 if admission.acs3 else _RPC
    for name in needed:
        if not common.get(name):
            raise Refusal(f"Missing{name}", cause=f"There is no {name}; a call has {', '.join(needed)}.")


def require_signature_method(admission: Admission) -> None:
    if not admission.acs3 and admission.call.common["SignatureMethod"] != "HMAC-SHA1":
        given = shorten(admission.call.common["SignatureMethod"])
        raise Refusal("InvalidSignatureMethod", cause=f"The SignatureMethod is {given}; HMAC-SHA1 is taken.")
    if not admission.acs3 and admission.call.common["SignatureVersion"] != "1.0":
        given = shorten(admission.call.common["SignatureVersion"])
        raise Refusal("InvalidSignatureVersion", cause=f"The SignatureVersion is {given}; 1.0 is taken.")


def require_fresh_timestamp(admission: Admission) -> None:
    given = admission.call.common["Timestamp"]
    checks.require_fresh_timestamp(
        admission, checks.parse_timestamp(given) if len(given) == checks.TIMESTAMP_LENGTH else None
    )


def require_signature(admission: Admission) -> None:
    if admission.acs3:
        checks.require_acs3_signature(admission)
        return
    to_sign = admission.call.to_sign or wire.build_string_to_sign(admission.request)
    if not checks.is_same_signature(admission.call.common["Signature"], rpc.sign(admission.known_key.secret, to_sign)):
        raise checks.make_signature_refusal(admission, to_sign)


def require_http_method(admission: Admission) -> None:
    if admission.request.method not in ("GET", "POST"):
        cause = f"The method is {shorten(admission.request.method)}; GET and POST are served."
        raise Refusal("UnsupportedHTTPMethod", cause=cause)


def require_purchase(admission: Admission) -> None:
    if not admission.known_key.credentials.purchased:
        cause = (
            f"The account {checks.format_account(admission)} did not buy the service: it has aliyun.purchased false."
        )
        raise Refusal("InvalidApi.NotPurchase", cause=cause)


def claim_quota(admission: Admission) -> None:
    """Claim one of the calls per second that an operation may get."""
    admission.claims += claim_call(admission.known_account, admission.call.operation, _QUOTA)


CHECKS = (
    *(
        require_product,
        require_version,
        require_action,
        require_answer_format,
        require_parameters,
        require_signature_method,
    ),
    *(
        checks.require_known_key,
        checks.require_active_key,
        checks.require_security_token,
        require_fresh_timestamp,
        require_signature,
        checks.claim_nonce,
    ),
    *(require_http_method, require_purchase, claim_quota),
)


# Nobody here knows the secret of a foreign key.
FOREIGN_CHECKS = tuple(check for check in CHECKS if check is not require_signature)


def admit(request: WireRequest, call: Call, state: State) -> Admission:
    """Return the account whose key signed the call. Raises the Refusal of the first check that fails."""
    admission = checks.build_admission(request, call, state)
    return run_checks(FOREIGN_CHECKS if admission.is_foreign else CHECKS, admission)
