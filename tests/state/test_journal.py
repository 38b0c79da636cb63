import random
import tracemalloc
from collections import deque
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.resources.budgets import Budget
from emulator.state import journal as room
from emulator.state.journal import Entry, Journal, iterate_newest

HEADERS = (
    ("Host", "127.0.0.1:8080"),
    ("User-Agent", "python-requests/2.34"),
    ("Accept-Encoding", "gzip, deflate"),
    ("Accept", "*/*"),
    ("Connection", "keep-alive"),
)


def make_entry(number: int, **changes: Any) -> Entry:
    """Return a call as the pipeline notes it, much like its neighbours."""
    by = ("rule", "file-3", "a name")
    facts = {"url": f"https://cdn.example.test/pictures/{number}.jpg", "filename": f"{number}.jpg"}
    identity = f"{number * 2654435761 % 2**32:08X}-1B2C-4D3E-A4F5-{number * 40503 % 2**48:012X}"
    return Entry(
        id=number,
        at=1_700_000_000 + number / 7,
        account="acc-1",
        provider="aliyun_imageaudit",
        operation="ScanImage",
        via="https",
        method="GET",
        target=f"/?Action=ScanImage&Version=2019-12-30&SignatureNonce={identity}&Task.1.ImageURL={facts['url']}",
        headers=HEADERS,
        body=b"",
        request_id=identity,
        status=200,
        code=None,
        detail="",
        outcome="verdict",
        items=(("picture", 1, facts, *by, "block"),),
        decided_by=by,
        warnings=(),
        seconds=0.0012,
        response_headers={"Content-Type": "application/json;charset=utf-8", "x-acs-request-id": identity},
        response_body=b'{"Data":{"Results":[{"Code":200,"SubResults":[{"Suggestion":"block"}]}]},"RequestId":"%s"}'
        % identity.encode(),
    )._replace(**changes)


def make_journal(size: int, count: int) -> Journal:
    journal = Journal(size)
    for number in range(count):
        journal.append(make_entry(number))
    return journal


def list_ids(journal: Journal) -> list[int]:
    return [noted.id for noted in journal.iterate_newest()]


def test_a_new_journal_is_empty() -> None:
    journal = Journal(10)
    assert (len(journal), journal.dropped, list_ids(journal)) == (0, 0, [])
    assert journal.clear() == 0


@pytest.mark.parametrize("count", [1, 62, 63, 64, 65, 66, 127, 128, 129, 500])
def test_entries_come_back_newest_first(count: int) -> None:
    journal = make_journal(10_000, count)
    assert len(journal) == count
    assert journal.dropped == 0
    assert list(journal.iterate_newest()) == [make_entry(number) for number in reversed(range(count))]


@pytest.mark.parametrize("size", [0, 1, 2, 63, 64, 65, 128, 130])
@pytest.mark.parametrize("more", [-1, 0, 1, 63, 64, 65, 200])
def test_only_the_newest_are_kept(size: int, more: int) -> None:
    count = max(0, size + more)
    journal = make_journal(size, count)
    assert len(journal) == min(size, count)
    assert journal.dropped == count - len(journal)
    assert list_ids(journal) == list(reversed(range(count)))[:size]
    assert len(journal._pages) * 64 <= size + 63


@given(
    st.integers(0, 200),
    st.lists(st.just("clear") | st.integers(1, 150), max_size=8),
)
def test_like_a_list_of_limited_length(size: int, acts: list[Any]) -> None:
    journal, model, dropped, number = Journal(size), deque[int](maxlen=size), 0, 0
    for act in acts:
        if act == "clear":
            assert journal.clear() == len(model)
            model.clear()
            dropped = 0
            continue
        for _ in range(act):
            dropped += len(model) == size
            model.append(number)
            journal.append(make_entry(number))
            number += 1
        assert (len(journal), journal.dropped) == (len(model), dropped)
        assert list_ids(journal) == list(reversed(model))


def test_everything_comes_back_as_it_was() -> None:
    odd = make_entry(
        0,
        account=None,
        operation=None,
        code="Throttling",
        target="/?" + "x" * room.BODY_LIMIT,
        headers=(("X-Odd", "\udcff"), ("X-中文", "")),
        body=bytes(range(256)) * 256,
        items=(("text", 1, {"text": "中文\u0000"}, "default", None, None, None),) * 10,
        decided_by=("gate", None, None),
        warnings=("one", "two"),
        seconds=1e-9,
        response_headers={},
        response_body=b"\xff" * room.BODY_LIMIT,
    )
    journal = Journal(1000)
    journal.append(odd)
    for number in range(1, 70):
        journal.append(make_entry(number))
    back = list(journal.iterate_newest())[-1]
    assert back == odd
    assert isinstance(back, Entry)
    assert isinstance(back.headers, tuple)


