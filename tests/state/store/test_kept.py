"""What a state kept: numbers are never given twice, whatever became of what had them."""

import pytest

from emulator.state.store.kept import Kept
from emulator.state.store.row import Row, StateUnusable


def test_the_highest_numbers_are_known_after_what_had_them_is_gone() -> None:
    kept = Kept(
        [
            Row("account", "acc-7", "", b"{}"),
            Row("callback", "acc-7", "12", b"[]"),
            Row("rule", "acc-7", "rule-30", b"[]"),
            Row("rule", "acc-7", "mine-99", b"[]"),
            Row("account", "acc-7", "", None),
            Row("account", "acc-3", "", b"{}"),
        ]
    )
    assert kept.numbers == {"account": 7, "callback": 12, "rule": 30}
    assert kept.list_accounts() == ["acc-3"]
    assert kept.live == 1


def test_numbers_are_kept_by_rows_of_their_own() -> None:
    kept = Kept([Row("number", "", "callback", b"40"), Row("number", "", "rule", b"5"), Row("number", "", "", None)])
    assert kept.numbers == {"account": 0, "callback": 40, "rule": 5}


def test_what_is_written_again_comes_last() -> None:
    kept = Kept([Row("value", "acc-1", "a", b"1"), Row("value", "acc-1", "b", b"2"), Row("value", "acc-1", "a", b"3")])
    assert [*kept.find_group("value", "acc-1").items()] == [("b", b"2"), ("a", b"3")]


def test_a_kind_of_a_newer_version_is_refused() -> None:
    with pytest.raises(StateUnusable, match="a row of kind 'dream'"):
        Kept([Row("dream", "acc-1", "", b"1")])
