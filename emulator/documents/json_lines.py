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

    def line(self, steps: list[int | str]) -> int:
        """The line of what lies at the end of some steps inward, or of the last that leads somewhere."""
        at = self._skipped(0)
        for step in steps:
            inside = self._children.get(at)
            if inside is None:
                inside = self._children[at] = self._inside(at)
            if (inner := inside.get(step)) is None:
                break
            at = inner
        return bisect_right(self._breaks, at - 1) + 1

    @cached_property
    def _breaks(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._text)]

    def _skipped(self, at: int) -> int:
        return _SPACE.match(self._text, at).end()  # type: ignore[union-attr]

    def _inside(self, at: int) -> dict[int | str, int]:
        """Where each item or value of the list or object at a place begins."""
        text = self._text
        found: dict[int | str, int] = {}
        opening = text[at]
        if opening not in "[{":
            return {}
        at = self._skipped(at + 1)
        while text[at] not in "]}":
            step: int | str = len(found)
            if opening == "{":
                step, at = _DECODER.raw_decode(text, at)
                at = self._skipped(self._skipped(at) + 1)  # over the colon
            found[step] = at
            try:
                at = self._skipped(_DECODER.raw_decode(text, at)[1])
            except RecursionError:
                break
            if text[at] == ",":
                at = self._skipped(at + 1)
        return found