def test_a_cleared_journal_is_empty_and_goes_on() -> None:
    journal = make_journal(100, 170)
    assert journal.clear() == 100
    assert (len(journal), journal.dropped, list_ids(journal)) == (0, 0, [])
    journal.append(make_entry(7))
    assert (len(journal), list_ids(journal)) == (1, [7])


def test_reading_may_stop_early() -> None:
    journal = make_journal(1000, 300)
    assert next(journal.iterate_newest()).id == 299
    assert len(list_ids(journal)) == 300


def test_memory_of_twenty_thousand_calls() -> None:
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        journal = make_journal(20_000, 20_000)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert len(journal) == 20_000
    assert grown < 8 * 1024 * 1024


def test_memory_does_not_grow_once_it_is_full() -> None:
    journal = make_journal(1000, 1100)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(5000):
            journal.append(make_entry(number))
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 512 * 1024


def make_large_entry(number: int) -> Entry:
    return make_entry(number, body=random.Random(number).randbytes(4096))


def test_large_entries_are_limited_in_bytes() -> None:
    """Ten thousand pictures of 64 KiB would be 640 MB: the oldest pages go before that."""
    budget = Budget(1_000_000)
    journal = Journal(10_000, budget)
    for number in range(1, 641):
        journal.append(make_large_entry(number))
        assert budget.used <= budget.most
    assert 100 <= len(journal) <= 256
    assert journal.dropped == 640 - len(journal)
    assert list_ids(journal) == list(range(640, 640 - len(journal), -1))


def test_an_open_page_is_counted_and_closed_by_its_bytes() -> None:
    budget = Budget(100_000_000)
    journal = Journal(10_000, budget)
    for number in range(1, 51):
        journal.append(make_entry(number, body=b"x" * 60_000))
    assert budget.used < 400_000  # all but the last few are compressed
    assert len(journal) == 50


def test_journals_share_a_budget_and_the_fullest_makes_room() -> None:
    budget = Budget(2_000_000)
    small, full = Journal(10_000, budget), Journal(10_000, budget)
    for number in range(1, 11):
        small.append(make_large_entry(number))
    for number in range(11, 2000):
        full.append(make_large_entry(number))
    assert budget.used <= budget.most
    assert len(small) == 10
    assert 200 <= len(full) < 1000


def test_what_is_cleared_or_closed_is_given_back() -> None:
    budget = Budget(10_000_000)
    journals = [Journal(1000, budget) for _ in range(2)]
    for journal in journals:
        for number in range(1, 300):
            journal.append(make_large_entry(number))
    journals[0].clear()
    journals[1].close()
    assert budget.used == 0
    assert len(budget.shares) == 1


def test_an_entry_larger_than_the_budget_is_dropped() -> None:
    budget = Budget(10_000)
    journal = Journal(1000, budget)
    journal.append(make_entry(1, body=b"x" * 50_000))
    journal.append(make_entry(2))
    assert (list_ids(journal), journal.dropped) == ([2], 1)
    assert budget.used <= budget.most


def test_an_entry_is_found_by_its_id() -> None:
    journal = Journal(1000)
    for number in range(2, 600, 2):
        journal.append(make_entry(number))
    found = [journal.find(number) for number in (2, 128, 130, 444, 598)]
    assert [entry and entry.id for entry in found] == [2, 128, 130, 444, 598]
    assert [journal.find(number) for number in (0, 1, 129, 599, 600)] == [None] * 5


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets one more entry with each page that is read."""
    read: list[int] = []
    zstd: Any = vars(room)["zstd"]  # Python's own or the backport
    real = zstd.decompress

    def decompress(data: bytes) -> bytes:
        read.append(1)
        return bytes(real(data))

    monkeypatch.setattr(zstd, "decompress", decompress)
    return read


def test_to_find_an_entry_reads_one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = make_journal(2000, 1500)
    read = count_reads(monkeypatch)
    assert journal.find(700)
    assert len(read) == 1


def test_several_journals_are_read_as_one() -> None:
    journals = [Journal(1000) for _ in range(5)]
    for number in range(1, 1200):
        journals[random.Random(number).randrange(4)].append(make_entry(number))
    assert [each.id for each in iterate_newest(journals)] == list(range(1199, 0, -1))


def test_of_several_journals_no_more_is_read_than_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    journals = [Journal(1000) for _ in range(50)]
    for number in range(64 * 50):
        journals[number // 64].append(make_entry(number + 1))
    read = count_reads(monkeypatch)
    assert [each.id for each in islice(iterate_newest(journals), 3)] == [3200, 3199, 3198]
    assert len(read) == 1
