"""A call for each way to be refused at the gate of imageaudit, and what the journal must say of it."""

from dataclasses import replace

import requests

from emulator.providers.aliyun.credentials import CREDENTIALS
from moderation_emulator.contract.running_server import RunningServer
from moderation_emulator.contract.shape import Refused
from moderation_emulator.contract.steps import Step, after, change_credentials, set_limits, times
from tests.providers.aliyun.imageaudit.builders import IMAGE, call, send_request, sign_acs3
from tests.providers.aliyun.rpc_calls import call_rpc

STS = {"access_key_id": "STS.b", "access_key_secret": "secret-of-b", "security_token": "SECURITY-b"}
ACCOUNT = {"name": "b", "aliyun": {"access_key_id": "keyOfB", "access_key_secret": "secret-of-b", "sts": STS}}
SECRETS = ("testSecret", "testToken", "SECURITY-b", "wrongSecret", "secret-of-b", "GARBAGE")
TEMPORARY = {"AccessKeyId": "STS.testId"}


def call_with(**common: str | None) -> Step:
    return lambda live: call_rpc(live, "ScanImage", IMAGE, common=common)


def call_with_headers(**headers: str) -> Step:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda live: call(live, "E", headers=given)


def set_clock_back(live: RunningServer) -> None:
    """Let the clock of the default account stand 21 600 000 seconds behind the stamp of the next call."""
    live.control("POST", "clock", {"set": 1570868298 + 21_600_000, "freeze": True}, account="default")


def call_with_incomplete_authorization(live: RunningServer) -> object:
    headers = {**sign_acs3(live.host, "ScanImage"), "Authorization": "ACS3-HMAC-SHA256"}
    return send_request(live, "POST", "/", headers)


def call_foreign_host(live: RunningServer) -> object:
    return requests.get(f"{live.url}/?Action=ScanImage", headers={"Host": "ecs.aliyuncs.com"}, timeout=10)


def expire_token(live: RunningServer) -> None:
    default = live.state.accounts.default
    before = default.of(CREDENTIALS)
    default.credentials[CREDENTIALS.name] = replace(before, sts=replace(before.sts, expires=default.clock.now() - 60))


REFUSED: list[Refused] = [
    ('host "ecs.aliyuncs.com"', "InvalidProduct.NotFound", call_foreign_host),
    ("2019-12-30 is served", "MissingVersion", call_with(Version=None)),
    ('Version is "2020"; 2019-12-30', "InvalidVersion", call_with(Version="2020")),
    ("ScanImage, ScanText", "MissingAction", call_with(Action=None)),
    ('Format is "YAML"; JSON and XML', "InvalidParameter.Format", call_with(Format="YAML")),
    ("no SignatureNonce", "MissingSignatureNonce", call_with(SignatureNonce=None)),
    ('"RSA"; HMAC-SHA1', "InvalidSignatureMethod", call_with(SignatureMethod="RSA")),
    ('"2.0"; 1.0', "InvalidSignatureVersion", call_with(SignatureVersion="2.0")),
    (
        '"nobody" is that of no account; known are testId',
        "InvalidAccessKeyId.NotFound",
        call_with(AccessKeyId="nobody"),
    ),
    ("STS.testId", "MissingSecurityToken", call_with(**TEMPORARY)),
    ("of 7 characters", "InvalidSecurityToken.Malformed", call_with(**TEMPORARY, SecurityToken="GARBAGE")),
    ("no temporary", "InvalidSecurityToken.MismatchWithAccessKey", call_with(SecurityToken="testToken")),
    (
        "another AccessKeyId",
        "InvalidSecurityToken.MismatchWithAccessKey",
        call_with(**TEMPORARY, SecurityToken="SECURITY-b"),
    ),
    ("2026-01-05T08:00:00Z", "InvalidTimeStamp.Format", call_with(Timestamp="yesterday")),
    ("behind real time", "InvalidTimeStamp.Expired", call_with(Timestamp="2019-10-12T08:18:18Z")),
    ("before real time", "InvalidTimeStamp.Expired", call_with_headers(x_acs_date="2039-10-12T08:18:18Z")),
    ("and 21600000", "InvalidTimeStamp.Expired", after(set_clock_back, call_with(Timestamp="2019-10-12T08:18:18Z"))),
    ('secret of "testId"', "SignatureDoesNotMatch", call_with(Signature="x")),
    ('secret of "testId"', "SignatureDoesNotMatch", lambda live: call(live, "E", secret="wrongSecret")),
    ("Credential", "IncompleteSignature", call_with_incomplete_authorization),
    ("each call needs its own", "SignatureNonceUsed", times(2, call_with(SignatureNonce="once"))),
    ("GET and POST", "UnsupportedHTTPMethod", lambda live: call_rpc(live, "ScanImage", IMAGE, method="PUT")),
    ("aliyun.active", "InvalidAccessKeyId.Inactive", after(change_credentials("aliyun", active=False), call_with())),
    ("aliyun.purchased", "InvalidApi.NotPurchase", after(change_credentials("aliyun", purchased=False), call_with())),
    (
        "limits.aliyun_imageaudit.per_second is 1, and this is call",
        "Throttling",
        after(set_limits(aliyun_imageaudit={"per_second": 1}), times(3, call_with())),
    ),
    ("ran out", "InvalidSecurityToken.Expired", after(expire_token, call_with(**TEMPORARY, SecurityToken="testToken"))),
]
