"""clock: what time it is for an account, and moving, setting or freezing that time."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from emulator.planes.control import Listed, Reply, Route, Turn
from emulator.problems import shown
from emulator.schemas import schema
from emulator.vocabulary import Problem, Problems
from emulator.world.accounts import Account
from emulator.world.clock import Clock, iso
from emulator.world.pace import paced

_FURTHEST = 100 * 365.25 * 86400  # seconds from real time that a clock may stand


def told(turn: Turn) -> Reply:
    """One clock; without `?account=`, all."""
    account = turn.account()
    if account is not None:
        return Reply(_face(account))
    accounts = list(turn.house.world.accounts)
    return Reply(Listed(map(_face, accounts), len(accounts)))


async def turned(turn: Turn) -> Reply:
    """Move, set, freeze: answered when everything that so fell due was done, pushes that follow a failed one too."""
    form = await turn.json()
    problems = schema("emulator/clock").problems(form)
    if problems:
        raise Problems(problems)
    moment = _moment(form["set"]) if "set" in form else None
    account = turn.account()
    for each in [account] if account else turn.house.world.accounts:
        _refuse_far(each, form, moment)
    accounts = turn.touched("turned the clocks of")
    courier = turn.house.world.courier
    rounds = [courier.begin(each) for each in accounts]
    try:
        async for each in paced(accounts):
            _turn(each.clock, form, moment)
        await asyncio.gather(*(mine.wait() for mine in rounds if mine.account.outbox.has_due(mine.account.clock.now())))
    finally:
        for mine in rounds:
            courier.finish(mine)
    return told(turn)


def _turn(clock: Clock, form: Mapping[str, Any], moment: float | None) -> None:
    if "freeze" in form:
        clock.freeze(form["freeze"])
    if "advance" in form:
        clock.advance(form["advance"])
    elif moment is not None:
        clock.set(moment)


def _face(account: Account) -> dict[str, Any]:
    clock = account.clock
    now = clock.now()
    return {
        "account": account.id,
        "now": iso(now),
        "unix": now,
        "offset": clock.offset,
        "frozen": clock.frozen,
        "waiting": clock.waiting + account.outbox.waiting,
    }


def _moment(given: float | str) -> float:
    """Unix seconds of a moment as it is written; raises Problems."""
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else None
        if moment is None or moment.tzinfo is not None:
            seconds = moment.timestamp() if moment else float(given)
            if isfinite(seconds):
                return seconds
    except (ValueError, OverflowError):
        pass
    raise Problems([Problem("$.set", "Unix seconds, or ISO 8601 with zone", shown(given))])


def _refuse_far(account: Account, form: Mapping[str, Any], moment: float | None) -> None:
    """Clocks stay within a century, where every date can be written."""
    clock = account.clock
    if moment is None:
        moment = clock.now() + form.get("advance", 0)
    if abs(moment - clock.wall()) > _FURTHEST:
        key = "set" if "set" in form else "advance"
        raise Problems([Problem(f"$.{key}", "a moment at most 100 years from real time", shown(form[key]))])


ROUTES = (
    Route("GET", "clock", told, answers={200: "Clocks"}),
    Route("POST", "clock", turned, (), "clock", {200: "Clocks"}),
)
