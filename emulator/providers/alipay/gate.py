"""The gate of the mini-program calls; that of the OpenAPI gateway is in gateway/."""

from typing import Any

from emulator.admission import Admission
from emulator.error_types import Refusal
from emulator.problems import shorten
from emulator.providers.alipay import gateway, mini_program
from emulator.providers.alipay.credentials import CREDENTIALS, find_app_id, find_pid
from emulator.providers.alipay.errors import TEXT
from emulator.quota import Quota, claim_call
from emulator.state import State
from emulator.state.accounts import Account, list_few
from emulator.types import Call, WireRequest

LIMITS = {"per_second": False}  # no document gives a figure
_QUOTA = Quota("alipay", "per_second", "OVER_LIMIT")  # of the three operations together
PLACEHOLDER = "xxxxxxxxxxxxxxxx"  # the pid of the documents' samples


def admit(request: WireRequest, call: Call, state: State) -> Admission:
    """Return the account that calls. Raises the Refusal of the first check that fails."""
    if call.via != mini_program.MINI_PROGRAM:
        return gateway.admit(request, call, state)
    if request.method != "POST":
        raise Refusal("param error", cause=f"The method is {shorten(request.method)}; only POST is served.")
    account = identify(call, state)
    if account is None:
        raise Refusal(_choose_no_right_code(call, state), cause=_explain_unknown_account(call, state))
    if not account.of(CREDENTIALS).signed_up:
        cause = f"The account {shorten(account.name)} has no feature package: it has alipay.signed_up false."
        raise Refusal(_choose_no_right_code(call, state), cause=cause)
    admission = Admission(request, call, account, state)
    admission.claims += claim_call(account, "my", _QUOTA)
    return admission


def identify(call: Call, state: State) -> Account | None:
    """Return the account that the query names, else the pid, else the appId, else the default account.

    Return None when the query names no account, or, without a name in the query, when the pid is unknown. With the
    quirk alipay.any_pid, an unknown pid means the default account; an unknown appId always does.
    """
    if call.via != mini_program.MINI_PROGRAM:
        return gateway.identify(call, state)
    accounts = state.accounts
    if call.common["account"]:
        return accounts.find(call.common["account"])
    params = call.params if isinstance(call.params, dict) else {}
    pid, app_id = _read_text(params, "pid"), _read_text(params, "appId")
    if pid and pid != PLACEHOLDER:
        found = find_pid(accounts, pid)
        return accounts.default if found is None and state.settings.quirks["alipay.any_pid"] else found
    return (find_app_id(accounts, app_id) if app_id else None) or accounts.default


def _read_text(params: dict[str, Any], name: str) -> str:
    """Return a parameter that is a text or whole number, as text; else an empty text, as the schema refuses others."""
    value = params.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _explain_unknown_account(call: Call, state: State) -> str:
    """Return a sentence that says which name in the call belongs to no account."""
    if given := call.common["account"]:
        examples = list_few(state.accounts, lambda account: account.name)
        return f"?account={shorten(given)} is the id, name or credential of no account; known are {examples}."
    examples = list_few(state.accounts, lambda account: account.of(CREDENTIALS).pid)
    pid = shorten(_read_text(call.params, "pid"))
    return f"The pid {pid} is that of no account; known are {examples}, and with the quirk alipay.any_pid any is good."


def _choose_no_right_code(call: Call, state: State) -> str:
    return "4" if call.operation == TEXT else str(state.settings.quirks["alipay.no_right"])
