"""A call for each way to be refused at the gate of Green, and what the journal must tell of it."""

from collections.abc import Callable
from typing import Any

import requests

from tests.contract.kit import Refused
from tests.contract.steps import account, after, limits, times
from tests.live import Live
from tests.providers.aliyun_green.forms import SAMPLE, call, roa

SECRETS = ("testSecret", "wrongSecret", "GARBAGE")


def green(operation: str = "image/scan", **options: Any) -> Callable[[Live], object]:
    return lambda live: call(live, operation, SAMPLE.get(operation, SAMPLE["image/scan"]), **options)


def unsigned(**headers: str) -> Callable[[Live], object]:
    def send(live: Live) -> object:
        given = {name: text for name, text in roa("/green/image/scan", b"{}").items() if name != "Authorization"}
        return requests.post(f"{live.url}/green/image/scan", data=b"{}", headers={**given, **headers}, timeout=10)

    return send


REFUSED: list[Refused] = [
    ("no Authorization header", "MissingAccessKeyId", unsigned()),
    ("ACS3-HMAC-SHA256", "IncompleteSignature", unsigned(Authorization="Bearer GARBAGE")),
    ("known are testId", "InvalidAccessKeyId.NotFound", green(key="nobody")),
    ('"PUT"; POST', "UnsupportedHTTPMethod", green(method="PUT")),
    ("2018-05-09", "InvalidAction.NotFound", green(headers={"x-acs-version": "2099-01-01"})),
    ("HMAC-SHA1", "InvalidSignatureMethod", green(headers={"x-acs-signature-method": "HMAC-SHA256"})),
    ('secret of "testId"', "SignatureDoesNotMatch", green(secret="wrongSecret")),
    ("Mon, 05 Jan 2026 08:00:00 GMT", "InvalidTimeStamp.Format", green(headers={"Date": "yesterday"})),
    ("behind real time", "InvalidTimeStamp.Expired", green(headers={"Date": "Mon, 07 Jan 2019 08:00:00 GMT"})),
    ("bytes that came", "ContentMD5NotMatched", green(headers={"Content-MD5": "AAAA"})),
    ("aliyun.purchased", "596", after(account("aliyun", purchased=False), green())),
    (
        "limits.aliyun_green.image_per_second is 1",
        "588",
        after(limits(aliyun_green={"image_per_second": 1}), times(3, green())),
    ),
    ("No task has a url", "400", lambda live: call(live, "image/scan", {"scenes": ["porn"], "tasks": [{}]})),
]
