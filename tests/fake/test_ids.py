import math
import re
import sys
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.config.model import Latency
from emulator.fake.ids import FakeData, Ids
from emulator.fake.pools import Pools

KINDS: dict[str, Callable[[Ids], str]] = {
    "request_id": Ids.make_request_id,
    "trace_id": Ids.make_trace_id,
    "task_id": lambda ids: ids.make_task_id("img"),
    "password": lambda ids: ids.make_password(30),
    "digits": lambda ids: ids.make_digits(16),
    "hexadecimal": lambda ids: ids.make_hexadecimal(32),
}
SHAPES = {
    "request_id": r"[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}",
    "trace_id": r"[0-9a-f]{32}",
    # as documents and captured answers have it: txt37lTGA3240Y59OXpSeIq7U-1w3c2X, txt31rJ2il1rhZ5gA1JZgtz2Z-1s9$k0
    "task_id": r"img[0-9A-Za-z$@]{22}-1[0-9A-Za-z$@]{5}",
    "password": r"[0-9A-Za-z]{30}",
    "digits": r"[0-9]{16}",
    "hexadecimal": r"[0-9a-f]{32}",
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_id_has_its_form(kind: str) -> None:
    ids = Ids(7)
    for _ in range(500):
        assert re.fullmatch(SHAPES[kind], KINDS[kind](ids))


def test_a_request_id_is_a_uuid_of_version_4() -> None:
    ids = Ids()
    for _ in range(200):
        text = ids.make_request_id()
        found = uuid.UUID(text)
        assert (found.version, found.variant) == (4, uuid.RFC_4122)
        assert str(found).upper() == text


@pytest.mark.parametrize("kind", KINDS)
def test_no_id_comes_twice(kind: str) -> None:
    ids = Ids(7)
    assert len({KINDS[kind](ids) for _ in range(5000)}) == 5000


def test_all_letters_are_used() -> None:
    ids = Ids(7)
    assert len(set("".join(ids.make_task_id("") for _ in range(2000)))) == 64 + 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_repeats_the_ids(kind: str) -> None:
    draw = KINDS[kind]
    same, again, other, by_chance = Ids(7), Ids(7), Ids(8), Ids()
    first = [draw(same) for _ in range(20)]
    assert [draw(again) for _ in range(20)] == first
    assert not set(first) & {draw(other) for _ in range(20)}
    assert not set(first) & {draw(by_chance) for _ in range(20)}


def test_numbers_lie_between_the_bounds() -> None:
    ids = Ids(7)
    drawn = [ids.draw_between(2, 3) for _ in range(200)]
    assert all(2 <= number <= 3 for number in drawn)
    assert max(drawn) - min(drawn) > 0.5
    assert ids.draw_between(5, 5) == 5


def list_draws(fake_data: FakeData) -> list[object]:
    """Return everything that fake data can be asked for, in one order."""
    words = [
        fake_data.choose_name(),
        fake_data.choose_word(),
        fake_data.choose_station(),
        fake_data.choose_brand(),
        fake_data.choose_sentence(),
    ]
    return [*words, fake_data.draw_number(0, 10**9), fake_data.draw_rate(0, 100), fake_data.draw_box(750, 1000)]


def test_fake_data_is_the_same_for_the_same_key() -> None:
    """From call to call, from start to start, and whatever ids were drawn in between."""
    one, other = Ids(1), Ids()
    first = list_draws(one.make_fake_data("https://a.test/1.jpg", "logo", "TV"))
    one.make_request_id()
    assert list_draws(one.make_fake_data("https://a.test/1.jpg", "logo", "TV")) == first
    assert list_draws(other.make_fake_data("https://a.test/1.jpg", "logo", "TV")) == first


def test_fake_data_of_other_keys_differs() -> None:
    ids = Ids()
    keys = [("a",), ("b",), ("a", "b"), ("ab",), ("b", "a"), ("a", ""), ("中文",), (1,), (1.5,)]
    assert len({str(list_draws(ids.make_fake_data(*key))) for key in keys}) == len(keys)


def test_painting_does_not_change_the_ids() -> None:
    one, other = Ids(7), Ids(7)
    list_draws(one.make_fake_data("a"))
    assert one.make_request_id() == other.make_request_id()


def test_filler_is_chinese_and_not_empty() -> None:
    ids = Ids()
    for n in range(50):
        fake_data = ids.make_fake_data(n)
        found = [
            fake_data.choose_name(),
            fake_data.choose_word(),
            fake_data.choose_station(),
            fake_data.choose_brand(),
            fake_data.choose_sentence(),
        ]
        assert all(re.search(r"[\u4e00-\u9fff]", text) for text in found)
        assert found[2].endswith("电视台")


@given(st.text(max_size=20), st.integers(1, 10_000), st.integers(1, 10_000))
def test_a_box_lies_inside_the_picture(key: str, width: int, height: int) -> None:
    box = Ids().make_fake_data(key).draw_box(width, height)
    assert set(box) == {"X", "Y", "Width", "Height"}
    assert all(isinstance(value, float) and value.is_integer() for value in box.values())
    assert box["X"] >= 0
    assert box["Y"] >= 0
    assert box["Width"] >= 1
    assert box["Height"] >= 1
    assert box["X"] + box["Width"] <= width
    assert box["Y"] + box["Height"] <= height


@given(st.text(max_size=20), st.floats(0, 100), st.floats(0, 100))
def test_a_rate_has_two_decimals(key: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    rate = Ids().make_fake_data(key).draw_rate(low, high)
    assert round(low, 2) <= rate <= round(high, 2)
    assert round(rate, 2) == rate


@given(st.floats(0, 10), st.floats(0, 10))
def test_a_uniform_latency_lies_between_its_bounds(least: float, more: float) -> None:
    drawn = Ids().draw_latency(Latency(least, least + more))
    assert least <= drawn <= least + more


def test_a_lognormal_latency_lies_about_its_median() -> None:
    """Half of the draws below the median, about 68 % within one sigma of its logarithm."""
    ids = Ids(1)
    drawn = sorted(ids.draw_latency(Latency(median=0.08, sigma=0.5)) for _ in range(4000))
    assert drawn[2000] == pytest.approx(0.08, rel=0.1)
    within = sum(0.08 * math.exp(-0.5) < each < 0.08 * math.exp(0.5) for each in drawn)
    assert within / 4000 == pytest.approx(0.683, abs=0.03)
    assert ids.draw_latency(Latency(median=3600, sigma=0)) == 3600
    assert max(ids.draw_latency(Latency(median=3600, sigma=3)) for _ in range(20)) == 3600


def test_latency_repeats_with_a_seed() -> None:
    for latency in (Latency(0, 1), Latency(median=1, sigma=1)):
        assert Ids(7).draw_latency(latency) == Ids(7).draw_latency(latency) != Ids(8).draw_latency(latency)


def test_pools_are_the_same_however_many_threads_draw_them() -> None:
    """The first calls that need filler may come together, and each has the pools made in a thread."""
    names = ["names", "words", "stations", "brands", "sentences"]
    alone, together, begin = Pools(), Pools(), Barrier(len(names))

    def draw(thread: int) -> None:
        begin.wait()
        for name in names[thread:] + names[:thread]:
            getattr(together, name)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(len(names)) as threads:
            list(threads.map(draw, range(len(names))))
    finally:
        sys.setswitchinterval(before)
    for name in names:
        assert getattr(together, name) == getattr(alone, name)
