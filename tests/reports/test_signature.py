import base64
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1

from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import AS_B, TEAM_B
from tests.providers.alipay.gateway import builders as gateway
from tests.providers.alipay.gateway.builders import make_common, make_content, parse_inner, register, send
from tests.providers.alipay.gateway.builders import sign_params as with_signature
from tests.providers.aliyun.green.builders import call, sign_acs3, sign_roa
from tests.providers.aliyun.rpc_calls import encode_query, format_timestamp, scan_text, sign_rpc
from tests.reports.builders import fetch_entry, fetch_newest_entry

KEYS = {"scheme", "key", "valid", "given", "expected", "string_to_sign", "first_difference", "causes"}
DETECT = "alipay.security.risk.content.detect"
TOKEN = "CAISabc/def+ghi==token/with=signs"


def test_of_every_signed_call(live: RunningServer) -> None:
    scan_text(live, "hello")
    diagnosis = fetch_newest_entry(live)["signature"]
    assert set(diagnosis) == KEYS
    assert (diagnosis["scheme"], diagnosis["key"], diagnosis["valid"], diagnosis["causes"]) == (
        "rpc",
        "testId",
        True,
        [],
    )
    assert diagnosis["given"] == diagnosis["expected"]
    assert diagnosis["string_to_sign"].startswith("GET&%2F&AccessKeyId%3DtestId%26")


def test_of_no_other(live: RunningServer) -> None:
    requests.get(f"{live.url}/?Action=ScanText", timeout=5)
    assert fetch_newest_entry(live)["signature"] is None


def test_signed_get_sent_post(live: RunningServer) -> None:
    params = sign_rpc("ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": "hello"})
    requests.post(live.url, data=params, timeout=5)
    entry = fetch_newest_entry(live)
    told = entry["signature"]
    assert entry["code"] == "SignatureDoesNotMatch"
    assert (told["valid"], told["causes"]) == (False, ["signed as GET, sent as POST"])
    assert told["client_string_to_sign"] == f"GET{told['string_to_sign'][4:]}"
    assert told["first_difference"]["at"] == 0


def test_the_secret_of_another_account(start: Callable[..., RunningServer]) -> None:
    live = start({"accounts": [TEAM_B]})
    scan_text(live, "hello", key="testId", secret=AS_B["secret"])
    answer = live.control("GET", f"journal/{live.list_entries()[0].id}")
    assert answer.json()["signature"]["causes"] == ["wrong secret: it was signed with that of the key teamBKey"]
    assert AS_B["secret"] not in answer.text
    assert "testSecret" not in answer.text


def test_an_unknown_key(live: RunningServer) -> None:
    scan_text(live, "hello", key="nobody", secret="x")
    diagnosis = fetch_newest_entry(live)["signature"]
    assert (diagnosis["valid"], diagnosis["expected"], diagnosis["causes"]) == (
        False,
        None,
        ["the key 'nobody' is that of no account"],
    )
    scan_text(live, "hello", key="nobody")
    assert fetch_newest_entry(live)["signature"]["causes"] == [
        "the key 'nobody' is that of no account",
        "wrong secret: it was signed with that of the key testId",
    ]


def test_an_application_without_a_key(live: RunningServer) -> None:
    """Its calls are taken whatever they are signed with, so nothing is wrong with the signature."""
    params = make_common(DETECT, make_content(DETECT, "hello"))
    answer = send(live, {**params, "sign": "AAAA"})
    assert parse_inner(answer)["code"] == "10000"
    diagnosis = fetch_newest_entry(live)["signature"]
    assert (diagnosis["scheme"], diagnosis["key"], diagnosis["valid"], diagnosis["expected"]) == (
        "rsa2",
        params["app_id"],
        None,
        None,
    )
    assert diagnosis["causes"] == [f"the key '{params['app_id']}' registered no public key: any signature is good"]
    send(live, {**params, "sign": "AAAA", "timestamp": "now"})
    assert fetch_newest_entry(live)["signature"]["causes"] == diagnosis["causes"]
    register(live)
    send(live, with_signature(params))
    try:
        assert fetch_newest_entry(live)["signature"]["valid"] is True
    finally:
        live.control("DELETE", f"alipay/apps/{params['app_id']}/public-key")


