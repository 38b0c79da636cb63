"""Addresses that may ask for tokens: a caller over IPv4 has an address of IPv4, also where a port takes both kinds."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from emulator.error_types import Refusal
from emulator.providers.wechat.admission import Admission
from emulator.providers.wechat.credentials import CREDENTIALS
from emulator.providers.wechat.gate import require_allowed_address
from emulator.types import Call, WireRequest
from moderation_emulator.contract.running_server import RunningServer


@pytest.mark.parametrize(
    ("remote", "good"),
    [
        ("192.0.2.1", True),
        ("::ffff:192.0.2.1", True),
        ("2001:db8::1", True),
        ("192.0.2.2", False),
        ("::ffff:192.0.2.2", False),
        ("192.0.2.10", False),
        ("", False),
    ],
)
def test_who_may_ask(live: RunningServer, remote: str, good: bool) -> None:
    account = live.state.accounts.default
    before = account.of(CREDENTIALS)
    account.credentials[CREDENTIALS.name] = replace(before, ip_allow=("192.0.2.1", "2001:db8::1"))
    request = WireRequest("GET", "/cgi-bin/token", {}, b"", remote)
    try:
        with nullcontext() if good else pytest.raises(Refusal) as refusal:
            require_allowed_address(Admission(request, Call("cgi-bin/token", {}, {}), account, live.state))
    finally:
        account.credentials[CREDENTIALS.name] = before
    assert refusal is None or refusal.value.code == "40164"
