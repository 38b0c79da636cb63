"""Reads multipart/form-data (RFC 7578) in memory: finds where its parts begin and end, and copies no content."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

_MOST_PARTS = 100  # parts of one body
_MOST_FALSE_MARKS = 100  # places in one part that begin like a boundary but are content
_LONGEST_HEAD = 16 * 1024  # bytes of the headers of one part
# A quotation that does not end runs to the end of the header, so that none of its text is read again.
_PARAMETER = re.compile(r';\s*([\w!#$%&\'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*+)("?)|([^;"]*))', re.DOTALL)
_LINE_END = re.compile(rb"[ \t]*+\r\n")
_ESCAPED = re.compile(r'\\(["\\])')
_CHARSETS = {"": "utf-8", "utf-8": "utf-8", "gbk": "gbk", "iso-8859-1": "latin-1"}  # of a name by RFC 2231
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")


class BadMultipart(ValueError):
    """The body cannot be read: no boundary, broken off, or not divided as its boundary says."""


class Part(NamedTuple):
    """One part of a body.

    name: Its name as sent; None without one.
    filename: Its file name as sent; None without one.
    start: The position in the body of its first byte.
    end: The position in the body behind its last byte.
    """

    name: str | None
    filename: str | None
    start: int
    end: int


def parse_boundary(content_type: str) -> bytes:
    """Return the boundary that a Content-Type names, quoted or not. Raises BadMultipart when there is none."""
    given = _parse_parameters(content_type).get("boundary", "")
    if not _BOUNDARY.fullmatch(given):
        raise BadMultipart("no boundary")
    return given.encode()


def parse_parts(body: bytes, mark: bytes, extended: bool = True) -> list[Part]:
    """Return the parts of a body in order; `mark` is the boundary. Raises BadMultipart.

    With `extended`, file names as RFC 2231 writes them are read.
    """
    found = list(_iterate_parts(body, b"--" + mark, extended))
    if len(found) > _MOST_PARTS:
        raise BadMultipart("too many parts")
    return found


def _iterate_parts(body: bytes, mark: bytes, extended: bool) -> Iterator[Part]:
    """Yield the parts between the marks; two hyphens follow the last mark."""
    at = len(mark) if body.startswith(mark) else _find_mark_end(body, b"\r\n" + mark, 0)
    for _ in range(_MOST_PARTS + 1):
        if body.startswith(b"--", at):
            return
        at = _find_line_end(body, at)
        head = body.find(b"\r\n\r\n", at - 2, at + _LONGEST_HEAD)
        if head < 0:
            raise BadMultipart("headers of a part do not end")
        start = head + 4
        following = _find_mark_end(body, b"\r\n" + mark, start - 2)
        end = following - len(mark) - 2
        yield Part(*_parse_names(body[at:head], extended), start, max(start, end))
        at = following


def _find_mark_end(body: bytes, mark: bytes, at: int) -> int:
    """Return where the next mark ends. Bytes that only begin like a mark belong to the content."""
    for _ in range(_MOST_FALSE_MARKS):
        if (found := body.find(mark, at)) < 0:
            break
        end = found + len(mark)
        if body[end : end + 1] in (b"\r", b"-", b" ", b"\t"):
            return end
        at = end
    raise BadMultipart("the last part does not end")


def _find_line_end(body: bytes, at: int) -> int:
    ended = _LINE_END.match(body, at)
    if ended is None:
        raise BadMultipart("no line ends after a boundary")
    return ended.end()


@lru_cache(64)
def _parse_names(head: bytes, extended: bool) -> tuple[str | None, str | None]:
    """Return the name and file name of a part from its Content-Disposition; None for each without that header."""
    for line in head.decode("utf-8", "replace").split("\r\n"):
        key, _, value = line.partition(":")
        if key.strip().lower() == "content-disposition":
            given = _parse_parameters(value)
            filename = _decode_extended(given.get("filename*")) if extended else None
            return given.get("name"), given.get("filename") if filename is None else filename
    return None, None


def _parse_parameters(header: str) -> dict[str, str]:
    """Return the parameters of a header. Only `"` and backslash are unescaped, as paths have backslashes."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(header):
        key, quoted, closed, plain = match.groups()
        value = plain.strip() if plain is not None else _ESCAPED.sub(r"\1", quoted) if closed else ""
        found.setdefault(key.lower(), value)
    return found


def _decode_extended(value: str | None) -> str | None:
    """Decode a name as RFC 2231 writes it, `UTF-8''%E5%9B%BE.png`; None for another form or an unknown charset."""
    if value is None or value.count("'") < 2:
        return None
    charset, _language, encoded = value.split("'", 2)
    codec = _CHARSETS.get(charset.lower())
    return None if codec is None else unquote(encoded, codec, "replace")
