"""The order of the gateway's checks: of two things wrong, the earlier check of gate.CHECKS speaks."""

from collections.abc import Callable, Iterator
from itertools import combinations, count
from typing import Any, NamedTuple

import pytest

from emulator.providers.aliyun.gateway import checks
from emulator.providers.aliyun.imageaudit import gate
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.imageaudit.builders import IMAGE, send_request, sign_acs3
from tests.providers.aliyun.rpc_calls import encode_query, sign_rpc

_calls = count()


class Flaw(NamedTuple):
    """How a call breaks one check: what differs from a sound call, and the refusal it brings."""

    check: Callable[..., object] | None
    code: str
    changes: dict[str, Any]


FLAWS = (
    Flaw(gate.require_product, "InvalidProduct.NotFound", {"host": "ecs.cn-shanghai.aliyuncs.com"}),
    Flaw(gate.require_version, "InvalidVersion", {"Version": "2000-01-01"}),
    Flaw(gate.require_action, "InvalidAction.NotFound", {"Action": "ScanVideo"}),
    Flaw(gate.require_answer_format, "InvalidParameter.Format", {"Format": "YAML"}),
    Flaw(gate.require_parameters, "MissingSignatureVersion", {"SignatureVersion": None}),
    Flaw(gate.require_signature_method, "InvalidSignatureMethod", {"SignatureMethod": "RSA"}),
    Flaw(checks.require_known_key, "InvalidAccessKeyId.NotFound", {"AccessKeyId": "nobody"}),
    Flaw(checks.require_active_key, "InvalidAccessKeyId.Inactive", {"active": False}),
    Flaw(checks.require_security_token, "InvalidSecurityToken.Malformed", {"SecurityToken": "nonsense"}),
    Flaw(gate.require_fresh_timestamp, "InvalidTimeStamp.Expired", {"Timestamp": "2000-01-01T00:00:00Z"}),
    Flaw(gate.require_signature, "SignatureDoesNotMatch", {"secret": "wrong"}),
    Flaw(checks.claim_nonce, "SignatureNonceUsed", {"used": True}),
    Flaw(gate.require_http_method, "UnsupportedHTTPMethod", {"method": "PUT"}),
    Flaw(gate.require_purchase, "InvalidApi.NotPurchase", {"purchased": False}),
    Flaw(gate.claim_quota, "Throttling", {"spent": True}),
    Flaw(None, "MissingScene", {"Scene.1": None}),  # the schema, in its own order
    Flaw(None, "InvalidParameter.BadRequest", {"Task.1.ImageURL": "ftp://a.test/x.jpg"}),
)


def make_account(active: bool, purchased: bool) -> str:
    return f"key-{active}-{purchased}"


@pytest.fixture(scope="module")
def app() -> Iterator[RunningServer]:
    """Run an emulator with an account for each state, at most one call a second, and time that stands still."""
    accounts = [
        {
            "name": make_account(active, purchased),
            "aliyun": {
                "access_key_id": make_account(active, purchased),
                "access_key_secret": "secret",
                "active": active,
                "purchased": purchased,
            },
        }
        for active in (True, False)
        for purchased in (True, False)
    ]
    with RunningServer({"accounts": accounts, "limits": {"aliyun_imageaudit": {"per_second": 1}}}) as live:
        for each in live.state.accounts:
            each.clock.freeze(True)
        yield live


def get_refusal(live: RunningServer, *flaws: Flaw) -> str:
    """Return the code of a call with these flaws, sent by a temporary key in a second of its own."""
    given: dict[str, Any] = {}
    for flaw in flaws:
        given |= flaw.changes
    key = make_account(given.pop("active", True), given.pop("purchased", True))
    owner = live.state.accounts.find(key)
    assert owner is not None
    owner.clock.advance(1)
    host, method, secret = given.pop("host", live.host), given.pop("method", "GET"), given.pop("secret", "secret")
    nonce = f"nonce-{next(_calls)}"
    if given.pop("used", False):
        assert owner.memory.add_once(f"aliyun/nonce/STS.{key}\0{nonce}", owner.clock.now(), checks.FRESH_SECONDS)
    if given.pop("spent", False):
        owner.memory.increment("aliyun_imageaudit/ScanImage", owner.clock.now(), 1)
    common = {"SignatureNonce": nonce, "SecurityToken": f"token-of-{key}"}
    call = sign_rpc("ScanImage", IMAGE, key=f"STS.{key}", secret=secret, method=method, common={**common, **given})
    return str(send_request(live, method, f"/?{encode_query(call)}", {"Host": host}).code)


def test_flaws_stand_in_the_order_of_the_checks() -> None:
    assert tuple(flaw.check for flaw in FLAWS if flaw.check) == gate.CHECKS


def test_a_sound_call_passes(app: RunningServer) -> None:
    assert get_refusal(app) == "None"


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.code)
def test_one_flaw_is_refused_with_its_code(app: RunningServer, flaw: Flaw) -> None:
    assert get_refusal(app, flaw) == flaw.code


@pytest.mark.parametrize(
    ("first", "second"),
    list(combinations(FLAWS, 2)),
    ids=lambda flaw: flaw.code,
)
def test_of_two_flaws_the_first_is_reported(app: RunningServer, first: Flaw, second: Flaw) -> None:
    assert get_refusal(app, first, second) == first.code
    assert get_refusal(app, second, first) == first.code


def test_all_flaws_at_once(app: RunningServer) -> None:
    for start in range(len(FLAWS)):
        assert get_refusal(app, *FLAWS[start:]) == FLAWS[start].code


@pytest.mark.parametrize(
    "authorization", ["ACS3-HMAC-SHA256", "ACS3-HMAC-SHA256 Credential=nobody,SignedHeaders=a,Signature=b"]
)
def test_unknown_keys_stand_behind_missing_parameters(app: RunningServer, authorization: str) -> None:
    headers = {**sign_acs3(app.host, "ScanImage", headers={"x-acs-date": None}), "Authorization": authorization}
    code = "MissingTimestamp" if "nobody" in authorization else "IncompleteSignature"
    assert send_request(app, "POST", "/", headers).code == code


def test_what_cannot_be_read_stands_before_all(app: RunningServer) -> None:
    assert (
        send_request(app, "PUT", "/?Version=1&a=%", {"Host": "ecs.aliyuncs.com"}).code == "InvalidParameter.BadRequest"
    )
    headers = {**sign_acs3(app.host, "ScanImage"), "Authorization": "ACS3-HMAC-SHA256"}
    assert send_request(app, "POST", "/?Task.0=1", headers).code == "InvalidParameter.BadRequest"
