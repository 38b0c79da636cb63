"""What all accounts may hold together: counted as it comes and goes, and never more than there is room for."""

import json
import time
from collections import deque

import pytest

from emulator.config.model import Pace
from emulator.resources import budgets
from emulator.resources.budgets import Budget, Share
from emulator.state.callbacks.callback import Attempt, Callback
from emulator.state.callbacks.outbox import Outbox
from emulator.state.clock import Clock
from emulator.state.memory import Memory
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import TEAM_B, parse_error
from tests.providers.aliyun.green.builders import submit
from tests.providers.aliyun.rpc_calls import scan_text


class Pile:
    """A holder of sizes that drops the oldest when it is asked to."""

    def __init__(self, budget: Budget) -> None:
        self.held: deque[int] = deque()
        self.share = Share(budget, self.drop)

    def put(self, size: int) -> None:
        self.held.append(size)
        self.share.take(size)

    def drop(self) -> bool:
        if self.held:
            self.share.give(self.held.popleft())
            return True
        return False


def test_the_fullest_drops_its_oldest() -> None:
    budget = Budget(100)
    small, full = Pile(budget), Pile(budget)
    for size in (10, 11):
        small.put(size)
    for size in (30, 31, 32):
        full.put(size)
    assert (list(small.held), list(full.held), budget.used) == ([10, 11], [31, 32], 84)


def test_where_nothing_can_be_dropped_more_is_held_than_allowed() -> None:
    budget = Budget(100)
    stubborn = Share(budget, lambda: False)
    stubborn.take(150)
    assert (budget.used, budget.fits(0)) == (150, False)
    other = Pile(budget)
    other.put(1)
    assert (list(other.held), budget.used) == ([], 150)


def test_a_closed_share_counts_nowhere() -> None:
    budget = Budget(100)
    pile = Pile(budget)
    pile.put(60)
    pile.share.close()
    pile.put(70)
    pile.share.close()
    assert (budget.used, len(budget.shares)) == (0, 0)


def test_what_has_no_room_is_not_counted() -> None:
    budget = Budget(100)
    assert [budget.take(60), budget.take(41), budget.take(40), budget.take(1)] == [True, False, True, False]
    budget.give(100)
    assert budget.used == 0


# -- stores


def test_values_are_bounded_by_bytes() -> None:
    results = Budget(1_000_000)
    store, other = Memory(results), Memory(results)
    other.put("mine", "value", 0.0, 60, 5)
    for number in range(1000):
        store.put(f"task-{number}", "x", float(number), 3600, 10_000)
        assert results.used <= results.most
    assert store.get("task-999", 999.0) == "x"
    assert store.get("task-0", 999.0) is None
    assert other.get("mine", 1.0) == "value"


def test_values_that_end_or_are_replaced_are_given_back() -> None:
    results = Budget(1_000_000)
    store = Memory(results)
    for number in range(50):
        store.put("same", number, float(number), 10, 1000)
        store.put(f"other-{number}", number, float(number), 10, 1000)
    held = results.used
    assert held < 12 * 2000
    store.put("last", 1, 1e6, 10, 0)
    assert results.used < 1000
    store.close()
    assert results.used == 0


def test_nonces_are_bounded_where_no_time_passes() -> None:
    """A frozen clock forgets nothing by itself."""
    nonces = Budget(160_000)
    store = Memory(None, nonces)
    for number in range(30_000):
        assert store.add_once(f"nonce {number}", 0.0, 900)
    assert nonces.used <= nonces.most
    assert not store.add_once("nonce 29999", 0.0, 900)


def test_nonces_that_end_are_given_back() -> None:
    nonces = Budget(10_000_000)
    store = Memory(None, nonces)
    for number in range(20_000):
        store.add_once(f"nonce {number}", float(number), 10)
    assert nonces.used < 20_000 * 16
    store.close()
    assert nonces.used == 0


# -- outboxes


def make_callback(number: int, size: int = 1000) -> Callback:
    due = time.time() + 1000
    return Callback(number, "acc-1", f"task-{number}", None, "http://a.test/", b"x" * size, False, next_at=due)


def send_nothing(_callback: Callback) -> None:
    """Send nothing: no callback falls due here."""


async def test_callbacks_that_ended_make_room() -> None:
    budget = Budget(1_000_000)
    mine, other = Outbox(Clock(), budget), Outbox(Clock(), budget)
    waiting = make_callback(0)
    other.put(waiting, send_nothing)
    for number in range(1, 1500):
        done = make_callback(number)
        mine.put(done, send_nothing)
        mine.finish_manual_push(done, delivered=True)
        assert budget.used <= budget.most
    assert other.find("callback-0") is waiting
    assert mine.find_task("task-1499") is not None
    assert mine.find_task("task-1") is None
    mine.close()
    other.close()
    assert budget.used == 0


async def test_attempts_of_callbacks_are_counted_and_given_back() -> None:
    budget = Budget(1_000_000)
    mine = Outbox(Clock(), budget)
    waiting = make_callback(0)
    mine.put(waiting, send_nothing)
    before = budget.used
    for number in range(200):
        mine.record_attempt(waiting, Attempt(float(number), number >= 16, None, "unreachable: " + "x" * 287, 0.1))
    assert len(waiting.attempts) == 116  # sixteen pushes, and a hundred by hand
    assert 116 * 300 < budget.used - before < 116 * 1000
    mine.finish_push(waiting, False, Pace(1.0, (1.0,), 16), 0.0)
    assert waiting.state == "exhausted"
    mine.clear()
    assert budget.used == 0
    mine.record_attempt(waiting, Attempt(0.0, False, None, "came after all was dropped", 0.1))
    assert budget.used == 0


