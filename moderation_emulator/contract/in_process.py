"""Requests handed to a provider as HTTP would hand them over, and a look at everything that was kept of them."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import pytest
from multidict import CIMultiDict

from emulator.http.provider_api import ProviderApi
from emulator.reports.bill import calculate_bill
from emulator.reports.entry_details import explain_entry
from emulator.reports.entry_summary import entry_to_dict
from emulator.reports.lint import find_lint, list_checks
from emulator.reports.near_misses import find_near_misses
from emulator.reports.signature import explain_signature
from emulator.types import WireRequest, WireResponse
from moderation_emulator.contract.running_server import RunningServer

Ask = Callable[[Iterable[WireRequest]], list[WireResponse]]


def make_request(
    target: str, body: bytes = b"", headers: Mapping[str, str] | None = None, method: str = "POST"
) -> WireRequest:
    return WireRequest(method, target, CIMultiDict({"Host": "localhost", **(headers or {})}), body, "127.0.0.1")


def to_incoming(call: WireRequest) -> WireRequest:
    """Return the same call as it comes from HTTP."""
    return make_request(call.target, call.body, call.headers, call.method)


@contextmanager
def prepare_ask(live: RunningServer, caplog: pytest.LogCaptureFixture) -> Iterator[Ask]:
    """Yield a function that answers requests; afterwards look at all their entries.

    Every look must succeed, and no request may have ended in an unhandled exception.
    """
    own = live.app.providers
    api = ProviderApi(own.values(), live.state)

    async def answer_all(requests: Iterable[WireRequest]) -> list[WireResponse]:
        return [await api.answer(request) for request in requests]

    yield lambda requests: live.run(answer_all(requests))

    entries = live.list_entries()
    for entry in entries:
        assert entry.code is None or entry.code != own[entry.provider].errors.internal, entry
        assert entry.status != 500, entry
    for entry in entries[::9]:
        explain_signature(entry, live.state)
        live.run(find_near_misses(entry, live.state))
        json.dumps(entry_to_dict(entry), default=str)
    for entry in entries[::300]:
        live.run(explain_entry(entry, live.state, own, lint=True))
    live.run(find_lint(entries, list_checks(own.values())))
    live.run(calculate_bill(entries, own))
    assert live.control("GET", "journal", limit="1000").status_code == 200
    assert not [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
