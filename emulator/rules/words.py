"""Looks for many words in a text, in one pass over it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter

from ahocorasick import STORE_INTS, Automaton

FEW = 4  # words that are faster looked for one by one

_TOGETHER = 16_384  # words of one automaton: making one cannot be interrupted
_NESTED = 4  # words that may end in one another in an automaton: it tells all of them wherever the longest stands
_SHORT = 10_000  # characters of a text, and hits of a longer one, that are gone through in one go
_number = itemgetter(1)


def encode(text: str) -> bytes:
    """Encode text that may hold lone surrogates, which JSON can carry."""
    return text.encode("utf-8", "surrogatepass")


class Words:
    """Words, none of them empty, known by their numbers in the order in which they were given.

    The time of a search grows with the text, however the words are made: of many that end in one another (a, aa, aaa)
    the longer ones are looked for by themselves, and only where the shorter ones stand.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words = list(words)
        self._automata: list[Automaton] = []
        self._longer: defaultdict[int, list[int]] = defaultdict(list)
        if len(self._words) > FEW:
            self._words = [_to_bytes_text(word) for word in self._words]
            flat = list(self._choose_numbers())
            for start in range(0, len(flat), _TOGETHER):
                automaton = Automaton(STORE_INTS)
                for number in flat[start : start + _TOGETHER]:
                    automaton.add_word(self._words[number], number)
                automaton.make_automaton()
                self._automata.append(automaton)
        self._only = self._automata[0] if len(self._automata) == 1 else None

    def _choose_numbers(self) -> Iterator[int]:
        """Yield the words for the automata; the others are filed under the longest of these that they end in."""
        backwards = sorted((word[::-1], number) for number, word in enumerate(self._words))
        endings: list[tuple[str, int]] = []  # each ends in the one before
        for word, number in backwards:
            while endings and not word.startswith(endings[-1][0]):
                endings.pop()
            if len(endings) < _NESTED:
                endings.append((word, number))
                yield number
            else:
                self._longer[endings[-1][1]].append(number)

    def find_in(self, text: str) -> Iterable[int]:
        """Return the numbers of the words that stand in a text, each once."""
        if not self._automata:
            return [number for number, word in enumerate(self._words) if word in text]
        narrow = text if text.isascii() else _to_bytes_text(text)
        if len(narrow) < _SHORT and self._only is not None:
            found = set(map(_number, self._only.iter(narrow)))
        else:
            found = self._search(narrow)
        if found and self._longer:
            longer = [number for at in found for number in self._longer.get(at, ())]
            found.update([number for number in longer if self._words[number] in narrow])
        return found

    def _search(self, narrow: str) -> set[int]:
        """The same in several automata, or in a long text, piece by piece."""
        found: set[int] = set()
        for automaton in self._automata:
            hits = map(_number, automaton.iter(narrow))
            while some := set(islice(hits, _SHORT)):
                found |= some
        return found

    def is_any_in(self, text: str) -> bool:
        """Tell whether one of the words stands in a text."""
        if not self._automata:
            return any(word in text for word in self._words)
        narrow = _to_bytes_text(text)
        return any(next(automaton.iter(narrow), None) is not None for automaton in self._automata)


def _to_bytes_text(text: str) -> str:
    """One character per byte of UTF-8: the automaton tries a node's branches one by one, so it must have few."""
    return text if text.isascii() else encode(text).decode("latin-1")
