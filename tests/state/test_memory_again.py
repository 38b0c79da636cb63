"""A value that is put again takes its place behind those that came since, so that these are forgotten in time."""

import tracemalloc

from emulator.resources.budgets import MIB, Budget
from emulator.state.memory import Memory


def test_what_came_between_is_forgotten_in_its_time() -> None:
    store, now = Memory(), 0.0
    held = store._held
    store.put("a", 1, now, 10)
    store.put("b", 2, now + 1, 10)
    store.put("a", 3, now + 8, 10)
    one = held.used // 2
    store.put("c", 4, now + 12, 10)  # b is over, a is not
    assert held.used == 2 * one
    assert (store.get("a", now + 12), store.get("b", now + 5), store.get("c", now + 12)) == (3, None, 4)


def test_one_key_that_is_put_over_and_over_keeps_nothing_behind_it() -> None:
    """As the latest token of an account, among its tokens that run out."""
    store = Memory()
    tracemalloc.start()
    try:
        for n in range(5_000):
            store.put("latest", n, float(n), 10)
            store.put(f"token-{n}", "x" * 100, float(n), 10)
        assert tracemalloc.get_traced_memory()[0] < 100_000
    finally:
        tracemalloc.stop()


def test_where_there_is_too_much_it_outlasts_those_that_came_between() -> None:
    budget = Budget(MIB)
    store = Memory(budget)
    store.put("again", 1, 0.0, 3600, 1000)
    for n in range(500):
        if n == 300:
            store.put("again", 2, 0.0, 3600, 1000)
        store.put(f"{n}", n, 0.0, 3600, 1000)
    for n in range(500, 700):
        store.put(f"{n}", n, 0.0, 3600, 1000)
    assert budget.used <= MIB
    assert [store.get(key, 0.0) for key in ("0", "50", "again", "699")] == [None, None, 2, 699]