def test_callbacks_that_wait_are_refused_where_there_is_no_room(
    live: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live.state.budgets.callbacks, "most", 50_000)
    live.control("POST", "clock", {"freeze": True}, account="default")
    tasks = [f"https://a.test/{number}/emu-delay-60s/{'x' * 1000}.jpg" for number in range(40)]
    assert len(submit(live, *tasks, callback="http://127.0.0.1:9/", seed="s")) == 40
    body = live.control("GET", "callbacks").json()
    states = [item["state"] for item in body["items"]]
    assert states.count("held") > 5
    refused = next(item for item in body["items"] if item["state"] == "exhausted")
    assert "no room" in refused["attempts"][0]["error"]
    assert live.state.budgets.callbacks.used < 60_000


# -- rules and accounts


def test_rules_take_no_more_than_their_budget(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    budget = live.state.budgets.rules
    monkeypatch.setattr(budget, "most", 100_000)
    large = {"match": {"url": "x" * 15_000}, "verdict": "porn"}
    assert live.control("POST", "rules", large).status_code == 201
    used = budget.used
    assert 30_000 < used < 100_000
    assert "would take more than" in parse_error(live.control("POST", "rules", [large, large]), 409)
    assert budget.used == used
    live.control("DELETE", "rules")
    assert budget.used == 0


@pytest.mark.parametrize("pattern", [r"(?:\pL{20}){20}", r"\pL{200}N", "(?i)(?:a|b|c|d){900}x{900}\\pL{20}"])
def test_a_pattern_that_takes_too_much_is_refused(live: RunningServer, pattern: str) -> None:
    answer = live.control("POST", "rules", {"match": {"url": {"regex": pattern}}, "verdict": "porn"})
    assert parse_error(answer, 400)
    (problem,) = answer.json()["problems"]
    assert problem["path"] == "$.match.url.regex"
    assert live.state.budgets.rules.used == 0


def test_patterns_that_take_too_much_together_are_refused(live: RunningServer) -> None:
    rules = [{"match": {"text": {"regex": rf"x{number}.*\pL{{3}}"}}, "verdict": "porn"} for number in range(5_000)]
    answer = live.control("POST", "rules", rules)
    assert parse_error(answer, 400)
    assert "less memory" in answer.json()["problems"][-1]["expected"]
    assert live.state.budgets.rules.used == 0


def test_accounts_take_no_more_than_their_budget(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    budget = live.state.budgets.accounts
    monkeypatch.setattr(budget, "most", 50_000)
    made = [live.control("POST", "accounts", {}) for _ in range(6)]
    assert [answer.status_code for answer in made] == [201] * 4 + [409] * 2
    assert "memory" in parse_error(made[-1], 409)
    assert len(live.state.accounts) == 5
    shares = len(live.state.budgets.journal.shares)
    live.control("DELETE", "accounts")
    assert (budget.used, len(live.state.accounts)) == (0, 1)
    assert len(live.state.budgets.journal.shares) == shares - 4


def test_a_taken_name_leaves_nothing_behind(live: RunningServer) -> None:
    assert live.control("POST", "accounts", TEAM_B).status_code == 201
    shares = {name: len(budget.shares) for name, budget in live.state.budgets.iterate()}
    assert live.control("POST", "accounts", TEAM_B).status_code == 409
    assert {name: len(budget.shares) for name, budget in live.state.budgets.iterate()} == shares
    live.control("DELETE", "accounts")


# -- how full they are


def test_info_and_metrics_tell_how_full_each_is(live: RunningServer) -> None:
    scan_text(live, "hello")
    told = live.control("GET", "info").json()["budgets"]
    assert set(told) == set(budgets.Budgets._fields)
    assert 0 < told["journal"]["used"] < told["journal"]["most"]
    metrics = live.control("GET", "metrics").text
    for name in told:
        assert f'moderation_emulator_budget_most_bytes{{budget="{name}"}} {told[name]["most"]}' in metrics


def test_a_reset_gives_everything_back(live: RunningServer) -> None:
    submit(live, "https://a.test/emu-callback-never.jpg", callback="http://127.0.0.1:9/", seed="s")
    live.push_rule({"url": "x"}, verdict="porn")
    used = {name: budget.used for name, budget in live.state.budgets.iterate()}
    assert all(used[name] for name in ("journal", "results", "callbacks", "rules"))
    live.reset()
    del used["requests"]  # the reset is one itself, and may be answered before it is counted out
    left = {name: budget.used for name, budget in live.state.budgets.iterate() if name in used}
    assert left == dict.fromkeys(used, 0)


def test_settings_do_not_grow_by_many_patches(live: RunningServer) -> None:
    def dump_biz_types(number: int) -> str:
        return json.dumps({"biz_types": {f"type-{number}-{n}": ["porn"] for n in range(20_000)}})

    answers = [live.control("PATCH", "settings", dump_biz_types(number)) for number in range(4)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 400
    assert "1048576 bytes" in answers[-1].json()["problems"][0]["expected"]
