"""Who may come in: the checks of the token endpoints, of the calls that a token opens, and of the cloud call.

That appid is judged before grant_type, and that an unknown token is 40001, was observed; the rest of the order is ours.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from emulator.problems import choice, shown
from emulator.providers.wechat import quotas, tokens
from emulator.providers.wechat.operations import OPERATIONS
from emulator.vocabulary import Call, Refusal, WireRequest
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.credentials import few

_FEW = 5  # addresses that are told
_WHERE = "the secret of an account is wechat.secret, which `moderation-emulator env` tells"
_TOKENS = "GET /cgi-bin/token and POST /cgi-bin/stable_token give one"


class Visit(NamedTuple):
    """Everything a check may look at. `account` is the one that the appid, token or key names, None when none does."""

    request: WireRequest
    call: Call
    account: Account | None
    world: World

    @property
    def known(self) -> Account:
        if self.account is None:
            raise Refusal("40001", cause="The call names no account.")
        return self.account

    @property
    def known_programs(self) -> str:
        """The appids of the accounts, for a sentence."""
        return f"known are {few(self.world.accounts, lambda account: account.wechat.appid)}"

    def stranger(self) -> Refusal:
        """Return the refusal of an appid that is nobody's."""
        given = shown(self.call.common.get("appid", ""))
        return Refusal("40013", cause=f"The appid {given} is that of no account; {self.known_programs}.")


def path(visit: Visit) -> None:
    if visit.call.operation not in OPERATIONS:
        cause = f"Nothing is emulated at {shown(visit.request.path)}; there are {', '.join(OPERATIONS)}."
        raise Refusal("40066", cause=cause)


def post(visit: Visit) -> None:
    if visit.request.method != "POST":
        raise Refusal("43002", cause=f"The method is {shown(visit.request.method)}; POST is served.")


def with_answer(visit: Visit) -> None:
    """Where no other check asks for POST: a HEAD would spend what it asks for, and be told nothing."""
    if visit.request.method == "HEAD":
        raise Refusal("-501007" if visit.call.via == "cloud" else "43002", "HEAD is for files, not for calls.")


def length(visit: Visit) -> None:
    chunked = "Content-Length" not in visit.request.headers and "Transfer-Encoding" in visit.request.headers
    if chunked and visit.world.settings.quirks["wechat.chunked"] == "refused":
        cause = "The body came in chunks, without Content-Length; `taken` of the quirk wechat.chunked takes it."
        raise Refusal("412", cause=cause)


def filled(visit: Visit) -> None:
    if visit.call.params is None:
        raise Refusal("44002", cause="The body is empty; it is a JSON object.")


def readable(visit: Visit) -> None:
    """A body that is no JSON object has no appid to miss."""
    if not isinstance(visit.call.params, dict):
        kind = shown(visit.request.headers.get("Content-Type", ""))  # the body itself may hold a secret
        came = f"The body, {len(visit.request.body)} bytes of Content-Type {kind}, is no JSON object"
        raise Refusal("47001", cause=f"{came}; the page of getStableAccessToken has nothing else.")


def appid(visit: Visit) -> None:
    if not visit.call.common.get("appid"):
        raise Refusal("41002", cause=f"There is no appid; {visit.known_programs}.")
    if visit.account is None:
        raise visit.stranger()


def grant_type(visit: Visit) -> None:
    if (given := visit.call.common.get("grant_type", "")) != "client_credential":
        raise Refusal("40002", cause=f"The grant_type is {shown(given)}; client_credential is taken.")


def secret(visit: Visit) -> None:
    given = visit.call.common.get("secret")
    if not given:
        raise Refusal("41004", cause=f"There is no secret; {_WHERE}.")
    if given != visit.known.wechat.secret:
        whose, how = shown(visit.known.wechat.appid), _unlike(given, visit.known)
        raise Refusal("40125", cause=f"The secret is not that of the appid {whose}: {how}; {_WHERE}.")


def address(visit: Visit) -> None:
    allowed = visit.known.wechat.ip_allow
    if allowed and (remote := visit.request.remote.removeprefix("::ffff:")) not in allowed:
        listed = ", ".join(allowed[:_FEW]) + (", ..." if len(allowed) > _FEW else "")
        raise Refusal("40164", cause=f"The caller's address is {remote}; wechat.ip_allow of the account has {listed}.")


