"""A request before it is written, and its bytes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import NamedTuple

MOMENT = datetime(
    2026, 1, 5, 8, tzinfo=UTC
)  # where the server's clock stands, so that a seed always gives the same bytes
STAMP = f"{MOMENT:%Y-%m-%dT%H:%M:%SZ}"
DATE = format_datetime(MOMENT, usegmt=True)


class Draft(NamedTuple):
    """What is sent.

    method: The method.
    target: The target of the request line.
    headers: The headers but Host and the length of the body, which are added where the request is written.
    body: The body.
    """

    method: str
    target: str
    headers: Mapping[str, str] = {}
    body: bytes = b""


def encode_draft(draft: Draft, host: str) -> bytes:
    """Return the whole request."""
    headers = {"Host": host, **draft.headers}
    if draft.body or draft.method == "POST":
        headers["Content-Length"] = str(len(draft.body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"{draft.method} {draft.target} HTTP/1.1\r\n{lines}\r\n"
    return head.encode("utf-8", "surrogateescape") + draft.body
