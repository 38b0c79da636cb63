"""An operation that is not there, under every path prefix: refused in the provider's form, or answered as no call."""

from urllib.parse import urlparse

import pytest
import requests

from moderation_emulator.contract.kit import CONTRACTS, PATH_PREFIXES, PROVIDERS
from moderation_emulator.contract.running_server import RunningServer


@pytest.mark.parametrize(("provider", "prefix"), PATH_PREFIXES)
def test_an_unknown_operation(live: RunningServer, provider: str, prefix: str) -> None:
    got, code, send = CONTRACTS[provider].unknown[prefix]
    answer = send(live)
    assert isinstance(answer, requests.Response)
    assert urlparse(str(answer.request.url)).path[1:].partition("/")[0] == prefix
    if not code:
        assert (answer.status_code, live.list_entries()) == (404, [])
        assert got in answer.json()["error"]
        return
    (entry,) = live.list_entries()
    assert entry.operation not in PROVIDERS[provider].operations
    assert (entry.provider, entry.code, entry.outcome, entry.decided_by[0]) == (provider, code, "refused", "gate")
    assert got in entry.detail
    row = PROVIDERS[provider].errors.find_row(code)
    assert answer.status_code == row.status
    assert CONTRACTS[provider].refusal(answer)[0] == code
