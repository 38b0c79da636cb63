"""metrics: counts of what happened, in the text format of Prometheus."""

from collections import Counter
from collections.abc import Iterable, Mapping

from emulator import __version__
from emulator.app import App
from emulator.control import Reply, Route
from emulator.http.control import AppRequest
from emulator.resources.turns import take_turns

_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_STATES = ("waiting", "held", "delivered", "exhausted")

Sample = tuple[Mapping[str, object], float]


async def show_metrics(request: AppRequest) -> Reply:
    """Return what this server counts, in the text format of Prometheus.

    It counts calls, callbacks, journal entries, accounts, rules, bytes of memory, and seconds since the start.
    """
    callbacks = await _count_callbacks(request.app)
    lines = [line for family in _iterate_families(request.app, callbacks) for line in _render_family(*family)]
    return Reply("".join(f"{line}\n" for line in lines).encode(), 200, _MEDIA_TYPE)


def _iterate_families(app: App, callbacks: list[Sample]) -> Iterable[tuple[str, str, str, Iterable[Sample]]]:
    """Yield the name, type, help text and samples of each metric."""
    state = app.state
    accounts = list(state.accounts)
    journals = [state.unattributed, *(account.journal for account in accounts)]
    names = ("provider", "operation", "status", "outcome")
    calls = [(dict(zip(names, key, strict=True)), number) for key, number in list(state.calls.items())]
    rules = {"control": len(state.rule_engine.control), "files": len(state.rule_engine.files.rules)}
    now = state.accounts.default.clock.wall()
    yield "info", "gauge", "What runs here.", [({"version": __version__}, 1)]
    yield "uptime_seconds", "gauge", "Age of the server.", [({}, now - app.started)]
    yield "calls_total", "counter", "Calls answered.", calls
    yield "callbacks", "gauge", "Callbacks by their state.", callbacks
    yield "journal_entries", "gauge", "Calls the journal holds.", [({}, sum(map(len, journals)))]
    yield "journal_dropped", "gauge", "Calls it has no room for.", [({}, sum(each.dropped for each in journals))]
    yield "accounts", "gauge", "Accounts.", [({}, len(accounts))]
    kept = state.store.describe()
    if kept["kind"] == "file":
        yield "state_rows", "gauge", "Rows in the file of the state.", [({}, kept["rows"])]
        yield "state_bytes", "gauge", "Bytes that the file of the state takes.", [({}, kept["bytes"])]
        yield "state_failing", "gauge", "Whether the file cannot be written.", [({}, int(kept["failure"] is not None))]
    yield "rules", "gauge", "Rules by their source.", [({"source": k}, number) for k, number in rules.items()]
    budgets = list(state.budgets.iterate())
    yield "budget_used_bytes", "gauge", "Memory in use.", [({"budget": k}, each.used) for k, each in budgets]
    yield "budget_most_bytes", "gauge", "Memory allowed.", [({"budget": k}, each.most) for k, each in budgets]
    yield "fixtures_problems", "gauge", "Mistakes in fixture files.", [({}, len(app.fixtures.problems))]


async def _count_callbacks(app: App) -> list[Sample]:
    states: Counter[str] = Counter()
    for account in list(app.state.accounts):
        now, frozen = account.clock.now(), account.clock.frozen
        async for callback in take_turns([*account.outbox.iterate_newest()]):
            states[callback.describe_state(now, frozen)] += 1
    return [({"state": state}, states[state]) for state in _STATES]


def _render_family(name: str, kind: str, description: str, samples: Iterable[Sample]) -> Iterable[str]:
    full = f"moderation_emulator_{name}"
    yield f"# HELP {full} {description}"
    yield f"# TYPE {full} {kind}"
    for labels, value in samples:
        inner = ",".join(f'{key}="{_escape("" if label is None else str(label))}"' for key, label in labels.items())
        yield f"{full}{{{inner}}} {value}" if inner else f"{full} {value}"


def _escape(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


ROUTES = (Route("GET", "metrics", show_metrics, answers={200: "text/plain"}, operation_id="metrics_metrics"),)
