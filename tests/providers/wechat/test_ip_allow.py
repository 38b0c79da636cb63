"""Addresses that may ask for tokens: a caller over IPv4 has an address of IPv4, also where a port takes both kinds."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from emulator.providers.wechat.gate import Visit, address
from emulator.vocabulary import Call, Refusal, WireRequest
from tests.live import Live


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
def test_who_may_ask(live: Live, remote: str, good: bool) -> None:
    account = live.world.accounts.default
    before = account.wechat
    account.wechat = replace(before, ip_allow=("192.0.2.1", "2001:db8::1"))
    request = WireRequest("GET", "/cgi-bin/token", {}, b"", remote)
    try:
        with nullcontext() if good else pytest.raises(Refusal) as refusal:
            address(Visit(request, Call("cgi-bin/token", {}, {}), account, live.world))
    finally:
        account.wechat = before
    assert refusal is None or refusal.value.code == "40164"
