"""Who may come in: of the mini-program calls below, of the OpenAPI gateway in gateway/."""

from typing import Any

from emulator.problems import beyond, shown
from emulator.providers.alipay import gateway, my
from emulator.providers.alipay.errors import TEXT
from emulator.vocabulary import Call, Refusal, WireRequest
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.credentials import few

PLACEHOLDER = "xxxxxxxxxxxxxxxx"  # the pid of the documents' samples


def admit(request: WireRequest, call: Call, world: World) -> Account:
    """The account that calls, or the refusal of the first check that fails."""
    if call.via != my.VIA:
        return gateway.admit(request, call, world)
    if request.method != "POST":
        raise Refusal("param error", cause=f"The method is {shown(request.method)}; only POST is served.")
    account = caller(call, world)
    if account is None:
        raise Refusal(_no_right(call, world), cause=_nobody(call, world))
    if not account.alipay.signed_up:
        cause = f"The account {shown(account.name)} has no feature package: it has alipay.signed_up false."
        raise Refusal(_no_right(call, world), cause=cause)
    _quota(account)
    return account


def caller(call: Call, world: World) -> Account | None:
    """The account named in the query, else by the pid, else by the appId, else the default one; None when the first of
    these that is given is nobody's.
    """
    if call.via != my.VIA:
        return gateway.caller(call, world)
    accounts = world.accounts
    if call.common["account"]:
        return accounts.named(call.common["account"])
    params = call.params if isinstance(call.params, dict) else {}
    pid, app_id = _told(params, "pid"), _told(params, "appId")
    if pid and pid != PLACEHOLDER:
        found = accounts.pid(pid)
        return accounts.default if found is None and world.settings.quirks["alipay.any_pid"] else found
    return (accounts.app_id(app_id) if app_id else None) or accounts.default


def _told(params: dict[str, Any], name: str) -> str:
    """A text or number among the parameters; what is neither is for the schema to refuse."""
    value = params.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _nobody(call: Call, world: World) -> str:
    """Which name of the call is that of no account."""
    if given := call.common["account"]:
        known = few(world.accounts, lambda account: account.name)
        return f"?account={shown(given)} is the id, name or credential of no account; known are {known}."
    known = few(world.accounts, lambda account: account.alipay.pid)
    pid = shown(_told(call.params, "pid"))
    return f"The pid {pid} is that of no account; known are {known}, and with the quirk alipay.any_pid any is good."


def _no_right(call: Call, world: World) -> str:
    return "4" if call.operation == TEXT else str(world.settings.quirks["alipay.no_right"])


def _quota(account: Account) -> None:
    """Calls per second of all three together; no document tells a figure."""
    most = account.settings.limits["alipay"]["per_second"]
    if most and (used := account.store.increment("my", account.clock.now(), 1)) > most:
        raise Refusal("OVER_LIMIT", cause=beyond("alipay.per_second", most, used))
