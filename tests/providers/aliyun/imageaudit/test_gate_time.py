"""What depends on time at the gate: stamps, nonces, temporary credentials, calls per second."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from emulator.state.clock import Clock
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.imageaudit.builders import IMAGE, call, send_request, sign_acs3
from tests.providers.aliyun.rpc_calls import call_rpc, encode_query, sign_rpc

NOON = 1_800_000_000.0
WINDOW = 900


def format_moment(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def clock(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock of the default account, for which real time is noon and does not pass."""
    clock = live.state.accounts.default.clock
    monkeypatch.setattr(clock, "wall", lambda: NOON)
    return clock


def get_code(live: RunningServer, moment: float, **common: str) -> str | None:
    """Return the code that a call stamped so gets, None for a success."""
    answer = call_rpc(live, "ScanImage", IMAGE, common={"Timestamp": format_moment(moment), **common})
    refused: str | None = answer.json().get("Code")
    return refused


EDGES = [(-WINDOW - 1, False), (-WINDOW, True), (-WINDOW + 1, True), (0, True)]
EDGES += [(WINDOW - 1, True), (WINDOW, True), (WINDOW + 1, False)]


@pytest.mark.parametrize(("offset", "fresh"), EDGES)
@pytest.mark.parametrize("form", ["A", "E"])
def test_stamps_by_the_wall_clock(live: RunningServer, clock: Clock, offset: int, fresh: bool, form: str) -> None:
    stamp = format_moment(NOON + offset)
    given: dict[str, Any] = {"headers": {"x-acs-date": stamp}} if form == "E" else {"common": {"Timestamp": stamp}}
    assert call(live, form, **given).code == (None if fresh else "InvalidTimeStamp.Expired")


@pytest.mark.parametrize(("offset", "fresh"), EDGES)
@pytest.mark.parametrize("frozen", [False, True])
def test_stamps_by_the_clock_of_the_account(
    live: RunningServer, clock: Clock, offset: int, fresh: bool, frozen: bool
) -> None:
    clock.set(NOON + 1_000_000)
    clock.freeze(frozen)
    assert get_code(live, NOON + 1_000_000 + offset) == (None if fresh else "InvalidTimeStamp.Expired")


def test_sdks_stamp_real_time_however_far_the_account_is(live: RunningServer, clock: Clock) -> None:
    clock.advance(7200)
    assert get_code(live, NOON) is None
    assert get_code(live, NOON + 7200) is None
    assert get_code(live, NOON + 3600) == "InvalidTimeStamp.Expired", "between the two is neither"


def test_fractions_of_a_second_count(live: RunningServer, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "wall", lambda: NOON + 0.5)
    assert get_code(live, NOON - WINDOW) == "InvalidTimeStamp.Expired"
    assert get_code(live, NOON - WINDOW + 1) is None
    assert get_code(live, NOON + WINDOW) is None
    assert get_code(live, NOON + WINDOW + 1) == "InvalidTimeStamp.Expired"


@pytest.mark.parametrize(
    "stamp",
    [
        *("now", "1800000000", "2027-01-15", "2027-01-15T08:00:00", "2027-01-15 08:00:00Z", "2027-01-15T08:00:00z"),
        *("2027-01-15T08:00:00+00:00", "2027-01-15T08:00:00.000Z", " 2027-01-15T08:00:00Z", "2027-1-15T8:00:00Z"),
        *("2027-W02-5T08:00:00Z", "2027-01-15T080000.0Z", "2027-02-30T08:00:00Z", "2027-01-15T24:00:00Z"),
        *(
            "2027-01-15T08:00:60Z",
            "0000-01-15T08:00:00Z",
            "２０２７-01-15T08:00:00Z",
            "2027-01-15T08:00:00Z\n",
            "-" * 20,
        ),
    ],
)
def test_stamps_of_another_shape(live: RunningServer, clock: Clock, stamp: str) -> None:
    assert format_moment(NOON) == "2027-01-15T08:00:00Z"
    answer = call_rpc(live, "ScanImage", IMAGE, common={"Timestamp": stamp})
    assert answer.json()["Code"] == "InvalidTimeStamp.Format"


@pytest.mark.parametrize(
    ("later", "free"), [(0, False), (1, False), (WINDOW - 1, False), (WINDOW, True), (WINDOW + 1, True)]
)
def test_a_nonce_is_remembered_for_its_window(live: RunningServer, clock: Clock, later: int, free: bool) -> None:
    assert get_code(live, NOON, SignatureNonce="n") is None
    clock.advance(later)
    assert get_code(live, NOON, SignatureNonce="n") == (None if free else "SignatureNonceUsed")


