"""clock: what time it is for an account, and moving, setting or freezing that time."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from emulator.encoding.iso8601 import format_iso
from emulator.http.control import ControlRequest, Listing, Reply, Route
from emulator.problems import shorten
from emulator.resources.turns import take_turns
from emulator.schemas import load_schema
from emulator.state.accounts import Account
from emulator.state.clock import Clock
from emulator.types import Problem, Problems

_MAX_OFFSET = 100 * 365.25 * 86400  # seconds from real time that a clock may stand


def show_clocks(request: ControlRequest) -> Reply:
    """One clock; without `?account=`, all."""
    account = request.find_account()
    if account is not None:
        return Reply(_to_dict(account))
    accounts = list(request.app.state.accounts)
    return Reply(Listing(map(_to_dict, accounts), len(accounts)))


async def change_clocks(request: ControlRequest) -> Reply:
    """Move, set, freeze: answered when everything that so fell due was done, pushes that follow a failed one too."""
    form = await request.parse_json()
    problems = load_schema("emulator/clock").find_problems(form)
    if problems:
        raise Problems(problems)
    moment = _parse_moment(form["set"]) if "set" in form else None
    account = request.find_account()
    for each in [account] if account else request.app.state.accounts:
        _check_offset(each, form, moment)
    accounts = request.list_affected_accounts("turned the clocks of")
    dispatcher = request.app.state.dispatcher
    waits = [dispatcher.begin_settling(each) for each in accounts]
    try:
        async for each in take_turns(accounts):
            _change_clock(each.clock, form, moment)
        await asyncio.gather(*(mine.wait() for mine in waits if mine.account.outbox.has_due(mine.account.clock.now())))
    finally:
        for wait in waits:
            dispatcher.finish_settling(wait)
    return show_clocks(request)


def _change_clock(clock: Clock, form: Mapping[str, Any], moment: float | None) -> None:
    if "freeze" in form:
        clock.freeze(form["freeze"])
    if "advance" in form:
        clock.advance(form["advance"])
    elif moment is not None:
        clock.set(moment)


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
    """Unix seconds of a moment as it is written; raises Problems."""
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else None
        if moment is None or moment.tzinfo is not None:
            seconds = moment.timestamp() if moment else float(given)
            if isfinite(seconds):
                return seconds
    except (ValueError, OverflowError):
        pass
    raise Problems([Problem("$.set", "Unix seconds, or ISO 8601 with zone", shorten(given))])


def _check_offset(account: Account, form: Mapping[str, Any], moment: float | None) -> None:
    """Clocks stay within a century, where every date can be written."""
    clock = account.clock
    if moment is None:
        moment = clock.now() + form.get("advance", 0)
    if abs(moment - clock.wall()) > _MAX_OFFSET:
        key = "set" if "set" in form else "advance"
        raise Problems([Problem(f"$.{key}", "a moment at most 100 years from real time", shorten(form[key]))])


ROUTES = (
    Route("GET", "clock", show_clocks, answers={200: "Clocks"}),
    Route("POST", "clock", change_clocks, (), "clock", {200: "Clocks"}),
)
