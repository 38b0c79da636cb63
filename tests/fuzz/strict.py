"""How many answers some bytes must get: one for each request in them, if no two readers can differ about them."""

import re

_LINE = re.compile(rb"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) ([!-~]{1,60000}) HTTP/1\.1")
_HEADER = re.compile(rb"([A-Za-z0-9-]{1,100}):[ \t]*([\t -~]{0,4000}?)[ \t]*")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,6})\r\n")
_MOST = 100  # headers of a request


def list_due_methods(data: bytes) -> list[bytes] | None:
    """Return the methods of the requests that `data` is made of.

    None when a part of it is no request, or may be read otherwise.
    """
    methods = []
    at = 0
    while at < len(data):
        end = data.find(b"\r\n\r\n", at)
        if end < 0:
            return None
        line, *lines = data[at:end].split(b"\r\n")
        asked, headers = _LINE.fullmatch(line), _parse_headers(lines)
        if asked is None or headers is None or len(lines) > _MOST:
            return None
        after = _find_body_end(data, end + 4, headers)
        if after is None:
            return None
        methods.append(asked[1])
        if b"connection" in headers or b"upgrade" in headers:
            return methods if after == len(data) else None
        at = after
    return methods


def _parse_headers(lines: list[bytes]) -> dict[bytes, bytes] | None:
    headers: dict[bytes, bytes] = {}
    for line in lines:
        parts = _HEADER.fullmatch(line)
        if parts is None or parts[1].lower() in headers:
            return None
        headers[parts[1].lower()] = parts[2]
    return headers if headers.get(b"host") and b"expect" not in headers else None


def _find_body_end(data: bytes, start: int, headers: dict[bytes, bytes]) -> int | None:
    """Return where the body ends that begins at `start`; None when it does not, or nobody can say."""
    length, coding = headers.get(b"content-length"), headers.get(b"transfer-encoding")
    if coding is not None:
        return _find_chunks_end(data, start) if coding == b"chunked" and length is None else None
    if length is None:
        return start
    end = start + int(length) if length.isdigit() and len(length) < 9 else len(data) + 1
    return end if end <= len(data) else None


def _find_chunks_end(data: bytes, at: int) -> int | None:
    while size := _CHUNK.match(data, at):
        end = size.end() + int(size[1], 16)
        if data[end : end + 2] != b"\r\n":
            return None
        at = end + 2
        if int(size[1], 16) == 0:
            return at
    return None
