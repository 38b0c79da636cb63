"""callbacks: which results are pushed where, the attempts that were made, and pushing a result again."""

from collections.abc import Iterator, Mapping
from heapq import merge

from emulator.control import Listing, NotFound, Reply, Route
from emulator.http.control import AppRequest
from emulator.problems import format_choices
from emulator.resources.turns import take_turns
from emulator.state.accounts import Account
from emulator.state.callbacks.callback import Callback
from emulator.types import Problem, Problems

_STATES = ("waiting", "delivered", "exhausted", "held")
_FILTERS = ("state", "task_id", "data_id")
_DEFAULT_LIMIT, _MAX_LIMIT = "100", 1000


async def list_callbacks(request: AppRequest) -> Reply:
    """List callbacks that match the query, the newest first, at most `limit` of them.

    `total` counts all that match.
    """
    state, limit = request.query.get("state"), request.query.get("limit", _DEFAULT_LIMIT)
    if state is not None and state not in _STATES:
        raise Problems([Problem("?state", format_choices(state, _STATES), state[:80])])
    if not (limit.isascii() and limit.isdigit() and len(limit) < 5 and int(limit) <= _MAX_LIMIT):
        raise Problems([Problem("?limit", f"a whole number up to {_MAX_LIMIT}", limit[:80])])
    account = request.find_account()
    accounts = [account] if account else list(request.state.accounts)
    newest_first = merge(*(_iterate_callbacks(each) for each in accounts), key=lambda pair: -pair[1].number)
    found: list[tuple[Account, Callback]] = []
    total = 0
    async for pair in take_turns(newest_first):
        if _matches(*pair, request.query):
            total += 1
            if total <= int(limit):
                found.append(pair)
    return Reply(Listing((_to_dict(*pair) for pair in found), total))


def show_callback(request: AppRequest) -> Reply:
    """Return one callback with its attempts."""
    return Reply(_to_dict(*_require_callback(request)))


async def redeliver_callback(request: AppRequest) -> Reply:
    """Push one callback again, and answer after the attempt.

    The attempt does not count among the pushes.
    """
    form = await request.parse_form("emulator/redelivery")
    account, callback = _require_callback(request)
    await request.state.dispatcher.redeliver(account, callback, form.get("url"))
    await request.state.store.sync()
    return Reply(_to_dict(account, callback))


def _iterate_callbacks(account: Account) -> Iterator[tuple[Account, Callback]]:
    """Yield the callbacks of an account, the newest first. Callbacks that come during the iteration are left out."""
    return ((account, callback) for callback in [*account.outbox.iterate_newest()])


def _matches(account: Account, callback: Callback, wanted: Mapping[str, str]) -> bool:
    given = {"task_id": callback.task_id, "data_id": callback.data_id}
    if "state" in wanted:
        given["state"] = callback.describe_state(account.clock.now(), account.clock.frozen)
    return all(given[name] == value for name, value in wanted.items() if name in given)


def _to_dict(account: Account, callback: Callback) -> dict[str, object]:
    return callback.to_dict(account.clock.now(), account.clock.frozen)


def _require_callback(request: AppRequest) -> tuple[Account, Callback]:
    name = request.path_values["id"]
    only = request.find_account()
    for account in [only] if only else request.state.accounts:
        callback = account.outbox.find(name)
        if callback is not None:
            return account, callback
    raise NotFound("no callback", name)


ROUTES = (
    Route(
        "GET",
        "callbacks",
        list_callbacks,
        ("limit", *_FILTERS),
        answers={200: "Callbacks"},
        operation_id="callbacks_listed",
    ),
    Route("GET", "callbacks/{id}", show_callback, answers={200: "Callback"}, operation_id="callbacks_one"),
    Route(
        "POST",
        "callbacks/{id}/redeliver",
        redeliver_callback,
        (),
        "redelivery",
        {200: "Callback"},
        silent=True,
        operation_id="callbacks_redeliver",
    ),
)
