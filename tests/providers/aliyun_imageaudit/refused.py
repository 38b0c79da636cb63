"""A call for each way to be refused at the gate of imageaudit, and what the journal must tell of it."""

import requests

from tests.contract.kit import Refused
from tests.contract.steps import Step, account, after, limits, times
from tests.live import Live
from tests.providers.aliyun_imageaudit.forms import IMAGE, acs3, call, http

STS = {"access_key_id": "STS.b", "access_key_secret": "secret-of-b", "security_token": "SECURITY-b"}
ACCOUNT = {"name": "b", "aliyun": {"access_key_id": "keyOfB", "access_key_secret": "secret-of-b", "sts": STS}}
SECRETS = ("testSecret", "testToken", "SECURITY-b", "wrongSecret", "secret-of-b", "GARBAGE")
TEMPORARY = {"AccessKeyId": "STS.testId"}


def rpc(**common: str | None) -> Step:
    return lambda live: live.rpc("ScanImage", IMAGE, common=common)


def with_headers(**headers: str) -> Step:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda live: call(live, "E", headers=given)


def moved(live: Live) -> None:
    """Let the clock of the default account stand 21 600 000 seconds behind the stamp of the next call."""
    live.control("POST", "clock", {"set": 1570868298 + 21_600_000, "freeze": True}, account="default")


def incomplete(live: Live) -> object:
    headers = {**acs3(live.host, "ScanImage"), "Authorization": "ACS3-HMAC-SHA256"}
    return http(live, "POST", "/", headers)


def foreign_host(live: Live) -> object:
    return requests.get(f"{live.url}/?Action=ScanImage", headers={"Host": "ecs.aliyuncs.com"}, timeout=10)


def expired(live: Live) -> None:
    default = live.world.accounts.default
    keys = live.world.accounts._keys
    keys["STS.testId"] = keys["STS.testId"]._replace(expires=default.clock.now() - 60)


REFUSED: list[Refused] = [
    ('host "ecs.aliyuncs.com"', "InvalidProduct.NotFound", foreign_host),
    ("2019-12-30 is served", "MissingVersion", rpc(Version=None)),
    ('Version is "2020"; 2019-12-30', "InvalidVersion", rpc(Version="2020")),
    ("ScanImage, ScanText", "MissingAction", rpc(Action=None)),
    ('Format is "YAML"; JSON and XML', "InvalidParameter.Format", rpc(Format="YAML")),
    ("no SignatureNonce", "MissingSignatureNonce", rpc(SignatureNonce=None)),
    ('"RSA"; HMAC-SHA1', "InvalidSignatureMethod", rpc(SignatureMethod="RSA")),
    ('"2.0"; 1.0', "InvalidSignatureVersion", rpc(SignatureVersion="2.0")),
    ('"nobody" is that of no account; known are testId', "InvalidAccessKeyId.NotFound", rpc(AccessKeyId="nobody")),
    ("STS.testId", "MissingSecurityToken", rpc(**TEMPORARY)),
    ("of 7 characters", "InvalidSecurityToken.Malformed", rpc(**TEMPORARY, SecurityToken="GARBAGE")),
    ("no temporary", "InvalidSecurityToken.MismatchWithAccessKey", rpc(SecurityToken="testToken")),
    ("another AccessKeyId", "InvalidSecurityToken.MismatchWithAccessKey", rpc(**TEMPORARY, SecurityToken="SECURITY-b")),
    ("2026-01-05T08:00:00Z", "InvalidTimeStamp.Format", rpc(Timestamp="yesterday")),
    ("behind real time", "InvalidTimeStamp.Expired", rpc(Timestamp="2019-10-12T08:18:18Z")),
    ("before real time", "InvalidTimeStamp.Expired", with_headers(x_acs_date="2039-10-12T08:18:18Z")),
    ("and 21600000", "InvalidTimeStamp.Expired", after(moved, rpc(Timestamp="2019-10-12T08:18:18Z"))),
    ('secret of "testId"', "SignatureDoesNotMatch", rpc(Signature="x")),
    ('secret of "testId"', "SignatureDoesNotMatch", lambda live: call(live, "E", secret="wrongSecret")),
    ("Credential", "IncompleteSignature", incomplete),
    ("each call needs its own", "SignatureNonceUsed", times(2, rpc(SignatureNonce="once"))),
    ("GET and POST", "UnsupportedHTTPMethod", lambda live: live.rpc("ScanImage", IMAGE, method="PUT")),
    ("aliyun.active", "InvalidAccessKeyId.Inactive", after(account("aliyun", active=False), rpc())),
    ("aliyun.purchased", "InvalidApi.NotPurchase", after(account("aliyun", purchased=False), rpc())),
    (
        "limits.aliyun_imageaudit.per_second is 1, and this is call",
        "Throttling",
        after(limits(aliyun_imageaudit={"per_second": 1}), times(3, rpc())),
    ),
    ("ran out", "InvalidSecurityToken.Expired", after(expired, rpc(**TEMPORARY, SecurityToken="testToken"))),
]
