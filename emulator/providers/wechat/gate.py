"""The gate: the checks of the token endpoints, of the calls with a token, and of the cloud call.

Observed: appid is checked before grant_type, and an unknown token is 40001. The rest of the order is our choice.
"""

from collections.abc import Callable, Mapping, Sequence

from emulator.admission import run_checks
from emulator.error_types import Refusal
from emulator.problems import format_choices, shorten
from emulator.providers.wechat import quotas, tokens
from emulator.providers.wechat.admission import Admission
from emulator.providers.wechat.credentials import CREDENTIALS
from emulator.providers.wechat.foreign import find_or_adopt
from emulator.providers.wechat.operations import OPERATIONS
from emulator.state import State
from emulator.state.accounts import Account
from emulator.state.store import Claim
from emulator.types import Call, WireRequest

_MOST_ADDRESSES = 5  # addresses that a refusal lists
_WHERE = "the secret of an account is wechat.secret, which `moderation-emulator env` tells"
_TOKENS = "GET /cgi-bin/token and POST /cgi-bin/stable_token give one"


def require_path(admission: Admission) -> None:
    if admission.call.operation not in OPERATIONS:
        cause = f"Nothing is emulated at {shorten(admission.request.path)}; there are {', '.join(OPERATIONS)}."
        raise Refusal("40066", cause=cause)


def require_post(admission: Admission) -> None:
    if admission.request.method != "POST":
        raise Refusal("43002", cause=f"The method is {shorten(admission.request.method)}; POST is served.")


def require_no_head(admission: Admission) -> None:
    """Refuse a HEAD where no other check demands POST: it would use up a token or quota, and get no body."""
    if admission.request.method == "HEAD":
        raise Refusal("-501007" if admission.call.via == "cloud" else "43002", "HEAD is for files, not for calls.")


def require_content_length(admission: Admission) -> None:
    chunked = "Content-Length" not in admission.request.headers and "Transfer-Encoding" in admission.request.headers
    if chunked and admission.state.settings.quirks["wechat.chunked"] == "refused":
        cause = "The body came in chunks, without Content-Length; `taken` of the quirk wechat.chunked takes it."
        raise Refusal("412", cause=cause)


def require_body(admission: Admission) -> None:
    if admission.call.params is None:
        raise Refusal("44002", cause="The body is empty; it is a JSON object.")


def require_json_body(admission: Admission) -> None:
    """Refuse a body that is not a JSON object; otherwise the call would be refused for its missing appid."""
    if not isinstance(admission.call.params, dict):
        kind = shorten(admission.request.headers.get("Content-Type", ""))  # the body itself may hold a secret
        came = f"The body, {len(admission.request.body)} bytes of Content-Type {kind}, is no JSON object"
        raise Refusal("47001", cause=f"{came}; the page of getStableAccessToken has nothing else.")


def require_appid(admission: Admission) -> None:
    if not admission.call.common.get("appid"):
        raise Refusal("41002", cause=f"There is no appid; {admission.known_appids}.")
    if admission.account is None:
        raise admission.make_appid_refusal()


def require_grant_type(admission: Admission) -> None:
    if (given := admission.call.common.get("grant_type", "")) != "client_credential":
        raise Refusal("40002", cause=f"The grant_type is {shorten(given)}; client_credential is taken.")


def require_secret(admission: Admission) -> None:
    given = admission.call.common.get("secret")
    if not given:
        raise Refusal("41004", cause=f"There is no secret; {_WHERE}.")
    if given != admission.known_account.of(CREDENTIALS).secret and not admission.is_foreign:
        quoted_appid = shorten(admission.known_account.of(CREDENTIALS).appid)
        difference = _explain_secret(given, admission.known_account)
        raise Refusal("40125", cause=f"The secret is not that of the appid {quoted_appid}: {difference}; {_WHERE}.")


def require_allowed_address(admission: Admission) -> None:
    allowed = admission.known_account.of(CREDENTIALS).ip_allow
    if allowed and (remote := admission.request.remote.removeprefix("::ffff:")) not in allowed:
        addresses = ", ".join(allowed[:_MOST_ADDRESSES]) + (", ..." if len(allowed) > _MOST_ADDRESSES else "")
        raise Refusal(
            "40164", cause=f"The caller's address is {remote}; wechat.ip_allow of the account has {addresses}."
        )


