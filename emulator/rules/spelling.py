"""How the words of a closed list may be written, where a word ends, and which word was meant."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from heapq import nlargest
from itertools import pairwise

FLAGS = re.IGNORECASE | re.ASCII  # full-width digits and letters belong to Chinese text, not to a word
END = r"(?![A-Za-z0-9])"

_NEAREST = 8  # known words that are compared letter by letter, which is slow


class WordList:
    """A closed list of words, read in any case and returned in their own spelling."""

    def __init__(self, words: Iterable[str], prefix: str = "") -> None:
        longest_first = sorted(words, key=len, reverse=True)
        self._words = dict(enumerate(longest_first))
        written = "|".join(f"({_make_pattern(word)})" for word in longest_first)
        self._pattern = re.compile(rf"{re.escape(prefix)}(?>{written}){END}", FLAGS)

    def match_at(self, text: str, start: int) -> tuple[str, int] | None:
        """Return the longest word that stands at `start`, and where it ends; None when no word stands there."""
        match = self._pattern.match(text, start) if self._words else None
        if match is None or match.lastindex is None:
            return None
        return self._words[match.lastindex - 1], match.end()


def _make_pattern(word: str) -> str:
    """Return the pattern of a word: a blank may be blank, plus or underscore, the task slot `N` also any number."""
    escaped = re.escape(word).replace(r"\ ", "[ +_]")
    return re.sub(r"\\\.N\\\.", r"\\.(?:N|\\d{1,3})\\.", escaped)


class SimilarWords:
    """Known words, to find the one that a misspelled word may stand for."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = {word: _pair_letters(word) for word in known}

    def find_nearest(self, word: str) -> str | None:
        """Return the known word that is most similar to `word`; None if none is similar enough."""
        pairs = _pair_letters(word)

        def compare(known: str) -> float:
            return len(pairs & self._known[known]) / (len(pairs) + len(self._known[known]))

        likely = nlargest(_NEAREST, self._known, key=compare)
        return next(iter(get_close_matches(word, likely, 1)), None)


def _pair_letters(word: str) -> set[str]:
    """Return the pairs of letters that stand next to each other."""
    return {a + b for a, b in pairwise(word)}
