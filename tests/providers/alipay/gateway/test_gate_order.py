"""The order of the gateway's checks: of two things wrong, the earlier check of gate.CHECKS speaks."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any, NamedTuple

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from emulator.providers.alipay.credentials import CREDENTIALS
from emulator.providers.alipay.gateway import gate
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway import builders


class Flaw(NamedTuple):
    """How a call breaks one check: what differs from a sound call, and the refusal it brings."""

    check: Callable[..., object] | None
    code: str
    changes: dict[str, Any]


FLAWS = (
    Flaw(None, "isv.invalid-parameter", {"HEAD": True}),
    Flaw(gate.require_method, "isv.missing-method", {"method": None}),
    Flaw(gate.require_method, "isv.invalid-method", {"method": "alipay.trade.pay"}),
    Flaw(gate.require_application, "isv.missing-app-id", {"app_id": None}),
    Flaw(gate.require_application, "isv.invalid-app-id", {"app_id": "2021999999999999"}),
    Flaw(gate.require_no_certificates, "isv.missing-app-cert-sn", {"alipay_root_cert_sn": "x"}),
    Flaw(gate.require_signature, "isv.missing-signature", {"sign": None}),
    Flaw(gate.require_signature, "isv.missing-signature-type", {"sign_type": None}),
    Flaw(gate.require_signature, "isv.invalid-signature-type", {"sign_type": "HMAC_SHA1"}),
    Flaw(gate.require_signature, "isv.missing-signature-config", {"KEY": False}),
    Flaw(gate.require_signature, "isv.invalid-signature", {"sign": "AAAA"}),
    Flaw(gate.require_timestamp, "isv.missing-timestamp", {"timestamp": None}),
    Flaw(gate.require_timestamp, "isv.invalid-timestamp", {"timestamp": "2026-01-05T16:00:00Z"}),
    Flaw(gate.require_version, "isv.missing-version", {"version": None}),
    Flaw(gate.require_charset, "isv.invalid-charset", {"charset": "latin-1"}),
    Flaw(gate.require_json_format, "isv.invalid-format", {"format": "XML"}),
    Flaw(gate.require_no_encryption, "isv.invalid-encrypt-type", {"encrypt_type": "DES"}),
    Flaw(gate.require_biz_content, "isv.illegal-json", {"biz_content": "{"}),
    Flaw(gate.require_permission, "isv.insufficient-isv-permissions", {"SIGNED_UP": False}),
    Flaw(gate.claim_quota, "isv.app-call-limited", {"SPENT": True}),
    Flaw(None, "INVALID_PARAMETER", {"biz_content": "{}"}),
)
STATES = [(key, signed_up) for key in (True, False) for signed_up in (True, False)]


@pytest.fixture(scope="module")
def app() -> Iterator[RunningServer]:
    """Run an emulator with an application for each state, one call a second, and time that stands still."""
    accounts = [
        {
            "name": f"{key}-{signed_up}",
            "alipay": {
                "app_id": f"{key}-{signed_up}",
                "app_public_key": builders.make_key_pair().public,
                "signed_up": signed_up,
            },
        }
        for key, signed_up in STATES
    ]
    with RunningServer({"accounts": accounts, "limits": {"alipay": {"per_second": 1}}}) as live:
        assert live.control("POST", "clock", {"freeze": True}).status_code == 200
        for signed_up in (True, False):
            account = live.state.accounts.find(f"False-{signed_up}")
            assert account is not None
            # Only settings and the control API check keys; an account made otherwise may have anything.
            account.credentials[CREDENTIALS.name] = replace(account.of(CREDENTIALS), app_public_key="no key")
        yield live


async def _prepare(live: RunningServer, app_id: str, spent: bool) -> None:
    account = live.state.accounts.find(app_id)
    assert account is not None
    account.clock.advance(2)
    if spent:
        account.memory.increment("alipay/gateway", account.clock.now(), 1)


def compute_signature(params: dict[str, str]) -> str:
    """Return the same signature as `builders.sign_params`, sooner."""
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    return base64.b64encode(builders.make_key_pair().key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def send(live: RunningServer, changes: dict[str, Any]) -> str | None:
    """Send a call with these flaws; return the code of its refusal as the journal has it, for a HEAD gets no body."""
    owner = f"{changes.get('KEY', True)}-{changes.get('SIGNED_UP', True)}"
    live.run(_prepare(live, owner, "SPENT" in changes))
    given = {name: value for name, value in changes.items() if name.islower() and name != "sign"}
    whole = {**builders.make_common(builders.DETECT, {"content": "你好"}, app_id=owner), **given}
    params = {name: value for name, value in whole.items() if value is not None}
    sign = changes["sign"] if "sign" in changes else compute_signature(params)
    sent = {**params, **({"sign": sign} if sign else {})}
    method = "HEAD" if "HEAD" in changes else "POST"
    requests.request(method, f"{live.url}/gateway.do", params=sent, timeout=10)
    return live.list_entries()[0].code


def test_every_check_has_a_flaw() -> None:
    assert tuple(dict.fromkeys(flaw.check for flaw in FLAWS if flaw.check)) == gate.CHECKS


def test_a_sound_call(app: RunningServer) -> None:
    assert send(app, {}) is None


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.code)
def test_one_flaw_is_refused_with_its_code(app: RunningServer, flaw: Flaw) -> None:
    assert send(app, flaw.changes) == flaw.code


@pytest.mark.parametrize(("first", "second"), list(combinations(FLAWS, 2)), ids=lambda flaw: flaw.code)
def test_of_two_flaws_the_earlier_check_refuses(app: RunningServer, first: Flaw, second: Flaw) -> None:
    assert send(app, {**second.changes, **first.changes}) == first.code
