import struct
import tracemalloc
from collections.abc import Iterator
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.state import memory
from emulator.state.memory import Memory

KEY = "nonce testId 1"
FRESH = 900


def test_remembered_for_its_time() -> None:
    store = Memory()
    assert store.add_once(KEY, 1000.0, FRESH)
    for now in (1000.0, 1000.001, 1000 + FRESH - 0.001):
        assert not store.add_once(KEY, now, FRESH)
    assert store.add_once(KEY, 1000.0 + FRESH, FRESH)
    assert not store.add_once(KEY, 1000.0 + FRESH, FRESH)


def test_being_asked_again_does_not_make_it_last_longer() -> None:
    store = Memory()
    store.add_once(KEY, 0.0, 10)
    assert not store.add_once(KEY, 9.0, 10)
    assert store.add_once(KEY, 10.0, 10)


def test_keys_are_told_apart() -> None:
    store = Memory()
    keys = ["nonce a 1", "nonce b 1", "nonce a 2", "other a 1", "nonce a1", ""]
    assert all(store.add_once(key, 0.0, 10) for key in keys)
    assert not any(store.add_once(key, 0.0, 10) for key in keys)


def test_stores_are_told_apart() -> None:
    assert Memory().add_once(KEY, 0.0, 10)
    assert Memory().add_once(KEY, 0.0, 10)


def test_many_keys_are_told_apart() -> None:
    store = Memory()
    assert all(store.add_once(f"nonce {n}", 0.0, 10) for n in range(50_000))
    assert not any(store.add_once(f"nonce {n}", 9.0, 10) for n in range(50_000))


def test_a_key_costs_few_bytes_and_is_forgotten() -> None:
    tracemalloc.start()
    try:
        store = Memory()
        before = tracemalloc.get_traced_memory()[0]
        for n in range(30_000):
            store.add_once(f"nonce {n}", 0.0, 10)
        full = tracemalloc.get_traced_memory()[0] - before
        for n in range(30_000):
            store.add_once(f"later {n}", 10.0 + n, 1)
        left = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert full < 2_000_000
    assert left < 1_000_000


def iterate_shard_keys() -> Iterator[tuple[str, int]]:
    """Yield keys that lie in shard 0, and their fingerprints."""
    for n in count():
        key = f"k {n}"
        fingerprint = hash(key) & 0xFFFF_FFFF_FFFF_FFFF
        if fingerprint % memory._SHARDS == 0:
            yield key, fingerprint


def to_moment(fingerprint: int) -> float:
    """Return the time whose bytes are those of a fingerprint."""
    return float(struct.unpack("<d", struct.pack("<Q", fingerprint))[0])


def test_a_time_that_looks_like_a_key_is_none() -> None:
    """A record is a fingerprint and a time: the bytes of a time must not be taken for a fingerprint."""
    key, fingerprint = next(found for found in iterate_shard_keys() if 1 < to_moment(found[1]) < 1e300)
    other = next(found[0] for found in iterate_shard_keys() if found[0] != key)
    store = Memory()
    assert store.add_once(other, 0.0, to_moment(fingerprint))
    assert store.add_once(key, 0.0, 10)
    assert not store.add_once(key, 0.0, 10)
    assert not store.add_once(other, 0.0, 10)


def test_what_runs_out_behind_what_lasts_is_forgotten_in_time() -> None:
    lasting, short = (key for key, _fingerprint in islice(iterate_shard_keys(), 2))
    store = Memory()
    store.add_once(lasting, 0.0, 100)
    store.add_once(short, 0.0, 10)
    assert not store.add_once(short, 9.999, 10)
    assert store.add_once(short, 10.0, 10)
    assert not store.add_once(lasting, 99.0, 10)


def test_keys_of_one_shard() -> None:
    store = Memory()
    keys = [key for key, _fingerprint in islice(iterate_shard_keys(), 20)]
    for n, key in enumerate(keys):
        assert store.add_once(key, float(n), 10)
    for n, key in enumerate(keys):
        assert store.add_once(key, 19.5, 10) is (n + 10 <= 19.5)


SHARD = [key for key, _fingerprint in islice(iterate_shard_keys(), 10)]
STEPS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50), st.integers(1, 20)), max_size=60)


@given(STEPS)
def test_like_a_dictionary_while_time_goes_on(steps: list[tuple[int, int, int]]) -> None:
    store, model, now = Memory(), dict[int, float](), 0.0
    for key, passed, seconds in steps:
        now += passed / 4
        new = model.get(key, 0.0) <= now
        assert store.add_once(SHARD[key], now, seconds) is new
        if new:
            model[key] = now + seconds


