"""Who may come in: the checks of the token endpoints, of the calls that a token opens, and of the cloud call.

That appid is judged before grant_type, and that an unknown token is 40001, was observed; the rest of the order is ours.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from emulator.providers.wechat import quotas, tokens
from emulator.providers.wechat.operations import OPERATIONS
from emulator.vocabulary import Call, Refusal, WireRequest
from emulator.world import World
from emulator.world.accounts import Account


class Visit(NamedTuple):
    """Everything a check may look at. `account` is the one that the appid, token or key names, None when none does."""

    request: WireRequest
    call: Call
    account: Account | None
    world: World

    @property
    def known(self) -> Account:
        if self.account is None:
            raise Refusal("40001")
        return self.account


def path(visit: Visit) -> None:
    if visit.call.operation not in OPERATIONS:
        raise Refusal("40066")


def post(visit: Visit) -> None:
    if visit.request.method != "POST":
        raise Refusal("43002")


def with_answer(visit: Visit) -> None:
    """Where no other check asks for POST: a HEAD would spend what it asks for, and be told nothing."""
    if visit.request.method == "HEAD":
        raise Refusal("-501007" if visit.call.via == "cloud" else "43002", "HEAD is for files, not for calls.")


def length(visit: Visit) -> None:
    chunked = "Content-Length" not in visit.request.headers and "Transfer-Encoding" in visit.request.headers
    if chunked and visit.world.settings.quirks["wechat.chunked"] == "refused":
        raise Refusal("412")


def readable(visit: Visit) -> None:
    """A body that is no JSON object has no appid to miss."""
    if visit.call.params is None:
        raise Refusal("44002")
    if not isinstance(visit.call.params, dict):
        raise Refusal("47001")


def appid(visit: Visit) -> None:
    if not visit.call.common.get("appid"):
        raise Refusal("41002")
    if visit.account is None:
        raise Refusal("40013")


def grant_type(visit: Visit) -> None:
    if visit.call.common.get("grant_type") != "client_credential":
        raise Refusal("40002")


def secret(visit: Visit) -> None:
    given = visit.call.common.get("secret")
    if not given:
        raise Refusal("41004")
    if given != visit.known.wechat.secret:
        raise Refusal("40125")


def address(visit: Visit) -> None:
    allowed = visit.known.wechat.ip_allow
    if allowed and visit.request.remote.removeprefix("::ffff:") not in allowed:
        raise Refusal("40164")


def token(visit: Visit) -> None:
    given = visit.call.common.get("access_token")
    if not given:
        raise Refusal("41001")
    if visit.account is None:
        raise Refusal(str(visit.world.settings.quirks["wechat.garbage_token"]))
    life = tokens.life(visit.account, given)
    if life is None:
        raise Refusal("40001", "The account has no such token; a reset forgets them all.")
    if life.until <= visit.account.clock.now():
        raise Refusal("40001", "Another token took its place.") if life.replaced else Refusal("42001")


def signed(visit: Visit) -> None:
    """The cloud's gateway takes any signature, but wants one."""
    if "authorization" not in visit.call.common:
        raise Refusal("-501001", "There is no signature.")


def program(visit: Visit) -> None:
    if visit.account is None:
        raise Refusal("40013")


def platform(visit: Visit) -> None:
    if not visit.call.operation.startswith("security.") or visit.call.operation not in OPERATIONS:
        raise Refusal("-604100")


def quota(visit: Visit) -> None:
    quotas.check(visit.known, visit.call.operation)


Check = Callable[[Visit], None]

CHECKS: Mapping[str, tuple[Check, ...]] = {
    "cgi-bin/token": (with_answer, appid, grant_type, secret, address, quota),
    "cgi-bin/stable_token": (post, readable, appid, grant_type, secret, address, quota),
    "https": (path, length, token, post, quota),
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
