"""What is meant for another service of the vendor, or signed in another of its ways, is refused by that name."""

import time
from email.utils import formatdate
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green import builders as green
from tests.providers.aliyun.imageaudit.builders import IMAGE, call, send_request, sign_acs3
from tests.providers.aliyun.rpc_calls import call_rpc, encode_query, sign_rpc


def get_entry(live: RunningServer) -> Any:
    return live.list_entries()[0]


@pytest.mark.parametrize(
    ("version", "action", "product"),
    [
        ("2019-12-19", "AuthorizeFileUpload", "OpenPlatform"),
        ("2022-03-02", "TextModeration", "Green"),
        ("2022-09-26", "TextModeration", "Green"),
        ("2020-04-01", "GetOssStsToken", "viapiutils"),
        ("2015-04-01", "AssumeRole", "Sts"),
    ],
)
@pytest.mark.parametrize("form", ["rpc", "acs3"])
def test_operations_of_other_services(live: RunningServer, version: str, action: str, product: str, form: str) -> None:
    """The gateway does not know the operation, and says so for the service that was meant."""
    if form == "rpc":
        common = {"Version": version, "Action": action}
        answer = call_rpc(live, action, {}, common=common)
        status, body = answer.status_code, answer.json()
    else:
        found = send_request(live, "POST", "/", sign_acs3(live.host, action, headers={"x-acs-version": version}))
        status, body = found.status, found.json()
    assert (status, body["Code"]) == (404, "InvalidAction.NotFound")
    assert body["Message"] == "Specified api is not found, please check your url and method."
    assert f"&product={product}&" in body["Recommend"]
    assert f"meant for {product} {version}" in get_entry(live).detail
    assert "not emulated" in get_entry(live).detail


def test_an_operation_of_ours_in_another_version_is_a_wrong_version(live: RunningServer) -> None:
    assert call_rpc(live, "ScanImage", IMAGE, common={"Version": "2019-12-19"}).json()["Code"] == "InvalidVersion"


def test_green_at_the_root(live: RunningServer) -> None:
    answer = call_rpc(live, "TextScan", {}, common={"Version": "2018-05-09"})
    assert (answer.status_code, answer.json()["Code"]) == (404, "InvalidAction.NotFound")
    assert "is at /green/..." in get_entry(live).detail


@pytest.mark.parametrize(
    ("version", "told"),
    [("2019-12-30", "meant for imageaudit 2019-12-30"), ("2022-03-02", "meant for Green 2022-03-02")],
)
def test_other_services_at_the_paths_of_green(live: RunningServer, version: str, told: str) -> None:
    answer = green.call(live, "text/scan", headers={"x-acs-version": version})
    assert (answer.status_code, answer.json()["Code"]) == (400, "InvalidAction.NotFound")
    assert told in get_entry(live).detail


def test_a_call_signed_in_its_query_at_a_path_of_green(live: RunningServer) -> None:
    answer = send_request(live, "POST", f"/green/text/scan?{encode_query(sign_rpc('ScanText', {}))}")
    assert (answer.status, answer.code) == (400, "MissingAccessKeyId")
    assert "signed in its query, as calls at / are" in get_entry(live).detail


def test_paths_of_green_that_are_not_emulated(live: RunningServer) -> None:
    for path in ("/green/video/asyncscan", "/green/credentials/uploadcredentials"):
        answer = send_request(live, "POST", path, green.sign_roa(path, b"{}"), b"{}")
        assert (answer.status, answer.code) == (404, "InvalidApi.NotFound")
        assert f'Not emulated: "{path}"' in get_entry(live).detail


# -- other ways to sign


BEARER = {"x-acs-signature-type": "BEARERTOKEN", "x-acs-bearer-token": "t", "Authorization": ""}


@pytest.mark.parametrize("path", ["/", "/green/image/scan"])
@pytest.mark.parametrize(
    "headers",
    [BEARER, {"Authorization": "ACS3-RSA-SHA256 Credential=testId,SignedHeaders=host,Signature=x"}],
    ids=["bearer", "key pair"],
)
def test_calls_by_headers_that_no_access_key_signed(live: RunningServer, path: str, headers: dict[str, str]) -> None:
    version = "2018-05-09" if path != "/" else "2019-12-30"
    given = {"x-acs-action": "ScanImage", "x-acs-version": version, "x-acs-date": "2026-01-05T08:00:00Z", **headers}
    answer = send_request(live, "POST", path, given)
    assert (answer.status, answer.code) == (400, "InvalidSignatureMethod")
    assert ("BEARERTOKEN" if headers is BEARER else "ACS3-HMAC-SHA256 is taken") in get_entry(live).detail


def test_a_bearer_token_as_parameter(live: RunningServer) -> None:
    common = {"SignatureType": "BEARERTOKEN", "BearerToken": "t", "AccessKeyId": None, "SignatureMethod": None}
    assert call_rpc(live, "ScanImage", IMAGE, common=common).json()["Code"] == "InvalidSignatureMethod"
    assert "BEARERTOKEN" in get_entry(live).detail
    assert call_rpc(live, "ScanImage", IMAGE, common={"SignatureType": ""}).status_code == 200, (
        "as the official SDK sends it"
    )


def test_signature_version_of_green(live: RunningServer) -> None:
    answer = green.call(live, "image/scan", headers={"x-acs-signature-version": "2.0"})
    assert (answer.status_code, answer.json()["Code"]) == (400, "InvalidSignatureMethod")
    assert 'x-acs-signature-version is "2.0"; 1.0 is taken' in get_entry(live).detail


def test_a_call_by_headers_without_authorization(live: RunningServer) -> None:
    given = {"x-acs-action": "ScanImage", "x-acs-version": "2019-12-30", "x-acs-date": formatdate(time.time())}
    assert send_request(live, "POST", "/", given).code == "MissingAccessKeyId"


# -- too many calls


@pytest.mark.parametrize("code", ["Throttling", "Throttling.User", "Throttling.Api"])
def test_hint_of_the_time_to_wait(live: RunningServer, code: str) -> None:
    """The official SDKs of Java, Go and Python read `TimeLeft`, in milliseconds, from this header."""
    live.push_rule({"operation": "ScanImage"}, error=code, times=1)
    assert call(live, "C").headers["X-RateLimit-User-API"] == "Remain:0,TimeLeft:1000"
    assert "X-RateLimit-User-API" not in call(live, "C").headers


def test_hint_of_green(live: RunningServer) -> None:
    live.push_rule({"operation": "image/scan"}, error="Throttling.User", times=1)
    assert green.call(live, "image/scan").headers["X-RateLimit-User-API"] == "Remain:0,TimeLeft:1000"
    live.push_rule({"operation": "image/scan"}, error=588, times=1)
    assert "X-RateLimit-User-API" not in green.call(live, "image/scan").headers, "no error of the gateway"
