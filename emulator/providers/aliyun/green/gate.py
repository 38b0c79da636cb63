"""The gate: the checks of the ROA gateway, and the first checks of Green itself, in the order of CHECKS.

The order is our guess, after that of the RPC gateway. At times official clients send no nonce, no Content-MD5 or no
JSON content type, and some write the whole URL into Host: none of this is refused.
"""

import base64
import hashlib
import re
from email.utils import parsedate_to_datetime
from functools import lru_cache

from emulator.admission import run_checks
from emulator.error_types import Refusal
from emulator.problems import shorten
from emulator.providers.aliyun.admission import Admission
from emulator.providers.aliyun.gateway import checks, services
from emulator.providers.aliyun.green.operations import OPERATIONS
from emulator.quota import Quota, claim_call
from emulator.signatures import roa
from emulator.state import State
from emulator.types import Call, WireRequest

VERSION = "2018-05-09"
OLD_VERSIONS = ("2017-08-25", "2017-01-12")

_FORMS = "`acs KEY:SIGNATURE` and ACS3-HMAC-SHA256"
_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|\+0000)", re.ASCII).fullmatch


def require_authorization(admission: Admission) -> None:
    checks.require_signature_type(admission)
    if not admission.request.headers.get("Authorization"):
        rpc = " It is signed in its query, as calls at / are." if "Signature=" in admission.request.query else ""
        raise Refusal("MissingAccessKeyId", cause=f"There is no Authorization header; {_FORMS} are taken.{rpc}")
    if "Signature" not in admission.call.common:
        raise Refusal("IncompleteSignature", cause=f"The Authorization header is neither: {_FORMS} are taken.")


def require_operation(admission: Admission) -> None:
    if admission.call.operation not in OPERATIONS:
        cause = f"Not emulated: {shorten(admission.request.path)}; under /green/ there are {', '.join(OPERATIONS)}."
        raise Refusal("InvalidApi.NotFound", cause=cause)


def require_post(admission: Admission) -> None:
    if admission.request.method != "POST":
        raise Refusal(
            "UnsupportedHTTPMethod", cause=f"The method is {shorten(admission.request.method)}; POST is served."
        )


def require_version(admission: Admission) -> None:
    given = admission.call.common.get("Version")
    old = given in OLD_VERSIONS and not admission.state.settings.quirks["green.strict_version"]
    if given != VERSION and not old:
        observed = f"x-acs-version is {shorten(given)}" if given else "There is no x-acs-version"
        strict = "; green.strict_version switches older ones off" if given in OLD_VERSIONS else ""
        other = services.explain_service(given, admission.call.operation) if given and not strict else ""
        raise Refusal("InvalidAction.NotFound", cause=f"{observed}; {VERSION} is served{strict}. {other}".strip())


def require_signature_method(admission: Admission) -> None:
    if not admission.acs3 and (given := admission.call.common["SignatureMethod"]) != "HMAC-SHA1":
        cause = f"x-acs-signature-method is {shorten(given)}; HMAC-SHA1 is taken."
        raise Refusal("InvalidSignatureMethod", cause=cause)
    if not admission.acs3 and (given := admission.request.headers.get("x-acs-signature-version", "1.0")) != "1.0":
        raise Refusal("InvalidSignatureMethod", cause=f"x-acs-signature-version is {shorten(given)}; 1.0 is taken.")


def require_signature(admission: Admission) -> None:
    if admission.acs3:
        checks.require_acs3_signature(admission)
        return
    expected = build_string_to_sign(admission.request)
    for text in (expected, build_string_to_sign(admission.request, bare=True)):
        if checks.is_same_signature(admission.call.common["Signature"], roa.sign(admission.known_key.secret, text)):
            return
    raise checks.make_signature_refusal(admission, expected)


def build_string_to_sign(request: WireRequest, *, bare: bool = False) -> str:
    """Return the text that a ROA client should have signed.

    Some clients sign an empty query value with an equals sign, others without: `bare` chooses the latter.
    """
    return roa.build_string_to_sign(request.method, request.path, request.query, request.headers, bare=bare)


def require_fresh_timestamp(admission: Admission) -> None:
    given = admission.call.common.get("Timestamp", "")
    if admission.acs3:
        checks.require_fresh_timestamp(
            admission, checks.parse_timestamp(given) if len(given) == checks.TIMESTAMP_LENGTH else None
        )
    else:
        checks.require_fresh_timestamp(
            admission, parse_http_date(given), "Mon, 05 Jan 2026 08:00:00 GMT, as the Date header has it"
        )


@lru_cache(16)
def parse_http_date(text: str) -> float | None:
    """Return the Unix seconds of an HTTP date such as `Mon, 05 Jan 2026 08:00:00 GMT`; None for any other text."""
    try:
        return parsedate_to_datetime(text).timestamp() if _DATE(text) else None
    except ValueError:
        return None


def require_content_md5(admission: Admission) -> None:
    given = admission.request.headers.get("Content-MD5")
    if given and given != (expected := base64.b64encode(hashlib.md5(admission.request.body).digest()).decode()):
        cause = (
            f"Content-MD5 is {shorten(given)}; that of the {len(admission.request.body)} bytes that came is {expected}."
        )
        raise Refusal("ContentMD5NotMatched", cause=cause)


def require_purchase(admission: Admission) -> None:
    if not admission.known_key.credentials.purchased:
        cause = (
            f"The account {checks.format_account(admission)} did not buy the service: it has aliyun.purchased false."
        )
        raise Refusal("596", cause=cause)


LIMITS = {"image_per_second": 50, "text_per_second": 100, "feedback_per_second": 20}


def claim_quota(admission: Admission) -> None:
    """Claim one of the calls per second that the operation may get."""
    kind, _, action = admission.call.operation.partition("/")
    limit = f"{'feedback' if action == 'feedback' else kind}_per_second"
    quota = Quota("aliyun_green", limit, str(admission.state.settings.quirks["green.throttled"]))
    admission.claims += claim_call(admission.known_account, admission.call.operation, quota)


CHECKS = (
    *(
        require_authorization,
        checks.require_known_key,
        checks.require_active_key,
        require_operation,
        require_post,
        require_version,
        require_signature_method,
    ),
    *(
        checks.require_security_token,
        require_signature,
        require_fresh_timestamp,
        checks.claim_nonce,
        require_content_md5,
        require_purchase,
        claim_quota,
    ),
)


# Nobody here knows the secret of a foreign key.
FOREIGN_CHECKS = tuple(check for check in CHECKS if check is not require_signature)


def admit(request: WireRequest, call: Call, state: State) -> Admission:
    """Return the account whose key signed the call. Raises the Refusal of the first check that fails."""
    admission = checks.build_admission(request, call, state)
    return run_checks(FOREIGN_CHECKS if admission.is_foreign else CHECKS, admission)
