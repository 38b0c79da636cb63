"""Requests handed to a provider as HTTP would hand them over, and a look at everything that was kept of them."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import pytest
from multidict import CIMultiDict

from emulator.inquiry.bill import bill
from emulator.inquiry.etiquette import lapses
from emulator.inquiry.long import long
from emulator.inquiry.near_misses import near_misses
from emulator.inquiry.short import short
from emulator.inquiry.signature import signature
from emulator.planes.provider_plane import ProviderPlane
from emulator.vocabulary import WireRequest, WireResponse
from tests.live import Live

Ask = Callable[[Iterable[WireRequest]], list[WireResponse]]


def request(
    target: str, body: bytes = b"", headers: Mapping[str, str] | None = None, method: str = "POST"
) -> WireRequest:
    return WireRequest(method, target, CIMultiDict({"Host": "localhost", **(headers or {})}), body, "127.0.0.1")


def met(call: WireRequest) -> WireRequest:
    """The same call as it comes from HTTP."""
    return request(call.target, call.body, call.headers, call.method)


@contextmanager
def asking(live: Live, caplog: pytest.LogCaptureFixture) -> Iterator[Ask]:
    """Answer requests; afterwards every look at their entries must succeed, and none may be a mistake of ours."""
    own = live.house.providers
    plane = ProviderPlane(own.values(), live.world)

    async def answered(requests: Iterable[WireRequest]) -> list[WireResponse]:
        return [await plane.answer(request) for request in requests]

    yield lambda requests: live.run(answered(requests))

    entries = live.entries()
    for entry in entries:
        assert entry.code is None or entry.code != own[entry.provider].crash, entry
        assert entry.status != 500, entry
    for entry in entries[::9]:
        signature(entry, live.world)
        live.run(near_misses(entry, live.world))
        json.dumps(short(entry), default=str)
    for entry in entries[::300]:
        live.run(long(entry, live.world, etiquette=True))
    live.run(lapses(entries))
    live.run(bill(entries, ()))
    assert live.control("GET", "journal", limit="1000").status_code == 200
    assert not [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
