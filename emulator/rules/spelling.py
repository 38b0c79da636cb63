"""How the words of a closed list may be written, and where one ends."""

import re
from collections.abc import Iterable

FLAGS = re.IGNORECASE | re.ASCII  # a full-width digit or letter is Chinese text, not part of a word
END = r"(?![A-Za-z0-9])"


class WordList:
    """A closed list of words, read without regard to case and told in their own spelling."""

    def __init__(self, words: Iterable[str], prefix: str = "") -> None:
        longest_first = sorted(words, key=len, reverse=True)
        self._words = dict(enumerate(longest_first))
        written = "|".join(f"({_make_pattern(word)})" for word in longest_first)
        self._pattern = re.compile(rf"{re.escape(prefix)}(?>{written}){END}", FLAGS)

    def match_at(self, text: str, start: int) -> tuple[str, int] | None:
        """The longest word that stands at `start` and where it ends."""
        match = self._pattern.match(text, start) if self._words else None
        if match is None or match.lastindex is None:
            return None
        return self._words[match.lastindex - 1], match.end()


def _make_pattern(word: str) -> str:
    """How a word may be written: a blank as blank, plus or underscore; the task slot `N` as N or any number."""
    escaped = re.escape(word).replace(r"\ ", "[ +_]")
    return re.sub(r"\\\.N\\\.", r"\\.(?:N|\\d{1,3})\\.", escaped)
