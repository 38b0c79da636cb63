"""What the contract suite must know of Acme. It is imported only when the suite runs."""

import hashlib
import hmac
import json
from typing import Any

import requests

from emulator.types import WireRequest
from moderation_emulator.contract.running_server import RunningServer
from moderation_emulator.contract.shape import CodeAndMessage, Contract, Sample
from moderation_emulator.contract.steps import Step, after, set_limits, times

_TEXT = {"text": "a text"}


def build_request(operation: str, params: Any, key: str = "acme-test", secret: str = "acme-secret") -> WireRequest:
    """Return a signed call, with any parameters."""
    body = json.dumps(params).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "Acme-Key": key, "Acme-Signature": signature}
    return WireRequest("POST", f"/acme/{operation}", headers, body)


def call(operation: str, **credentials: str) -> Step:
    """Return a step that calls an operation with a text."""

    def send(live: RunningServer) -> requests.Response:
        made = build_request(operation, _TEXT, **credentials)
        return requests.post(f"{live.url}{made.target}", data=made.body, headers=dict(made.headers), timeout=10)

    return send


def parse_refusal(answer: requests.Response) -> CodeAndMessage:
    error = answer.json()["error"]
    return error["code"], error["message"]


def fetch_result(live: RunningServer, answer: requests.Response) -> requests.Response:
    """Return what was pushed of a picture, as if it were an answer."""
    pushed = live.control("GET", "callbacks").json()["items"]
    (callback,) = (each for each in pushed if answer.json()["job"] in each["body"])
    result = requests.Response()
    result.status_code, result._content = 200, callback["body"].encode()
    return result


CONTRACT = Contract(
    samples={
        "submit": Sample(
            lambda words: {
                "picture": f"https://cdn.example.test/{words[0]}.png",
                "callback": "http://127.0.0.1:9/",
            },
            result=fetch_result,
        ),
    },
    request=build_request,
    refusal=parse_refusal,
    unknown={"acme": ("POST takes check, submit", "unknown_operation", call("nothing"))},
    refused=(
        ("Acme-Key is ", "unknown_key", call("check", key="nobody")),
        ("not that of the body", "bad_signature", call("check", secret="another")),
        (
            "limits.acme.per_minute is 1",
            "too_many_calls",
            after(set_limits(acme={"per_minute": 1}), times(2, call("check"))),
        ),
    ),
    headers=(("Acme-Key", "%s"), ("Acme-Signature", "%s")),
    secrets=("acme-secret",),
)
