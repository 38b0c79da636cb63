"""callbacks: which results are pushed to whom, how often it was tried, and pushing one again."""

from collections.abc import Iterator, Mapping
from heapq import merge

from emulator.planes.control import Listed, NotFound, Reply, Route, Turn
from emulator.problems import choice
from emulator.schemas import schema
from emulator.vocabulary import Problem, Problems
from emulator.world.accounts import Account
from emulator.world.callback import Callback
from emulator.world.pace import paced

_STATES = ("waiting", "delivered", "exhausted", "held")
_FILTERS = ("state", "task_id", "data_id")
_DEFAULT_LIMIT, _MOST = "100", 1000


async def listed(turn: Turn) -> Reply:
    """Newest first; `total` counts all that match, `items` are cut at `limit`."""
    state, limit = turn.query.get("state"), turn.query.get("limit", _DEFAULT_LIMIT)
    if state is not None and state not in _STATES:
        raise Problems([Problem("?state", choice(state, _STATES), state[:80])])
    if not (limit.isascii() and limit.isdigit() and len(limit) < 5 and int(limit) <= _MOST):
        raise Problems([Problem("?limit", f"a whole number up to {_MOST}", limit[:80])])
    account = turn.account()
    accounts = [account] if account else list(turn.house.world.accounts)
    newest_first = merge(*(_of(each) for each in accounts), key=lambda pair: -pair[1].number)
    found: list[tuple[Account, Callback]] = []
    total = 0
    async for pair in paced(newest_first):
        if _matches(*pair, turn.query):
            total += 1
            if total <= int(limit):
                found.append(pair)
    return Reply(Listed((_shown(*pair) for pair in found), total))


def one(turn: Turn) -> Reply:
    return Reply(_shown(*_named(turn)))


async def redeliver(turn: Turn) -> Reply:
    """Push once more, answered after the attempt; it does not count among the pushes."""
    form = await turn.json() if turn.body.strip() else {}
    problems = schema("emulator/redelivery").problems(form)
    if problems:
        raise Problems(problems)
    account, callback = _named(turn)
    await turn.house.world.courier.redeliver(account, callback, form.get("url"))
    return Reply(_shown(account, callback))


def _of(account: Account) -> Iterator[tuple[Account, Callback]]:
    """Those there are now: more may come while they are looked through."""
    return ((account, callback) for callback in [*account.outbox.newest_first()])


def _matches(account: Account, callback: Callback, wanted: Mapping[str, str]) -> bool:
    given = {"task_id": callback.task_id, "data_id": callback.data_id}
    if "state" in wanted:
        given["state"] = callback.shown_state(account.clock.now(), account.clock.frozen)
    return all(given[name] == value for name, value in wanted.items() if name in given)


def _shown(account: Account, callback: Callback) -> dict[str, object]:
    return callback.listed(account.clock.now(), account.clock.frozen)


def _named(turn: Turn) -> tuple[Account, Callback]:
    name = turn.names["id"]
    only = turn.account()
    for account in [only] if only else turn.house.world.accounts:
        callback = account.outbox.named(name)
        if callback is not None:
            return account, callback
    raise NotFound(f"no callback {name[:80]!r}")


ROUTES = (
    Route("GET", "callbacks", listed, ("limit", *_FILTERS), answers={200: "Callbacks"}),
    Route("GET", "callbacks/{id}", one, answers={200: "Callback"}),
    Route("POST", "callbacks/{id}/redeliver", redeliver, (), "redelivery", {200: "Callback"}, silent=True),
)
