"""Who may come in: the checks of the ROA gateway, and the first of Green itself, in the order of CHECKS.

The order is our guess, after that of the RPC gateway. Official clients send neither nonce nor Content-MD5 nor a JSON
content type at times, and some write the whole URL into Host: none of that is refused.
"""

import base64
import hashlib
import re
from email.utils import parsedate_to_datetime
from functools import lru_cache

from emulator.gateway import checks, neighbours
from emulator.gateway.checks import Visit
from emulator.problems import beyond, shown
from emulator.providers.aliyun_green.operations import OPERATIONS
from emulator.signatures import roa
from emulator.vocabulary import Call, Refusal, WireRequest
from emulator.world import World
from emulator.world.accounts import Account

VERSION = "2018-05-09"
OLD_VERSIONS = ("2017-08-25", "2017-01-12")

_FORMS = "`acs KEY:SIGNATURE` and ACS3-HMAC-SHA256"
_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|\+0000)", re.ASCII).fullmatch


def authorization(visit: Visit) -> None:
    checks.signature_type(visit)
    if not visit.request.headers.get("Authorization"):
        rpc = " It is signed in its query, as calls at / are." if "Signature=" in visit.request.query else ""
        raise Refusal("MissingAccessKeyId", cause=f"There is no Authorization header; {_FORMS} are taken.{rpc}")
    if "Signature" not in visit.call.common:
        raise Refusal("IncompleteSignature", cause=f"The Authorization header is neither: {_FORMS} are taken.")


def api(visit: Visit) -> None:
    if visit.call.operation not in OPERATIONS:
        cause = f"Not emulated: {shown(visit.request.path)}; under /green/ there are {', '.join(OPERATIONS)}."
        raise Refusal("InvalidApi.NotFound", cause=cause)


def http_method(visit: Visit) -> None:
    if visit.request.method != "POST":
        raise Refusal("UnsupportedHTTPMethod", cause=f"The method is {shown(visit.request.method)}; POST is served.")


def version(visit: Visit) -> None:
    given = visit.call.common.get("Version")
    old = given in OLD_VERSIONS and not visit.world.settings.quirks["green.strict_version"]
    if given != VERSION and not old:
        told = f"x-acs-version is {shown(given)}" if given else "There is no x-acs-version"
        strict = "; green.strict_version switches older ones off" if given in OLD_VERSIONS else ""
        other = neighbours.meant(given, visit.call.operation) if given and not strict else ""
        raise Refusal("InvalidAction.NotFound", cause=f"{told}; {VERSION} is served{strict}. {other}".strip())


def method_of_signature(visit: Visit) -> None:
    if not visit.acs3 and (given := visit.call.common["SignatureMethod"]) != "HMAC-SHA1":
        cause = f"x-acs-signature-method is {shown(given)}; HMAC-SHA1 is taken."
        raise Refusal("InvalidSignatureMethod", cause=cause)
    if not visit.acs3 and (given := visit.request.headers.get("x-acs-signature-version", "1.0")) != "1.0":
        raise Refusal("InvalidSignatureMethod", cause=f"x-acs-signature-version is {shown(given)}; 1.0 is taken.")


def signature(visit: Visit) -> None:
    if visit.acs3:
        checks.acs3_signature(visit)
        return
    expected = string_to_sign(visit.request)
    for text in (expected, string_to_sign(visit.request, bare=True)):
        if checks.same(visit.call.common["Signature"], roa.sign(visit.known.secret, text)):
            return
    raise checks.mismatch(visit, expected)


def string_to_sign(request: WireRequest, *, bare: bool = False) -> str:
    """What a ROA client should have signed; clients differ in how they sign an empty value."""
    return roa.string_to_sign(request.method, request.path, request.query, request.headers, bare=bare)


def stamp(visit: Visit) -> None:
    given = visit.call.common.get("Timestamp", "")
    if visit.acs3:
        checks.fresh(visit, checks.moment(given) if len(given) == checks.STAMP else None)
    else:
        checks.fresh(visit, moment(given), "Mon, 05 Jan 2026 08:00:00 GMT, as the Date header has it")


@lru_cache(16)
def moment(text: str) -> float | None:
    """Unix seconds of an HTTP date such as `Mon, 05 Jan 2026 08:00:00 GMT`; None when it is none."""
    try:
        return parsedate_to_datetime(text).timestamp() if _DATE(text) else None
    except ValueError:
        return None


def content_md5(visit: Visit) -> None:
    given = visit.request.headers.get("Content-MD5")
    if given and given != (right := base64.b64encode(hashlib.md5(visit.request.body).digest()).decode()):
        cause = f"Content-MD5 is {shown(given)}; that of the {len(visit.request.body)} bytes that came is {right}."
        raise Refusal("ContentMD5NotMatched", cause=cause)


def purchased(visit: Visit) -> None:
    if not visit.known.account.aliyun.purchased:
        cause = f"The account {checks.owner(visit)} did not buy the service: it has aliyun.purchased false."
        raise Refusal("596", cause=cause)


def quota(visit: Visit) -> None:
    """Calls per second of each operation."""
    kind, _, deed = visit.call.operation.partition("/")
    limit = f"{'feedback' if deed == 'feedback' else kind}_per_second"
    account = visit.known.account
    most = account.settings.limits["aliyun_green"][limit]
    if most and (used := account.store.increment(visit.call.operation, account.clock.now(), 1)) > most:
        cause = beyond(f"aliyun_green.{limit}", most, used)
        raise Refusal(str(visit.world.settings.quirks["green.throttled"]), cause=cause)


CHECKS = (
    *(authorization, checks.known, checks.active, api, http_method, version, method_of_signature),
    *(checks.security_token, signature, stamp, checks.nonce, content_md5, purchased, quota),
)


def admit(request: WireRequest, call: Call, world: World) -> Account:
    """The account whose key signed the call, or the refusal of the first check that fails."""
    visit = checks.arrived(request, call, world)
    for check in CHECKS:
        check(visit)
    return visit.known.account