@pytest.mark.parametrize(("seconds", "told"), [(-7200, "7200 s behind"), (7200, "7200 s before")])
def test_a_stale_stamp(live: RunningServer, seconds: int, told: str) -> None:
    scan_text(live, "hello", common={"Timestamp": format_timestamp(seconds)})
    entry = fetch_newest_entry(live)
    assert entry["code"] == "InvalidTimeStamp.Expired"
    (cause,) = entry["signature"]["causes"]
    said = int(cause.split()[3])
    assert entry["signature"]["valid"] is True
    assert abs(said - 7200) < 60
    assert told.split()[2] in cause


def test_a_stamp_stands_where_its_scheme_has_it(live: RunningServer) -> None:
    """A header that another scheme reads its stamp from says nothing."""
    scan_text(live, "hello", common={"Timestamp": format_timestamp(-7200)}, form=True)
    hours_ago = formatdate(time.time() - 7200, usegmt=True)
    call(live, "image/scan", headers={"Date": hours_ago, "x-acs-date": format_timestamp()})
    call(live, "image/scan", scheme="acs3", headers={"Date": "now", "x-acs-date": format_timestamp(-7200)})
    call(live, "image/scan", headers={"Date": None, "x-acs-date": format_timestamp()})
    missing, *stale = (fetch_entry(live, each.id) for each in live.list_entries())
    assert [entry["signature"]["scheme"] for entry in stale] == ["acs3", "roa", "rpc"]
    for entry in stale:
        (cause,) = entry["signature"]["causes"]
        assert abs(int(cause.split()[3]) - 7200) < 60
    assert missing["code"] == "InvalidTimeStamp.Format"
    assert missing["signature"]["causes"] == []


def test_a_stamp_that_is_none(live: RunningServer) -> None:
    scan_text(live, "hello", common={"Timestamp": "yesterday"})
    assert fetch_newest_entry(live)["signature"]["causes"][0].startswith("the stamp 'yesterday' is none")
    scan_text(live, "hello", common={"Timestamp": "x" * 200})
    assert f"the stamp '{'x' * 80}' is none" in fetch_newest_entry(live)["signature"]["causes"][0]


def test_a_body_that_was_cut(live: RunningServer) -> None:
    scan_text(live, *(["long" * 1000] * 20), form=True)
    diagnosis = fetch_newest_entry(live)["signature"]
    assert (diagnosis["valid"], diagnosis["expected"], diagnosis["string_to_sign"]) == (None, None, None)
    assert diagnosis["causes"][0].startswith("cut: ")


@pytest.mark.parametrize("size", [65_536, 65_537])
def test_a_body_is_cut_when_more_came(live: RunningServer, size: int) -> None:
    params = encode_query(sign_rpc("ScanText", {"Labels.1.Label": "ad"}, method="POST"))
    body = params + "&Tasks.1.Content=" + "x" * (size - len(params) - 17)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    requests.post(live.url, data=body, headers=headers, timeout=5)
    assert fetch_newest_entry(live)["signature"]["valid"] is (False if size == 65_536 else None)


def test_a_token_stays_masked(start: Callable[..., RunningServer]) -> None:
    sts = {"access_key_id": "STS.team", "access_key_secret": "stsSecret", "security_token": TOKEN}
    live = start({"accounts": [{"name": "sts", "aliyun": {"sts": sts}}]})
    scan_text(live, "hello", key="STS.team", secret="stsSecret", common={"SecurityToken": TOKEN})
    diagnosis = fetch_newest_entry(live)["signature"]
    assert diagnosis["valid"] is True
    assert f"{TOKEN[:4]}****" in diagnosis["string_to_sign"]
    for piece in ("abc/def", "abc%252Fdef", "token%252Fwith"):
        assert piece not in str(diagnosis)


