"""Where the parts of a JSON text stand: found by decoding it once more, level by level, only when somebody asks."""

import re
from bisect import bisect_right
from functools import cached_property
from json import JSONDecoder

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = JSONDecoder(strict=True)


class JsonLines:
    """The lines of a text that is known to be valid JSON, counted from 1."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._children: dict[int, dict[int | str, int]] = {}

    def find_line(self, steps: list[int | str]) -> int:
        """The line of what lies at the end of some steps inward, or of the last that leads somewhere."""
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
        """Where each item or value of the list or object at a place begins."""
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
