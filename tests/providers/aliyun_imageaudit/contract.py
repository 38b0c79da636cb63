"""What the contract suite must know of imageaudit: see tests/contract/kit.py."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import requests

from emulator.vocabulary import WireRequest
from tests.contract.kit import Contract, Sample, Told
from tests.live import signed
from tests.providers.aliyun_headers import HEADERS
from tests.providers.aliyun_imageaudit.refused import ACCOUNT, REFUSED, SECRETS, rpc


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Parameters as they are sent: `Task.1.ImageURL` for one inside a list."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value, 1)
        for key, each in inner:
            yield from flat(each, f"{name}.{key}" if name else str(key))
    else:
        yield name, str(value)


def request(operation: str, params: Any) -> WireRequest:
    form = urlencode(signed(operation, dict(flat(params)), method="POST")).encode()
    return WireRequest("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, form)


def refusal(answer: requests.Response) -> Told:
    body = answer.json()
    return body["Code"], body["Message"]


def items(answer: requests.Response) -> list[Told]:
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
            items=items,
        ),
        "ScanText": Sample(
            lambda words: {"Labels": [{"Label": "ad"}], "Tasks": [{"Content": f"示例 {word} 文本"} for word in words]},
            flat=True,
            items=items,
        ),
    },
    request=request,
    refusal=refusal,
    unknown={
        "": (
            '"ScanImages", and expected one of ScanImage',
            "InvalidAction.NotFound",
            rpc(Action="ScanImages"),
        )
    },
    refused=REFUSED,
    unlisted={"code": "MadeUp", "message": "No.", "status": 444},
    failed=lambda row: (row.status, row.code),
    headers=HEADERS,
    account=ACCOUNT,
    secrets=SECRETS,
)