def require_token(admission: Admission) -> None:
    given = admission.call.common.get("access_token")
    if not given:
        other = _CLOUD_PARAMETER in admission.call.common
        came = f" {_CLOUD_PARAMETER} came, which is not emulated." if other else ""
        raise Refusal("41001", cause=f"There is no access_token in the query; {_TOKENS}.{came}")
    if admission.account is None:
        cause = f"The access_token, of {len(given)} characters, is none of this server; {_TOKENS}."
        raise Refusal(str(admission.state.settings.quirks["wechat.garbage_token"]), cause=cause)
    lifetime = tokens.find_lifetime(admission.account, given)
    if lifetime is None:
        cause = f"The account has no such token; a reset or a restart forgets them all, and {_TOKENS}."
        raise Refusal("40001", cause=cause)
    if (late := admission.account.clock.now() - lifetime.until) >= 0:
        ended = f"{late:.0f} s ago by the clock of the account"
        if lifetime.replaced:
            raise Refusal("40001", cause=f"Another token took the place of this one, which ended {ended}.")
        raise Refusal("42001", cause=f"The token ran out {ended}; one is good for {tokens.LIFETIME_SECONDS} s.")


def require_plain_body(admission: Admission) -> None:
    """Refuse an encrypted body with a signature by its name, instead of ignoring it."""
    if _SIGNATURE in admission.request.headers:
        raise Refusal("47001", cause=f"{_SIGNATURE} came: signed and encrypted calls are not emulated.")


def require_signature(admission: Admission) -> None:
    """Refuse a cloud call without a signature; the cloud's gateway here takes any signature."""
    if "authorization" not in admission.call.common:
        taken = "any is taken, as every version of wx-server-sdk makes one of its secretId and secretKey"
        raise Refusal("-501001", cause=f"There is no `authorization`, neither in the form nor as a header; {taken}.")


def require_known_appid(admission: Admission) -> None:
    if admission.account is None:
        raise admission.make_appid_refusal()


def require_cloud_operation(admission: Admission) -> None:
    if not admission.call.operation.startswith("security.") or admission.call.operation not in OPERATIONS:
        apis = [name for name in OPERATIONS if name.startswith("security.")]
        name = admission.call.operation
        cause = f"The apiName is {shorten(name)}, and expected {format_choices(name, apis)}."
        raise Refusal("-604100", cause=cause)


def claim_room(admission: Admission) -> None:
    admission.claims += quotas.claim_room(admission.known_account, admission.call.operation)


def _explain_secret(given: str, account: Account) -> str:
    """Return how a wrong secret differs from the right one, without quoting either."""
    expected = account.of(CREDENTIALS).secret
    if given.strip() == expected:
        return "there are blanks around it"
    if given.lower() == expected.lower():
        return "only capitals and small letters differ"
    return (
        "it is another one"
        if len(given) == len(expected)
        else f"it has {len(given)} characters instead of {len(expected)}"
    )


_CLOUD_PARAMETER = "cloudbase_access_token"  # what the cloud's own servers may send instead
_SIGNATURE = "Wechatmp-Signature"

Check = Callable[[Admission], None]

_CREDENTIALS: tuple[Check, ...] = (require_appid, require_grant_type, require_secret, require_allowed_address)
_POSTED: tuple[Check, ...] = (require_content_length, require_post, require_body, require_json_body)
_UPLOADED: tuple[Check, ...] = (require_content_length, require_token, require_post, require_plain_body, require_body)

# In the order in which the service makes them.
CHECKS: Mapping[str, tuple[Check, ...]] = {
    "cgi-bin/token": (require_no_head, require_content_length, *_CREDENTIALS, claim_room),
    "cgi-bin/stable_token": (*_POSTED, *_CREDENTIALS, claim_room),
    "https": (require_path, *_UPLOADED, claim_room),
    "cloud": (require_no_head, require_signature, require_cloud_operation, require_known_appid, claim_room),
}


def admit(request: WireRequest, call: Call, state: State) -> Admission:
    """Return the account that the call names. Raises the Refusal of the first check that fails."""
    checks = CHECKS["cloud"] if call.via == "cloud" else CHECKS.get(call.operation, CHECKS["https"])
    return run_checks(checks, Admission(request, call, identify(call, state), state))


def claim_quota(call: Call, account: Account) -> Sequence[Claim]:
    """Return the claims of a call that neither the gate nor its schema refused."""
    return quotas.claim_count(account, call.operation)


def identify(call: Call, state: State) -> Account | None:
    """Return the account that a call names by token or appid; None when no account has it.

    For a cloud call without appid, return the account that the id of its signing key names, else the default account.
    """
    common, accounts = call.common, state.accounts
    if call.via == "cloud":
        if common.get("appid"):
            return find_or_adopt(common["appid"], call, state)
        return accounts.find(common.get("SecretId", "")) or accounts.default
    if "access_token" in common:
        return tokens.find_owner(common["access_token"], state)
    return find_or_adopt(common.get("appid", ""), call, state)
