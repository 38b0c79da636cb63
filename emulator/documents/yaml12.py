"""YAML as version 1.2 means it, read in one pass over libyaml's events: the data, and the line of every part of it.

Only true and false are booleans, a date is text, a key may stand once, and there are no aliases.
"""

import re
from collections.abc import Callable
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

DEEPEST = 64  # levels of nesting; the encoders of our answers give up not far above

# Of a scalar its line; of a list or mapping its line and what lies inside. Lines count from 1.
Lines = int | tuple[int, list[Any]] | tuple[int, dict[str, Any]]

_CORE = "tag:yaml.org,2002:"
_SCALAR = re.compile(
    r"(?P<null>~|null|)|(?P<bool>true|false)"
    r"|(?P<int>-?(?:0|[1-9][0-9]*))|(?P<float>-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?)"
)
_READ: dict[str, Callable[[str], Any]] = {
    "null": lambda _text: None,
    "bool": lambda text: text == "true",
    "int": int,
    "float": float,
}
_FIRST = frozenset("-0123456789tfn~")  # what the scalars begin with that are no text


class BadYaml(Exception):
    """What cannot be read, and the line it stands on."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


def load(text: str) -> tuple[Any, Lines | None]:
    """The data of a text and its lines, None for an empty one; raises BadYaml."""
    try:
        return _Reading(text).document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadYaml(error.problem or "something else", line) from None
    except (yaml.YAMLError, UnicodeEncodeError) as error:  # a character that no YAML may hold
        raise BadYaml(str(error).partition("\n")[0][:120], 1) from None


def line(lines: Lines | None, steps: list[int | str]) -> int:
    """The line of what lies at the end of some steps inward, or of the last that leads somewhere."""
    for step in steps:
        if not isinstance(lines, tuple):
            break
        found, inside = lines
        if isinstance(inside, list):
            inner = inside[step] if isinstance(step, int) and step < len(inside) else None
        else:
            inner = inside.get(str(step))
        if inner is None:
            return found
        lines = inner
    return lines[0] if isinstance(lines, tuple) else lines or 1


class _Reading:
    def __init__(self, text: str) -> None:
        self._next: Any = CParser(text).get_event

    def document(self) -> tuple[Any, Lines | None]:
        self._next()  # the stream begins
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None, None
        found = self._value(self._next(), 1)
        self._next()  # the document ends
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise BadYaml("but found another document", _line(after))
        return found

    def _value(self, event: Any, depth: int) -> tuple[Any, Lines]:
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event), _line(event)
        if isinstance(event, yaml.AliasEvent):
            raise BadYaml("an alias; write it out", _line(event))
        if depth > DEEPEST:
            raise BadYaml(f"more than {DEEPEST} levels of nesting", _line(event))
        if isinstance(event, yaml.MappingStartEvent):
            _check_tag(event, "map")
            return self._mapping(event, depth)
        _check_tag(event, "seq")
        items, inside = [], []
        while not isinstance(inner := self._next(), yaml.SequenceEndEvent):
            item, its = self._value(inner, depth + 1)
            items.append(item)
            inside.append(its)
        return items, (_line(event), inside)

    def _mapping(self, event: Any, depth: int) -> tuple[Any, Lines]:
        mapping: dict[str, Any] = {}
        inside: dict[str, Lines] = {}
        while not isinstance(written := self._next(), yaml.MappingEndEvent):
            key = _scalar(written) if isinstance(written, yaml.ScalarEvent) else None
            if not isinstance(key, str):
                raise BadYaml("a key that is no text; put it in quotes", _line(written))
            if key in mapping:
                raise BadYaml(f"the key {key[:80]!r} twice", _line(written))
            mapping[key], inside[key] = self._value(self._next(), depth + 1)
        return mapping, (_line(event), inside)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.tag not in (None, "!"):
        return _tagged(event, event.tag, text)
    if not event.implicit[0] or (text and text[0] not in _FIRST) or (kind := _kind(text)) == "str":
        return text
    return _read(event, kind, text)


def _kind(text: str) -> str:
    match = _SCALAR.fullmatch(text)
    return str(match.lastgroup) if match else "str"


def _read(event: Any, kind: str, text: str) -> Any:
    try:
        return _READ[kind](text)
    except ValueError as error:  # thousands of digits
        raise BadYaml(str(error)[:120], _line(event)) from None


def _tagged(event: Any, tag: str, text: str) -> Any:
    kind = tag.removeprefix(_CORE)
    if tag == f"{_CORE}str":
        return text
    if not tag.startswith(_CORE) or kind not in _READ:
        raise BadYaml(f"the tag {tag[:80]!r}, which is none of ours", _line(event))
    if _kind(text) != kind:
        raise BadYaml(f"{text[:80]!r}, which is no {kind}", _line(event))
    return _read(event, kind, text)


def _check_tag(event: Any, kind: str) -> None:
    if event.tag not in (None, "!", f"{_CORE}{kind}"):
        raise BadYaml(f"the tag {event.tag[:80]!r}, which is none of ours", _line(event))
