"""YAML writer: writes data as YAML that every reader understands alike. An ambiguous text is put in quotes."""

import json
import re
from collections.abc import Iterator
from typing import Any

_WORD = re.compile(r"[A-Za-z\u4e00-\u9fff](?:[A-Za-z0-9_./\u4e00-\u9fff-]{0,98}[A-Za-z0-9_/\u4e00-\u9fff])?").fullmatch
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})  # YAML 1.1, and so some readers
_MAX_KEY_LENGTH = 500  # characters; readers do not look for a colon behind 1024
# Control characters, line breaks and marks that YAML may not hold, or does not keep.
_UNSAFE_CHARACTER = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def write_yaml(items: list[Any]) -> str:
    """Return a list of plain data as YAML in blocks; `[]` when it is empty."""
    return "".join(f"{line}\n" for line in _iterate_lines(items))


def _iterate_lines(value: Any) -> Iterator[str]:
    """Yield the lines of a list or mapping that is not empty; of any other value, its one line."""
    if isinstance(value, list) and value:
        for item in value:
            yield from _indent("- ", _iterate_lines(item))
    elif isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _iterate_pair_lines(_write_text(key), inner)
    else:
        yield _write_scalar(value)


def _iterate_pair_lines(key: str, inner: Any) -> Iterator[str]:
    if len(key) > _MAX_KEY_LENGTH:
        yield f"? {key}"
        yield from _indent(": ", _iterate_lines(inner))
    elif inner and isinstance(inner, list | dict):
        yield f"{key}:"
        yield from _indent("  ", _iterate_lines(inner))
    else:
        yield f"{key}: {_write_scalar(inner)}"


def _indent(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first + next(lines)
    for line in lines:
        yield f"  {line}"


def _write_scalar(value: Any) -> str:
    if isinstance(value, str):
        return _write_text(value)
    if isinstance(value, float):
        number = repr(value)
        return number if "." in number else number.replace("e", ".0e")
    return json.dumps(value)


def _write_text(value: str) -> str:
    if _WORD(value) and value.lower() not in _RESERVED:
        return value
    return _UNSAFE_CHARACTER.sub(lambda odd: f"\\u{ord(odd[0]):04x}", json.dumps(value, ensure_ascii=False))
