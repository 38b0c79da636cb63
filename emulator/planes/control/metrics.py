"""metrics: counts of what happened, in the text format of Prometheus."""

from collections import Counter
from collections.abc import Iterable, Mapping

from emulator import __version__
from emulator.planes.control import House, Reply, Route, Turn
from emulator.world.pace import paced

_KIND = "text/plain; version=0.0.4; charset=utf-8"
_STATES = ("waiting", "held", "delivered", "exhausted")

Sample = tuple[Mapping[str, object], float]


async def metrics(turn: Turn) -> Reply:
    """Calls, callbacks, journal, accounts, rules, memory and age of this server."""
    callbacks = await _callbacks(turn.house)
    lines = [line for family in _families(turn.house, callbacks) for line in _written(*family)]
    return Reply("".join(f"{line}\n" for line in lines).encode(), 200, _KIND)


def _families(house: House, callbacks: list[Sample]) -> Iterable[tuple[str, str, str, Iterable[Sample]]]:
    """Name, type, help and samples of each."""
    world = house.world
    accounts = list(world.accounts)
    journals = [world.strangers, *(account.journal for account in accounts)]
    names = ("provider", "operation", "status", "outcome")
    calls = [(dict(zip(names, key, strict=True)), number) for key, number in list(world.calls.items())]
    rules = {"control": len(world.judge.control), "files": len(world.judge.files.rules)}
    now = world.accounts.default.clock.wall()
    yield "info", "gauge", "What runs here.", [({"version": __version__}, 1)]
    yield "uptime_seconds", "gauge", "Age of the server.", [({}, now - house.started)]
    yield "calls_total", "counter", "Calls answered.", calls
    yield "callbacks", "gauge", "Callbacks by their state.", callbacks
    yield "journal_entries", "gauge", "Calls the journal holds.", [({}, sum(map(len, journals)))]
    yield "journal_dropped", "gauge", "Calls it has no room for.", [({}, sum(each.dropped for each in journals))]
    yield "accounts", "gauge", "Accounts.", [({}, len(accounts))]
    yield "rules", "gauge", "Rules by their source.", [({"source": k}, number) for k, number in rules.items()]
    budgets = list(world.budgets.told())
    yield "budget_used_bytes", "gauge", "Memory in use.", [({"budget": k}, each.used) for k, each in budgets]
    yield "budget_most_bytes", "gauge", "Memory allowed.", [({"budget": k}, each.most) for k, each in budgets]
    yield "fixtures_problems", "gauge", "Mistakes in fixture files.", [({}, len(house.fixtures.problems))]


async def _callbacks(house: House) -> list[Sample]:
    states: Counter[str] = Counter()
    for account in list(house.world.accounts):
        now, frozen = account.clock.now(), account.clock.frozen
        async for callback in paced([*account.outbox.newest_first()]):
            states[callback.shown_state(now, frozen)] += 1
    return [({"state": state}, states[state]) for state in _STATES]


def _written(name: str, kind: str, told: str, samples: Iterable[Sample]) -> Iterable[str]:
    full = f"moderation_emulator_{name}"
    yield f"# HELP {full} {told}"
    yield f"# TYPE {full} {kind}"
    for labels, value in samples:
        inner = ",".join(f'{key}="{_escaped("" if label is None else str(label))}"' for key, label in labels.items())
        yield f"{full}{{{inner}}} {value}" if inner else f"{full} {value}"


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


ROUTES = (Route("GET", "metrics", metrics, answers={200: "text/plain"}),)
