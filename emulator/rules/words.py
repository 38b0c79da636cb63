"""Searches a text for many words in one pass."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter

from ahocorasick import STORE_INTS, Automaton

FEW = 4  # words: so many are found faster one by one

_TOGETHER = 16_384  # words of one automaton: building one cannot be interrupted
_NESTED = 4  # words of an automaton that end in one another: wherever the longest stands, it reports them all
_SHORT = 10_000  # characters of a text that is searched at once, and hits taken at once from a longer one
_number = itemgetter(1)


def encode(text: str) -> bytes:
    """Encode text as UTF-8. It may hold lone surrogates, which JSON can carry."""
    return text.encode("utf-8", "surrogatepass")


class Words:
    """Words to search for. None is empty; each is known by its number in the order in which they were given.

    The time of a search grows with the text only. Many words that end in one another (a, aa, aaa) could slow it down:
    of these, the longer ones are searched for separately, and only where the shorter ones were found.
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
        """Yield the numbers of the words for the automata.

        Every other word is recorded under the longest of these words that it ends in.
        """
        backwards = sorted((word[::-1], number) for number, word in enumerate(self._words))
        endings: list[tuple[str, int]] = []  # each word ends in the one before it
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
        """Return what `find_in` returns, for several automata, or piece by piece for a long text."""
        found: set[int] = set()
        for automaton in self._automata:
            hits = map(_number, automaton.iter(narrow))
            while some := set(islice(hits, _SHORT)):
                found |= some
        return found

    def is_any_in(self, text: str) -> bool:
        """Return whether any of the words stands in a text."""
        if not self._automata:
            return any(word in text for word in self._words)
        narrow = _to_bytes_text(text)
        return any(next(automaton.iter(narrow), None) is not None for automaton in self._automata)


def _to_bytes_text(text: str) -> str:
    """Return the text with one character for each byte of its UTF-8.

    The automaton tries the branches of a node one by one, so a node must have few.
    """
    return text if text.isascii() else encode(text).decode("latin-1")
