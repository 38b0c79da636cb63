"""Who may come in: of the mini-program calls below, of the OpenAPI gateway in gateway/."""

from typing import Any

from emulator.providers.alipay import gateway, my
from emulator.providers.alipay.errors import TEXT
from emulator.vocabulary import Call, Refusal, WireRequest
from emulator.world import World
from emulator.world.accounts import Account

PLACEHOLDER = "xxxxxxxxxxxxxxxx"  # the pid of the documents' samples


def admit(request: WireRequest, call: Call, world: World) -> Account:
    """The account that calls, or the refusal of the first check that fails."""
    if call.via != my.VIA:
        return gateway.admit(request, call, world)
    if request.method != "POST":
        raise Refusal("param error", "Only POST is served.")
    account = caller(call, world)
    if account is None or not account.alipay.signed_up:
        raise Refusal(_no_right(call, world))
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
    """A text among the parameters; what is none is for the schema to refuse."""
    value = params.get(name)
    return value if isinstance(value, str) else ""


def _no_right(call: Call, world: World) -> str:
    return "4" if call.operation == TEXT else str(world.settings.quirks["alipay.no_right"])


def _quota(account: Account) -> None:
    """Calls per second of all three together; no document tells a figure."""
    most = account.settings.limits["alipay"]["per_second"]
    if most and account.store.increment("my", account.clock.now(), 1) > most:
        raise Refusal("OVER_LIMIT")