def test_a_second_use_does_not_prolong_the_window(live: RunningServer, clock: Clock) -> None:
    assert get_code(live, NOON, SignatureNonce="n") is None
    clock.advance(WINDOW - 1)
    assert get_code(live, NOON, SignatureNonce="n") == "SignatureNonceUsed"
    clock.advance(1)
    assert get_code(live, NOON, SignatureNonce="n") is None


def test_a_nonce_belongs_to_its_key(live: RunningServer) -> None:
    once = {"SignatureNonce": "n"}
    assert call_rpc(live, "ScanImage", IMAGE, common=once).status_code == 200
    temporary = {**once, "SecurityToken": "testToken"}
    assert call_rpc(live, "ScanImage", IMAGE, key="STS.testId", common=temporary).status_code == 200
    assert call_rpc(live, "ScanImage", IMAGE, common=once).json()["Code"] == "SignatureNonceUsed"
    assert call(live, "E", headers={"x-acs-signature-nonce": "n"}).code == "SignatureNonceUsed", "forms share it"


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        ({"secret": "wrong"}, "SignatureDoesNotMatch"),
        ({"common": {"Timestamp": "2019-10-12T08:18:18Z"}}, "InvalidTimeStamp.Expired"),
        ({"common": {"SecurityToken": "nonsense"}}, "InvalidSecurityToken.MismatchWithAccessKey"),
    ],
)
def test_a_refused_caller_uses_up_no_nonce(live: RunningServer, options: dict[str, Any], refused: str) -> None:
    once = {"SignatureNonce": "n"}
    bad = {**options, "common": {**options.get("common", {}), **once}}
    assert call_rpc(live, "ScanImage", IMAGE, **bad).json()["Code"] == refused
    assert call_rpc(live, "ScanImage", IMAGE, common=once).status_code == 200


def test_a_call_refused_for_what_it_asks_used_its_nonce(live: RunningServer) -> None:
    once = {"SignatureNonce": "n"}
    assert call_rpc(live, "ScanImage", {}, common=once).json()["Code"] == "MissingScene"
    assert call_rpc(live, "ScanImage", IMAGE, common=once).json()["Code"] == "SignatureNonceUsed"


def test_the_same_request_twice(live: RunningServer) -> None:
    query = encode_query(sign_rpc("ScanImage", IMAGE))
    assert [send_request(live, "GET", f"/?{query}").code for _ in range(3)] == [None, *["SignatureNonceUsed"] * 2]


def call_with_temporary_key(live: RunningServer, form: str) -> str | None:
    if form == "E":
        headers = sign_acs3(live.host, "ScanImage", key="STS.k", secret="s", headers={"x-acs-security-token": "t"})
        return str(send_request(live, "POST", "/", headers).code)
    common = {"SecurityToken": "t"}
    return str(call(live, form, params={}, key="STS.k", secret="s", common=common).code)


@pytest.mark.parametrize("form", ["A", "C", "E"])
def test_temporary_credentials_expire(start: Callable[..., RunningServer], form: str) -> None:
    sts = {"access_key_id": "STS.k", "access_key_secret": "s", "security_token": "t", "expires": NOON}
    live = start({"accounts": [{"name": "guest", "aliyun": {"access_key_id": "k", "sts": sts}}]})
    guest = live.state.accounts.find("guest")
    assert guest is not None
    guest.clock.freeze(True)
    expired = "InvalidSecurityToken.Expired"
    for moment, expected in (
        (NOON - 1, "MissingScene"),
        (NOON, expired),
        (NOON + 1, expired),
        (NOON - 1, "MissingScene"),
    ):
        guest.clock.set(moment)
        assert call_with_temporary_key(live, form) == expected


def test_tokens_of_other_accounts(start: Callable[..., RunningServer]) -> None:
    live = start({"accounts": [{"name": "team-b", "aliyun": {"access_key_id": "b", "access_key_secret": "s"}}]})
    for key, token, code in (
        ("STS.testId", "token-of-b", "InvalidSecurityToken.MismatchWithAccessKey"),
        ("STS.b", "testToken", "InvalidSecurityToken.MismatchWithAccessKey"),
        ("STS.testId", "token-of-c", "InvalidSecurityToken.Malformed"),
        ("STS.testId", "", "MissingSecurityToken"),
        ("testId", "token-of-c", "InvalidSecurityToken.MismatchWithAccessKey"),
    ):
        common = {"SecurityToken": token}
        assert call_rpc(live, "ScanImage", IMAGE, key=key, common=common).json()["Code"] == code
    assert (
        call_rpc(live, "ScanImage", IMAGE, key="STS.b", secret="s", common={"SecurityToken": "token-of-b"}).status_code
        == 200
    )
