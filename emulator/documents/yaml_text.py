"""Data written as YAML that every reader takes for the same: what could be taken for something else is in quotes."""

import json
import re
from collections.abc import Iterator
from typing import Any

_WORD = re.compile(r"[A-Za-z\u4e00-\u9fff](?:[A-Za-z0-9_./\u4e00-\u9fff-]{0,98}[A-Za-z0-9_/\u4e00-\u9fff])?").fullmatch
_NO_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})  # in YAML 1.1, and so elsewhere
_LONGEST_KEY = 500  # characters; behind 1024 a reader looks for no colon
# Control characters, breaks of lines and marks that a text of YAML may not hold, or not keep.
_ODD = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def written(items: list[Any]) -> str:
    """Return a list of plain data as YAML in blocks; `[]` when it is empty."""
    return "".join(f"{line}\n" for line in _lines(items))


def _lines(value: Any) -> Iterator[str]:
    """Yield the lines of a list or mapping that is not empty; of all else, the one."""
    if isinstance(value, list) and value:
        for item in value:
            yield from _indented("- ", _lines(item))
    elif isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _pair(_text(key), inner)
    else:
        yield _scalar(value)


def _pair(key: str, inner: Any) -> Iterator[str]:
    if len(key) > _LONGEST_KEY:
        yield f"? {key}"
        yield from _indented(": ", _lines(inner))
    elif inner and isinstance(inner, list | dict):
        yield f"{key}:"
        yield from _indented("  ", _lines(inner))
    else:
        yield f"{key}: {_scalar(inner)}"


def _indented(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first + next(lines)
    for line in lines:
        yield f"  {line}"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        number = repr(value)
        return number if "." in number else number.replace("e", ".0e")
    return json.dumps(value)


def _text(value: str) -> str:
    if _WORD(value) and value.lower() not in _NO_WORDS:
        return value
    return _ODD.sub(lambda odd: f"\\u{ord(odd[0]):04x}", json.dumps(value, ensure_ascii=False))
