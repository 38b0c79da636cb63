"""A call for each way to be refused at the gate of Green, and what the journal must say of it."""

from collections.abc import Callable
from typing import Any

import requests

from moderation_emulator.contract.running_server import RunningServer
from moderation_emulator.contract.shape import Refused
from moderation_emulator.contract.steps import after, change_credentials, set_limits, times
from tests.providers.aliyun.green.builders import SAMPLE, call, sign_roa

SECRETS = ("testSecret", "wrongSecret", "GARBAGE")


def call_green(operation: str = "image/scan", **options: Any) -> Callable[[RunningServer], object]:
    return lambda live: call(live, operation, SAMPLE.get(operation, SAMPLE["image/scan"]), **options)


def send_unsigned(**headers: str) -> Callable[[RunningServer], object]:
    def send(live: RunningServer) -> object:
        given = {name: text for name, text in sign_roa("/green/image/scan", b"{}").items() if name != "Authorization"}
        return requests.post(f"{live.url}/green/image/scan", data=b"{}", headers={**given, **headers}, timeout=10)

    return send


REFUSED: list[Refused] = [
    ("no Authorization header", "MissingAccessKeyId", send_unsigned()),
    ("ACS3-HMAC-SHA256", "IncompleteSignature", send_unsigned(Authorization="Bearer GARBAGE")),
    ("known are testId", "InvalidAccessKeyId.NotFound", call_green(key="nobody")),
    ('"PUT"; POST', "UnsupportedHTTPMethod", call_green(method="PUT")),
    ("2018-05-09", "InvalidAction.NotFound", call_green(headers={"x-acs-version": "2099-01-01"})),
    ("HMAC-SHA1", "InvalidSignatureMethod", call_green(headers={"x-acs-signature-method": "HMAC-SHA256"})),
    ('secret of "testId"', "SignatureDoesNotMatch", call_green(secret="wrongSecret")),
    ("Mon, 05 Jan 2026 08:00:00 GMT", "InvalidTimeStamp.Format", call_green(headers={"Date": "yesterday"})),
    ("behind real time", "InvalidTimeStamp.Expired", call_green(headers={"Date": "Mon, 07 Jan 2019 08:00:00 GMT"})),
    ("bytes that came", "ContentMD5NotMatched", call_green(headers={"Content-MD5": "AAAA"})),
    ("aliyun.purchased", "596", after(change_credentials("aliyun", purchased=False), call_green())),
    (
        "limits.aliyun_green.image_per_second is 1",
        "588",
        after(set_limits(aliyun_green={"image_per_second": 1}), times(3, call_green())),
    ),
    ("No task has a url", "400", lambda live: call(live, "image/scan", {"scenes": ["porn"], "tasks": [{}]})),
]
