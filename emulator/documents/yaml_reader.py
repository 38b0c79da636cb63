"""YAML reader: reads YAML 1.2 in one pass over libyaml's events into data, with the line of every part.

Only true and false are booleans, a date is text, a key may stand once, and aliases are refused.
"""

import re
from collections.abc import Callable
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

MAX_DEPTH = 64  # levels of nesting; the encoders of answers give up not far above

# The line of a scalar; the line of a list or mapping, with the lines of its parts. Lines count from 1.
Lines = int | tuple[int, list[Any]] | tuple[int, dict[str, Any]]

_CORE = "tag:yaml.org,2002:"
_SCALAR = re.compile(
    r"(?P<null>~|null|)|(?P<bool>true|false)"
    r"|(?P<int>-?(?:0|[1-9][0-9]*))|(?P<float>-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?)"
)
_CONVERTERS: dict[str, Callable[[str], Any]] = {
    "null": lambda _text: None,
    "bool": lambda text: text == "true",
    "int": int,
    "float": float,
}
_FIRST_CHARACTERS = frozenset("-0123456789tfn~")  # first characters of the scalars that are not text


class BadYaml(Exception):
    """Raised for YAML that cannot be read, with the line of the problem."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


def parse(text: str) -> tuple[Any, Lines | None]:
    """Return the data of a text and its lines; None for both when the text is empty. Raises BadYaml."""
    try:
        return _Reader(text).read_document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadYaml(error.problem or "something else", line) from None
    except (yaml.YAMLError, UnicodeEncodeError) as error:  # a character that no YAML may hold
        raise BadYaml(str(error).partition("\n")[0][:120], 1) from None


def find_line(lines: Lines | None, steps: list[int | str]) -> int:
    """Return the line of the part that `steps` lead to; where a step leads nowhere, of the last part reached."""
    for step in steps:
        if not isinstance(lines, tuple):
            break
        found, children = lines
        if isinstance(children, list):
            inner = children[step] if isinstance(step, int) and step < len(children) else None
        else:
            inner = children.get(str(step))
        if inner is None:
            return found
        lines = inner
    return lines[0] if isinstance(lines, tuple) else lines or 1


class _Reader:
    def __init__(self, text: str) -> None:
        self._next_event: Any = CParser(text).get_event

    def read_document(self) -> tuple[Any, Lines | None]:
        self._next_event()  # the stream begins
        if isinstance(self._next_event(), yaml.StreamEndEvent):
            return None, None
        found = self._read_value(self._next_event(), 1)
        self._next_event()  # the document ends
        after = self._next_event()
        if not isinstance(after, yaml.StreamEndEvent):
            raise BadYaml("but found another document", _get_line(after))
        return found

    def _read_value(self, event: Any, depth: int) -> tuple[Any, Lines]:
        if isinstance(event, yaml.ScalarEvent):
            return _parse_scalar(event), _get_line(event)
        if isinstance(event, yaml.AliasEvent):
            raise BadYaml("an alias; write it out", _get_line(event))
        if depth > MAX_DEPTH:
            raise BadYaml(f"more than {MAX_DEPTH} levels of nesting", _get_line(event))
        if isinstance(event, yaml.MappingStartEvent):
            _check_tag(event, "map")
            return self._read_mapping(event, depth)
        _check_tag(event, "seq")
        items, item_lines = [], []
        while not isinstance(inner := self._next_event(), yaml.SequenceEndEvent):
            item, lines = self._read_value(inner, depth + 1)
            items.append(item)
            item_lines.append(lines)
        return items, (_get_line(event), item_lines)

    def _read_mapping(self, event: Any, depth: int) -> tuple[Any, Lines]:
        mapping: dict[str, Any] = {}
        value_lines: dict[str, Lines] = {}
        while not isinstance(key_event := self._next_event(), yaml.MappingEndEvent):
            key = _parse_scalar(key_event) if isinstance(key_event, yaml.ScalarEvent) else None
            if not isinstance(key, str):
                raise BadYaml("a key that is no text; put it in quotes", _get_line(key_event))
            if key in mapping:
                raise BadYaml(f"the key {key[:80]!r} twice", _get_line(key_event))
            mapping[key], value_lines[key] = self._read_value(self._next_event(), depth + 1)
        return mapping, (_get_line(event), value_lines)


def _get_line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _parse_scalar(event: Any) -> Any:
    text: str = event.value
    if event.tag not in (None, "!"):
        return _parse_tagged(event, event.tag, text)
    if not event.implicit[0] or (text and text[0] not in _FIRST_CHARACTERS) or (kind := _detect_kind(text)) == "str":
        return text
    return _convert(event, kind, text)


def _detect_kind(text: str) -> str:
    match = _SCALAR.fullmatch(text)
    return str(match.lastgroup) if match else "str"


def _convert(event: Any, kind: str, text: str) -> Any:
    try:
        return _CONVERTERS[kind](text)
    except ValueError as error:  # thousands of digits
        raise BadYaml(str(error)[:120], _get_line(event)) from None


def _parse_tagged(event: Any, tag: str, text: str) -> Any:
    kind = tag.removeprefix(_CORE)
    if tag == f"{_CORE}str":
        return text
    if not tag.startswith(_CORE) or kind not in _CONVERTERS:
        raise BadYaml(f"the tag {tag[:80]!r}, which is none of ours", _get_line(event))
    if _detect_kind(text) != kind:
        raise BadYaml(f"{text[:80]!r}, which is no {kind}", _get_line(event))
    return _convert(event, kind, text)


def _check_tag(event: Any, kind: str) -> None:
    if event.tag not in (None, "!", f"{_CORE}{kind}"):
        raise BadYaml(f"the tag {event.tag[:80]!r}, which is none of ours", _get_line(event))