@given(STEPS)
def test_when_time_goes_back_nothing_is_refused_that_was_not_seen(steps: list[tuple[int, int, int]]) -> None:
    """What has run out once may be forgotten, or not, when the clock is set back; nothing else may be."""
    store = Memory()
    until: dict[int, float] = {}  # when a key runs out
    latest: dict[int, float] = {}  # the latest moment seen since it was added
    for choice, moment, seconds in steps:
        key, now = choice, float(moment)
        for other in latest:
            latest[other] = max(latest[other], now)
        new = store.add_once(SHARD[key], now, seconds)
        if not new:
            assert until[key] > now
        elif key in until and until[key] > now:
            assert latest[key] >= until[key]
        if new:
            until[key], latest[key] = now + seconds, now


@pytest.mark.parametrize("seconds", [1, 60, 86400])
def test_counts_in_windows_of_the_clock(seconds: int) -> None:
    store = Memory()
    start = 1000.0 * seconds
    moments = [start, start, start + seconds / 2, start + seconds - 0.001]
    assert [store.increment("ScanImage", now, seconds) for now in moments] == [1, 2, 3, 4]
    assert store.increment("ScanImage", start + seconds, seconds) == 1
    assert store.increment("ScanImage", start + seconds, seconds) == 2


def test_counters_are_told_apart() -> None:
    store = Memory()
    assert [store.increment(name, 0.0, 1) for name in ("a", "b", "a")] == [1, 1, 2]


def test_a_window_of_the_past_begins_anew() -> None:
    store = Memory()
    assert [store.increment("a", now, 10) for now in (25.0, 5.0, 5.0, -0.001, 25.0)] == [1, 1, 2, 1, 1]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 8)), max_size=60))
def test_counters_are_like_a_dictionary_while_time_goes_on(steps: list[tuple[str, int]]) -> None:
    store, model, now = Memory(), dict[tuple[str, int], int](), 0.0
    for key, passed in steps:
        now += passed / 4
        window = key, int(now // 3)
        model[window] = model.get(window, 0) + 1
        assert store.increment(key, now, 3) == model[window]


def test_a_value_is_kept_for_its_time() -> None:
    store = Memory()
    store.put("a", "value", 1000.0, 60)
    for now in (1000.0, 1059.999):
        assert store.get("a", now) == "value"
    assert store.get("a", 1060.0) is None
    assert store.get("b", 1000.0) is None


def test_a_value_put_again_is_the_new_one_for_the_new_time() -> None:
    store = Memory()
    store.put("a", 1, 0.0, 10)
    store.put("b", 2, 0.0, 10)
    store.put("a", 3, 5.0, 10)
    assert (store.get("a", 14.0), store.get("b", 9.0), store.get("b", 10.0)) == (3, 2, None)


def test_values_of_several_lifetimes_do_not_wait_for_each_other() -> None:
    store = Memory()
    store.put("long", 1, 0.0, 7200)
    store.put("short", 2, 0.0, 10)
    assert (store.get("long", 10.0), store.get("short", 9.9), store.get("short", 10.0)) == (1, 2, None)


def test_a_clock_set_back_brings_values_back_that_were_not_swept_yet() -> None:
    store = Memory()
    store.put("a", 1, 100.0, 10)
    assert (store.get("a", 200.0), store.get("a", 50.0)) == (None, 1)


def test_what_is_over_is_swept_when_new_values_come() -> None:
    store = Memory()
    tracemalloc.start()
    try:
        for n in range(20_000):
            store.put(str(n), "x" * 100, float(n), 10)
        assert tracemalloc.get_traced_memory()[0] < 100_000
    finally:
        tracemalloc.stop()
    assert [n for n in range(20_000) if store.get(str(n), 19_999.0)] == list(range(19_990, 20_000))


@pytest.mark.parametrize(("came", "left"), [(2, 2), (3, 3), (4, 3)])
def test_values_are_bounded(monkeypatch: pytest.MonkeyPatch, came: int, left: int) -> None:
    monkeypatch.setattr(memory, "MOST_VALUES", 3)
    store = Memory()
    for number in range(came):
        store.put(f"task-{number}", number, 1000.0, 3600)
    known = [number for number in range(came) if store.get(f"task-{number}", 1000.0) is not None]
    assert known == list(range(came))[-left:]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(-9, 9)), max_size=60))
def test_counted_is_what_increment_returned_last(calls: list[tuple[str, float]]) -> None:
    store = Memory()
    last: dict[str, tuple[int, int]] = {}
    for key, now in calls:
        window = int(now // 3)
        count = last[key][1] if key in last and last[key][0] == window else 0
        assert store.count(key, now, 3) == store.count(key, now, 3) == count
        last[key] = window, store.increment(key, now, 3)
