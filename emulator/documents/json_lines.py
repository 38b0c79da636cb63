"""JSON lines: the lines of the parts of a JSON text.

They are found when somebody asks, by decoding the text once more, level by level.
"""

import re
from bisect import bisect_right
from functools import cached_property
from json import JSONDecoder

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = JSONDecoder(strict=True)


class JsonLineFinder:
    """The lines, counted from 1, of a text that is known to be valid JSON."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._children: dict[int, dict[int | str, int]] = {}

    def find_line(self, steps: list[int | str]) -> int:
        """Return the line of the part that `steps` lead to; where a step leads nowhere, of the last part reached."""
        at = self._skip_space(0)
        for step in steps:
            children = self._children.get(at)
            if children is None:
                children = self._children[at] = self._find_children(at)
            if (inner := children.get(step)) is None:
                break
            at = inner
        return bisect_right(self._newlines, at - 1) + 1

    @cached_property
    def _newlines(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._text)]

    def _skip_space(self, at: int) -> int:
        return _SPACE.match(self._text, at).end()  # type: ignore[union-attr]

    def _find_children(self, at: int) -> dict[int | str, int]:
        """Return where each item or value begins in the list or object that begins at `at`."""
        text = self._text
        found: dict[int | str, int] = {}
        opening = text[at]
        if opening not in "[{":
            return {}
        at = self._skip_space(at + 1)
        while text[at] not in "]}":
            step: int | str = len(found)
            if opening == "{":
                step, at = _DECODER.raw_decode(text, at)
                at = self._skip_space(self._skip_space(at) + 1)  # over the colon
            found[step] = at
            try:
                at = self._skip_space(_DECODER.raw_decode(text, at)[1])
            except RecursionError:
                break
            if text[at] == ",":
                at = self._skip_space(at + 1)
        return found
