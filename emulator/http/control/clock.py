"""clock: what time it is for an account, and moving, setting or freezing its time."""

from datetime import datetime
from math import isfinite
from typing import Any

from emulator.app.clocks import ClockChange, change_clocks
from emulator.control import Listing, Reply, Route
from emulator.encoding.iso8601 import format_iso
from emulator.http.control import AppRequest
from emulator.problems import shorten
from emulator.state.accounts import Account
from emulator.types import Problem, Problems


def show_clocks(request: AppRequest) -> Reply:
    """Return the clock of `?account=`, or a list of all clocks."""
    account = request.find_account()
    if account is not None:
        return Reply(_to_dict(account))
    accounts = list(request.state.accounts)
    return Reply(Listing(map(_to_dict, accounts), len(accounts)))


async def move_clocks(request: AppRequest) -> Reply:
    """Move, set or freeze clocks, and answer when everything that fell due by that is done.

    Pushes that follow a failed push are waited for as well.
    """
    form = await request.parse_form("emulator/clock", is_required=True)
    moment = _parse_moment(form["set"]) if "set" in form else None
    change = ClockChange(form.get("freeze"), form.get("advance"), moment)
    account = request.find_account()
    if any(change.goes_too_far(each.clock) for each in ([account] if account else request.state.accounts)):
        key = "set" if "set" in form else "advance"
        raise Problems([Problem(f"$.{key}", "a moment at most 100 years from real time", shorten(form[key]))])
    await change_clocks(request.app, request.list_affected_accounts("turned the clocks of"), change)
    return show_clocks(request)


def _to_dict(account: Account) -> dict[str, Any]:
    clock = account.clock
    now = clock.now()
    return {
        "account": account.id,
        "now": format_iso(now),
        "unix": now,
        "offset": clock.offset,
        "frozen": clock.frozen,
        "waiting": clock.waiting + account.outbox.waiting,
    }


def _parse_moment(given: float | str) -> float:
    """Return the Unix seconds of a moment in its written form. Raises Problems."""
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else None
        if moment is None or moment.tzinfo is not None:
            seconds = moment.timestamp() if moment else float(given)
            if isfinite(seconds):
                return seconds
    except (ValueError, OverflowError):
        pass
    raise Problems([Problem("$.set", "Unix seconds, or ISO 8601 with zone", shorten(given))])


ROUTES = (
    Route("GET", "clock", show_clocks, answers={200: "Clocks"}, operation_id="clock_told"),
    Route("POST", "clock", move_clocks, (), "clock", {200: "Clocks"}, operation_id="clock_turned"),
)
