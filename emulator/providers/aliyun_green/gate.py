"""Who may come in: the checks of the ROA gateway, and the first of Green itself, in the order of CHECKS.

The order is our guess, after that of the RPC gateway. Official clients send neither nonce nor Content-MD5 nor a JSON
content type at times, and some write the whole URL into Host: none of that is refused.
"""

import base64
import hashlib
import re
from email.utils import parsedate_to_datetime
from functools import lru_cache

from emulator.gateway import checks
from emulator.gateway.checks import Visit
from emulator.providers.aliyun_green.operations import OPERATIONS
from emulator.signatures import roa
from emulator.vocabulary import Call, Refusal, WireRequest
from emulator.world import World
from emulator.world.accounts import Account

VERSION = "2018-05-09"
OLD_VERSIONS = ("2017-08-25", "2017-01-12")

_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|\+0000)", re.ASCII).fullmatch


def authorization(visit: Visit) -> None:
    if not visit.request.headers.get("Authorization"):
        raise Refusal("MissingAccessKeyId")
    if "Signature" not in visit.call.common:
        raise Refusal("IncompleteSignature", "The Authorization header is neither `acs KEY:SIGNATURE` nor of ACS3.")


def api(visit: Visit) -> None:
    if visit.call.operation not in OPERATIONS:
        raise Refusal("InvalidApi.NotFound")


def http_method(visit: Visit) -> None:
    if visit.request.method != "POST":
        raise Refusal("UnsupportedHTTPMethod")


def version(visit: Visit) -> None:
    given = visit.call.common.get("Version")
    old = given in OLD_VERSIONS and not visit.world.settings.quirks["green.strict_version"]
    if given != VERSION and not old:
        raise Refusal("InvalidAction.NotFound", f"x-acs-version is {given or 'missing'}.")


def method_of_signature(visit: Visit) -> None:
    if not visit.acs3 and visit.call.common["SignatureMethod"] != "HMAC-SHA1":
        raise Refusal("InvalidSignatureMethod")


def signature(visit: Visit) -> None:
    if visit.acs3:
        checks.acs3_signature(visit)
        return
    expected = string_to_sign(visit.request)
    for text in (expected, string_to_sign(visit.request, bare=True)):
        if checks.same(visit.call.common["Signature"], roa.sign(visit.known.secret, text)):
            return
    raise checks.mismatch(expected)


def string_to_sign(request: WireRequest, *, bare: bool = False) -> str:
    """What a ROA client should have signed; clients differ in how they sign an empty value."""
    return roa.string_to_sign(request.method, request.path, request.query, request.headers, bare=bare)


def stamp(visit: Visit) -> None:
    given = visit.call.common.get("Timestamp", "")
    if visit.acs3:
        checks.fresh(visit, checks.moment(given) if len(given) == checks.STAMP else None)
    else:
        checks.fresh(visit, moment(given))


@lru_cache(16)
def moment(text: str) -> float | None:
    """Unix seconds of an HTTP date such as `Mon, 05 Jan 2026 08:00:00 GMT`; None when it is none."""
    try:
        return parsedate_to_datetime(text).timestamp() if _DATE(text) else None
    except ValueError:
        return None


def content_md5(visit: Visit) -> None:
    given = visit.request.headers.get("Content-MD5")
    if given and given != base64.b64encode(hashlib.md5(visit.request.body).digest()).decode():
        raise Refusal("ContentMD5NotMatched")


def purchased(visit: Visit) -> None:
    if not visit.known.account.aliyun.purchased:
        raise Refusal("596")


def quota(visit: Visit) -> None:
    """Calls per second of each operation."""
    kind, _, deed = visit.call.operation.partition("/")
    most = visit.known.account.settings.limits["aliyun_green"][
        f"{'feedback' if deed == 'feedback' else kind}_per_second"
    ]
    account = visit.known.account
    if most and account.store.increment(visit.call.operation, account.clock.now(), 1) > most:
        raise Refusal(str(visit.world.settings.quirks["green.throttled"]))


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