@pytest.fixture
def merchant(live: RunningServer) -> Iterator[RunningServer]:
    """Run an emulator with an application that registered its key."""
    gateway.register(live)
    yield live
    live.control("DELETE", f"alipay/apps/{gateway.APP_ID}/public-key")


def test_of_an_application_with_a_key(merchant: RunningServer) -> None:
    params = gateway.make_common(gateway.DETECT, {"content": "你好"}, charset="gbk")
    gateway.send(merchant, gateway.sign_params(params), "gbk")
    diagnosis = fetch_newest_entry(merchant)["signature"]
    assert set(diagnosis) == KEYS
    assert (diagnosis["scheme"], diagnosis["key"], diagnosis["valid"]) == ("rsa2", gateway.APP_ID, True)
    gateway.send(merchant, gateway.sign_params(params, gateway.make_key_pair("other").key), "gbk")
    entry = fetch_newest_entry(merchant)
    assert (entry["code"], entry["signature"]["valid"]) == ("isv.invalid-signature", False)
    assert "PRIVATE" not in str(entry)


def test_an_application_that_signs_by_sha1(merchant: RunningServer) -> None:
    """The registered key opens the signature, which proves the hash."""
    params = gateway.make_common(gateway.DETECT, {"content": "你好"})
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    by_sha1 = gateway.make_key_pair().key.sign(text.encode(), PKCS1v15(), SHA1())
    gateway.send(merchant, {**params, "sign": base64.b64encode(by_sha1).decode()})
    entry = fetch_newest_entry(merchant)
    assert (entry["code"], entry["signature"]["valid"]) == ("isv.invalid-signature", False)
    assert entry["signature"]["causes"] == ["signed with SHA-1, which is sign_type=RSA, and sign_type says RSA2"]


def test_bytes_of_no_charset(merchant: RunningServer) -> None:
    for app_id in (gateway.APP_ID, "%ff"):
        query = f"app_id={app_id}&method={gateway.DETECT}&charset=gbk&sign_type=RSA2&sign=y%ff&a=%ff%fe"
        requests.post(f"{merchant.url}/gateway.do?{query}", timeout=5)
        assert fetch_newest_entry(merchant)["signature"]["valid"] is False


def test_tokens_are_masked_where_they_are_signed(merchant: RunningServer) -> None:
    gateway.call(
        merchant, gateway.DETECT, {"content": "hello"}, app_auth_token="202601BBtoken", auth_token="composeBtoken"
    )
    entry = fetch_newest_entry(merchant)
    assert entry["signature"]["valid"] is True
    assert "202601BBtoken" not in str(entry)
    assert "composeBtoken" not in str(entry)
    params = gateway.make_common(gateway.DETECT, {"content": "hello"}, app_auth_token="202601BBtoken")
    gateway.send(merchant, {**params, "sign": "AAAA"})
    assert "202601BBtoken" not in str(fetch_newest_entry(merchant))


def test_no_signature_is_shown_whole(live: RunningServer) -> None:
    """Real credentials may have made it, and the real service takes what it did not see yet."""
    rpc = sign_rpc("ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": "hello"})
    requests.get(f"{live.url}/?{encode_query(rpc)}", timeout=5)
    classic = sign_roa("/green/image/scan", b"{}")
    requests.post(f"{live.url}/green/image/scan", data=b"{}", headers=classic, timeout=5)
    current = sign_acs3(live.host, "/green/image/scan", b"{}")
    requests.post(f"{live.url}/green/image/scan", data=b"{}", headers=current, timeout=5)
    register(live)
    rsa2 = with_signature(make_common(DETECT, make_content(DETECT, "hello")))
    send(live, rsa2)
    given = [
        *(rsa2["sign"], current["Authorization"].rpartition("=")[2]),
        *(classic["Authorization"].rpartition(":")[2], rpc["Signature"]),
    ]
    for entry, signature in zip(live.list_entries(), given, strict=True):
        diagnosis = live.control("GET", f"journal/{entry.id}")
        assert diagnosis.json()["signature"]["valid"]
        assert diagnosis.json()["signature"]["given"] == f"{signature[:4]}****"
        assert signature not in diagnosis.text
