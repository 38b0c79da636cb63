"""callbacks: which results are pushed to whom, how often it was tried, and pushing one again."""

from collections.abc import Iterator
from heapq import merge
from itertools import islice

from emulator.planes.control import NotFound, Reply, Route, Turn
from emulator.schemas import choice, schema
from emulator.vocabulary import Problem, Problems
from emulator.world.accounts import Account
from emulator.world.outbox import Callback

_STATES = ("waiting", "delivered", "exhausted", "held")
_FILTERS = ("state", "task_id", "data_id")
_DEFAULT_LIMIT, _MOST = "100", 1000


def listed(turn: Turn) -> Reply:
    """Newest first; `total` counts all that match, `items` are cut at `limit`."""
    state, limit = turn.query.get("state"), turn.query.get("limit", _DEFAULT_LIMIT)
    if state is not None and state not in _STATES:
        raise Problems([Problem("?state", choice(state, _STATES), state[:80])])
    if not (limit.isascii() and limit.isdigit() and len(limit) < 5 and int(limit) <= _MOST):
        raise Problems([Problem("?limit", f"a whole number up to {_MOST}", limit[:80])])
    account = turn.account()
    outboxes = [_matching(each, turn) for each in ([account] if account else turn.house.world.accounts)]
    found = list(merge(*outboxes, key=lambda pair: -pair[1].number))
    return Reply({"items": [_shown(*pair) for pair in islice(found, int(limit))], "total": len(found)})


def one(turn: Turn) -> Reply:
    return Reply(_shown(*_named(turn)))


async def redeliver(turn: Turn) -> Reply:
    """Push once more, answered after the attempt; it does not count among the pushes."""
    form = turn.json() if turn.body.strip() else {}
    problems = schema("emulator/redelivery").problems(form)
    if problems:
        raise Problems(problems)
    account, callback = _named(turn)
    await turn.house.world.courier.redeliver(account, callback, form.get("url"))
    return Reply(_shown(account, callback))


def _matching(account: Account, turn: Turn) -> Iterator[tuple[Account, Callback]]:
    wanted = {name: value for name, value in turn.query.items() if name in _FILTERS}
    now, frozen = account.clock.now(), account.clock.frozen
    for callback in account.outbox.newest_first():
        given = {"task_id": callback.task_id, "data_id": callback.data_id}
        if "state" in wanted:
            given["state"] = callback.shown_state(now, frozen)
        if all(given[name] == value for name, value in wanted.items()):
            yield account, callback


def _shown(account: Account, callback: Callback) -> dict[str, object]:
    return callback.listed(account.clock.now(), account.clock.frozen)


def _named(turn: Turn) -> tuple[Account, Callback]:
    name = turn.names["id"]
    for account in turn.house.world.accounts:
        callback = account.outbox.named(name)
        if callback is not None:
            return account, callback
    raise NotFound(f"no callback {name[:80]!r}")


ROUTES = (
    Route("GET", "callbacks", listed, ("account", "limit", *_FILTERS), answers={200: "Callbacks"}),
    Route("GET", "callbacks/{id}", one, answers={200: "Callback"}),
    Route("POST", "callbacks/{id}/redeliver", redeliver, (), "redelivery", {200: "Callback"}),
)
