"""What the contract suite must know of imageaudit: see moderation_emulator/contract/shape.py."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import requests

from emulator.types import WireRequest
from moderation_emulator.contract.shape import CodeAndMessage, Contract, Sample
from tests.providers.aliyun.imageaudit.refused_calls import ACCOUNT, REFUSED, SECRETS, call_with
from tests.providers.aliyun.rpc_calls import sign_rpc
from tests.providers.aliyun_headers import HEADERS


def flatten(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield parameters as they are sent, such as `Task.1.ImageURL` for one inside a list."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value, 1)
        for key, each in inner:
            yield from flatten(each, f"{name}.{key}" if name else str(key))
    else:
        yield name, str(value)


def build_request(operation: str, params: Any) -> WireRequest:
    form = urlencode(sign_rpc(operation, dict(flatten(params)), method="POST")).encode()
    return WireRequest("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, form)


def parse_refusal(answer: requests.Response) -> CodeAndMessage:
    body = answer.json()
    return body["Code"], body["Message"]


def parse_items(answer: requests.Response) -> list[CodeAndMessage]:
    data = answer.json()["Data"]
    return [(item.get("Code", 200), item.get("Message", "OK")) for item in data.get("Results") or data["Elements"]]


CONTRACT = Contract(
    samples={
        "ScanImage": Sample(
            lambda words: {
                "Scene": ["porn"],
                "Task": [
                    {"ImageURL": f"https://cdn.example.test/{word}.jpg", "DataId": f"id-{n}"}
                    for n, word in enumerate(words)
                ],
            },
            flat=True,
            items=parse_items,
        ),
        "ScanText": Sample(
            lambda words: {"Labels": [{"Label": "ad"}], "Tasks": [{"Content": f"示例 {word} 文本"} for word in words]},
            flat=True,
            items=parse_items,
        ),
    },
    request=build_request,
    refusal=parse_refusal,
    unknown={
        "": (
            '"ScanImages", and expected one of ScanImage',
            "InvalidAction.NotFound",
            call_with(Action="ScanImages"),
        )
    },
    refused=REFUSED,
    unlisted={"code": "MadeUp", "message": "No.", "status": 444},
    failed=lambda row: (row.status, row.code),
    headers=HEADERS,
    account=ACCOUNT,
    secrets=SECRETS,
)