def token(visit: Visit) -> None:
    given = visit.call.common.get("access_token")
    if not given:
        other = _OF_CLOUD in visit.call.common
        came = f" {_OF_CLOUD} came, which is not emulated." if other else ""
        raise Refusal("41001", cause=f"There is no access_token in the query; {_TOKENS}.{came}")
    if visit.account is None:
        cause = f"The access_token, of {len(given)} characters, is none of this server; {_TOKENS}."
        raise Refusal(str(visit.world.settings.quirks["wechat.garbage_token"]), cause=cause)
    life = tokens.life(visit.account, given)
    if life is None:
        cause = f"The account has no such token; a reset or a restart forgets them all, and {_TOKENS}."
        raise Refusal("40001", cause=cause)
    if (late := visit.account.clock.now() - life.until) >= 0:
        ended = f"{late:.0f} s ago by the clock of the account"
        if life.replaced:
            raise Refusal("40001", cause=f"Another token took the place of this one, which ended {ended}.")
        raise Refusal("42001", cause=f"The token ran out {ended}; one is good for {tokens.LIFE} s.")


def plain(visit: Visit) -> None:
    """An encrypted body, and a signature over it, are refused by name, not read past."""
    if _SIGNATURE in visit.request.headers:
        raise Refusal("47001", cause=f"{_SIGNATURE} came: signed and encrypted calls are not emulated.")


def signed(visit: Visit) -> None:
    """The cloud's gateway takes any signature, but wants one."""
    if "authorization" not in visit.call.common:
        taken = "any is taken, as every version of wx-server-sdk makes one of its secretId and secretKey"
        raise Refusal("-501001", cause=f"There is no `authorization`, neither in the form nor as a header; {taken}.")


def program(visit: Visit) -> None:
    if visit.account is None:
        raise visit.stranger()


def platform(visit: Visit) -> None:
    if not visit.call.operation.startswith("security.") or visit.call.operation not in OPERATIONS:
        apis = [name for name in OPERATIONS if name.startswith("security.")]
        cause = f"The apiName is {shown(visit.call.operation)}, and expected {choice(visit.call.operation, apis)}."
        raise Refusal("-604100", cause=cause)


def quota(visit: Visit) -> None:
    quotas.check(visit.known, visit.call.operation)


def _unlike(given: str, account: Account) -> str:
    """How a wrong secret differs, without telling any."""
    right = account.wechat.secret
    if given.strip() == right:
        return "there are blanks around it"
    if given.lower() == right.lower():
        return "only capitals and small letters differ"
    return (
        "it is another one" if len(given) == len(right) else f"it has {len(given)} characters instead of {len(right)}"
    )


_OF_CLOUD = "cloudbase_access_token"  # what the cloud's own servers may send instead
_SIGNATURE = "Wechatmp-Signature"

Check = Callable[[Visit], None]

CHECKS: Mapping[str, tuple[Check, ...]] = {
    "cgi-bin/token": (with_answer, length, appid, grant_type, secret, address, quota),
    "cgi-bin/stable_token": (length, post, filled, readable, appid, grant_type, secret, address, quota),
    "https": (path, length, token, post, plain, filled, quota),
    "cloud": (with_answer, signed, platform, program, quota),
}


def admit(request: WireRequest, call: Call, world: World) -> Account:
    """The account that the call names, or the refusal of the first check that fails."""
    visit = Visit(request, call, caller(call, world), world)
    for check in CHECKS["cloud"] if call.via == "cloud" else CHECKS.get(call.operation, CHECKS["https"]):
        check(visit)
    return visit.known


def spend(call: Call, account: Account) -> None:
    """Count a call that neither the gate nor its schema refused."""
    quotas.spend(account, call.operation)


def caller(call: Call, world: World) -> Account | None:
    """By token, by appid; a cloud call without one by the name of the key that signed it, else default."""
    common, accounts = call.common, world.accounts
    if call.via == "cloud":
        if common.get("appid"):
            return accounts.appid(common["appid"])
        return accounts.named(common.get("SecretId", "")) or accounts.default
    if "access_token" in common:
        return tokens.owner(common["access_token"], world)
    return accounts.appid(common.get("appid", ""))
