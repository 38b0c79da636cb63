"""Many words are found in one pass, whatever they are made of and however they lie in one another."""

import pytest
from ahocorasick import Automaton
from hypothesis import given
from hypothesis import strategies as st

from emulator.rules import words as room
from emulator.rules.conditions import Condition, parse_match
from emulator.rules.words import FEW, Words

LETTERS = st.text(st.sampled_from("ab加\x00"), min_size=1, max_size=9)


def find_plainly(words: list[str], text: str) -> set[int]:
    return {number for number, word in enumerate(words) if word in text}


@given(st.lists(LETTERS, unique=True, max_size=60), st.text(st.sampled_from("ab加\x00"), max_size=60))
def test_as_if_each_were_looked_for(words: list[str], text: str) -> None:
    sought = Words(words)
    assert set(sought.find_in(text)) == find_plainly(words, text)
    assert len(list(sought.find_in(text))) == len(find_plainly(words, text))
    assert sought.is_any_in(text) is bool(find_plainly(words, text))


@pytest.mark.parametrize("together", [1, 2, 7])
def test_in_several_automata(monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    monkeypatch.setattr(room, "_TOGETHER", together)
    words = ["one", "two", "neo", "o", "three", "four", "one two"]
    assert set(Words(words).find_in("three one two")) == {0, 1, 3, 4, 6}


def test_words_that_end_in_one_another_cost_no_more_than_the_text_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """a, aa, ... a thousand long: in ten thousand of them stand ten million words."""
    seen = 0

    class Counting:
        def __init__(self, *given: object) -> None:
            self._real = Automaton(*given)
            self.add_word = self._real.add_word
            self.make_automaton = self._real.make_automaton

        def iter(self, text: str) -> object:
            nonlocal seen
            for hit in self._real.iter(text):
                seen += 1
                yield hit

    monkeypatch.setattr(room, "Automaton", Counting)
    words = ["a" * length for length in range(1, 1001)]
    sought = Words([*words, "b"])
    assert set(sought.find_in("a" * 10_000)) == set(range(1000))
    assert seen <= 5 * 10_000
    assert set(sought.find_in("x" + "a" * 500)) == set(range(500))
    assert sought.is_any_in("xxb")


def test_hits_are_taken_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_SHORT", 3)
    words = [f"w{number}" for number in range(10)]
    assert set(Words(words).find_in(" ".join(words * 3))) == set(range(10))


@pytest.mark.parametrize("number", [1, FEW, FEW + 1, 300])
def test_a_condition_of_many_words_holds_as_one_of_few(number: int) -> None:
    (condition,) = parse_match({"text": {"contains": [f"word {n};" for n in range(number)]}})
    assert condition.holds({"text": f"here is word {number - 1}; of all"})
    assert not condition.holds({"text": "here is word -1; of all"})
    (marked,) = parse_match({"marker": [f"mark {n};" for n in range(number)]})
    assert marked.holds({"marker": b"\xff\x80" + f"mark {number - 1};".encode()})
    assert not marked.holds({"marker": b"\xff\x80mark"})


def test_an_empty_word_stands_everywhere() -> None:
    assert Condition("text", "contains", ("x", "", "y", "z", "q", "r")).holds({"text": "anything"})


def test_words_of_a_picture_are_its_bytes() -> None:
    words = tuple(f"加{n}".encode() for n in range(9))
    assert Condition("marker", "contains", words).holds({"marker": b"\x00" + "加7".encode() + b"\xff"})
