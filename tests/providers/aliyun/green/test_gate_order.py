"""The order of the gate's checks: of two things wrong, the earlier check of gate.CHECKS speaks."""

from collections.abc import Callable, Iterator
from itertools import combinations, count
from typing import Any, NamedTuple

import pytest

from emulator.providers.aliyun.gateway import checks
from emulator.providers.aliyun.green import gate
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import SAMPLE, encode_body, sign_roa
from tests.providers.aliyun.imageaudit.builders import send_request

_calls = count()


class Flaw(NamedTuple):
    """How a call breaks one check: what differs from a sound call, and the refusal it brings."""

    check: Callable[..., object] | None
    code: str
    changes: dict[str, Any]


FLAWS = (
    Flaw(gate.require_authorization, "IncompleteSignature", {"Authorization": "Basic x"}),
    Flaw(checks.require_known_key, "InvalidAccessKeyId.NotFound", {"key": "nobody"}),
    Flaw(checks.require_active_key, "InvalidAccessKeyId.Inactive", {"active": False}),
    Flaw(gate.require_operation, "InvalidApi.NotFound", {"path": "/green/image/look"}),
    Flaw(gate.require_post, "UnsupportedHTTPMethod", {"method": "PUT"}),
    Flaw(gate.require_version, "InvalidAction.NotFound", {"x-acs-version": "2000-01-01"}),
    Flaw(gate.require_signature_method, "InvalidSignatureMethod", {"x-acs-signature-method": "RSA"}),
    Flaw(
        checks.require_security_token,
        "InvalidSecurityToken.MismatchWithAccessKey",
        {"x-acs-security-token": "nonsense"},
    ),
    Flaw(gate.require_signature, "SignatureDoesNotMatch", {"secret": "wrong"}),
    Flaw(gate.require_fresh_timestamp, "InvalidTimeStamp.Expired", {"Date": "Sat, 01 Jan 2000 00:00:00 GMT"}),
    Flaw(checks.claim_nonce, "SignatureNonceUsed", {"used": True}),
    Flaw(gate.require_content_md5, "ContentMD5NotMatched", {"Content-MD5": "x"}),
    Flaw(gate.require_purchase, "596", {"purchased": False}),
    Flaw(gate.claim_quota, "588", {"spent": True}),
    Flaw(None, "400", {"body": b"no JSON"}),
)
_OPTIONS = ("key", "path", "method", "secret", "active", "purchased", "used", "spent", "body")


@pytest.fixture(scope="module")
def app() -> Iterator[RunningServer]:
    """Run an emulator with an account for each state, at most one call a second, and time that stands still."""
    accounts = [
        {
            "name": f"{active}-{purchased}",
            "aliyun": {
                "access_key_id": f"{active}-{purchased}",
                "access_key_secret": "secret",
                "active": active,
                "purchased": purchased,
            },
        }
        for active in (True, False)
        for purchased in (True, False)
    ]
    with RunningServer({"accounts": accounts, "limits": {"aliyun_green": {"image_per_second": 1}}}) as live:
        live.run(_freeze(live))
        yield live


async def _freeze(live: RunningServer) -> None:
    for account in live.state.accounts:
        account.clock.freeze(True)


async def _advance(live: RunningServer, name: str) -> None:
    account = live.state.accounts.find(name)
    assert account is not None
    account.clock.advance(2)


def send(live: RunningServer, changes: dict[str, Any]) -> str:
    """Return the code of the refusal of a call with these flaws."""
    owner = f"{changes.get('active', True)}-{changes.get('purchased', True)}"
    live.run(_advance(live, owner))
    account = live.state.accounts.find(owner)
    assert account is not None
    nonce = f"nonce-{next(_calls)}"
    if "used" in changes:
        account.memory.add_once(f"aliyun/nonce/{owner}\0{nonce}", account.clock.now(), checks.FRESH_SECONDS)
    if "spent" in changes:
        account.memory.increment("aliyun_green/image/scan", account.clock.now(), 1)
    body, path = changes.get("body", encode_body(SAMPLE["image/scan"])), changes.get("path", "/green/image/scan")
    method = changes.get("method", "POST")
    headers = {name: value for name, value in changes.items() if name not in _OPTIONS}
    given = sign_roa(
        path,
        body,
        key=changes.get("key", owner),
        secret=changes.get("secret", "secret"),
        method=method,
        headers={"x-acs-signature-nonce": nonce, **headers},
    )
    answer = send_request(live, method, path, given, body).json()
    return str(answer.get("Code", answer.get("code")))


def test_every_check_has_a_flaw() -> None:
    assert tuple(flaw.check for flaw in FLAWS if flaw.check) == gate.CHECKS


def test_a_sound_call(app: RunningServer) -> None:
    assert send(app, {}) == "200"


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.code)
def test_one_flaw_is_refused_with_its_code(app: RunningServer, flaw: Flaw) -> None:
    assert send(app, flaw.changes) == flaw.code


@pytest.mark.parametrize(("first", "second"), list(combinations(FLAWS, 2)), ids=lambda flaw: flaw.code)
def test_of_two_flaws_the_earlier_check_refuses(app: RunningServer, first: Flaw, second: Flaw) -> None:
    assert send(app, {**second.changes, **first.changes}) == first.code
