"""Whether a browser would make a tag of what a caller wrote, in any answer that came."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from moderation_emulator.contract.running_server import RunningServer

TAG = "<script src=//a.test/x></script>"
_INERT = ("application/json", "application/octet-stream", "text/javascript", "image/png")


def is_tag_rendered(headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether a browser would make a tag of an answer.

    An answer of an unknown type, or of none, may be sniffed.
    """
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    plain = kind == "text/plain" and headers.get("X-Content-Type-Options") == "nosniff"
    return not (plain or kind in _INERT) and b"<script" in body.lower()


@contextmanager
def gather_answers(live: RunningServer) -> Iterator[list[requests.Response]]:
    """Gather every answer that comes; afterwards none of them may hold the tag, nor those that the journal keeps."""
    came: list[requests.Response] = []
    send: Callable[..., requests.Response] = requests.Session.send

    def send_and_note(*arguments: Any, **options: Any) -> requests.Response:
        came.append(send(*arguments, **options))
        return came[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", send_and_note)
        yield came
        assert came
        for entry in live.list_entries()[:2]:
            assert live.control("GET", f"journal/{entry.id}").status_code == 200
        assert live.control("GET", "journal").status_code == 200
    for answer in came:
        assert not is_tag_rendered(answer.headers, answer.content), (answer.request.url, answer.content[:500])
    for entry in live.list_entries():
        assert not is_tag_rendered(dict(entry.response_headers), entry.response_body), entry
